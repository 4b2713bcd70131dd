/** Control plane. */
import type { Family } from '../../check.ts';
import { planeAnswers, planeIsReady, planeStaysUp, podsStart } from './health.ts';
import { imageIsThatOfRelease, ownerIsKnown, revisionIsServedOnce, rootsAgree } from './identity.ts';
import {
  budgetAllowsDrain,
  newPlaneStartsLarge,
  planeAsksForMemory,
  planeCanGrow,
  planeIsRedundant,
  planeIsSpread,
} from './scale.ts';
import { noForgottenPlane, versionIsSupported, wayExists } from './versions.ts';

/** Checks of this family, by number. */
export const controlPlane: Family = {
  name: 'control-plane',
  title: 'Control plane',
  checks: [
    planeIsReady,
    podsStart,
    planeStaysUp,
    planeAnswers,
    planeIsRedundant,
    planeCanGrow,
    newPlaneStartsLarge,
    budgetAllowsDrain,
    planeAsksForMemory,
    planeIsSpread,
    ownerIsKnown,
    imageIsThatOfRelease,
    rootsAgree,
    versionIsSupported,
    revisionIsServedOnce,
    noForgottenPlane,
    wayExists,
  ],
};
