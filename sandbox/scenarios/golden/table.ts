import type { Scenario } from '../types.ts';
import { applyConflict } from './apply-conflict.ts';
import { envoyFilters } from './envoy-filters.ts';
import { foreignCrds } from './foreign-crds.ts';
import { gitopsAmbient, gitopsAmbientOld } from './gitops-ambient.ts';
import { primary, remote } from './primary-remote.ts';
import { policySkew, routeSkew } from './route-skew.ts';
import { validatorAhead, validatorBehind, validatorDangling } from './validator.ts';

/** States in which an upgrade is known to have failed, besides those among the scenarios to try things with. */
export const goldenScenarios: readonly Scenario[] = [
  validatorAhead,
  validatorBehind,
  validatorDangling,
  applyConflict,
  foreignCrds,
  routeSkew,
  policySkew,
  envoyFilters,
  gitopsAmbient,
  gitopsAmbientOld,
  primary,
  remote,
];
