/** Ownership and GitOps. */
import type { Family } from '../../check.ts';
import { gitIsAsked, runtimeFieldsAreIgnored } from './delivery.ts';
import { applyHasNoConflict, formerManagerIsGone, partsHaveOneOwner, providerLeavesSelectors } from './managers.ts';
import { noOperatorReconciles, planeIsOurs, sailLeavesTheWorkToUs } from './operators.ts';
import { accountSurvives, nobodyElseRestarts, releasesAreSettled, tagsCanBeMoved } from './others.ts';

/** Checks of this family, by number. */
export const ownership: Family = {
  name: 'ownership',
  title: 'Ownership and GitOps',
  checks: [
    partsHaveOneOwner,
    gitIsAsked,
    applyHasNoConflict,
    providerLeavesSelectors,
    formerManagerIsGone,
    accountSurvives,
    nobodyElseRestarts,
    tagsCanBeMoved,
    runtimeFieldsAreIgnored,
    sailLeavesTheWorkToUs,
    noOperatorReconciles,
    releasesAreSettled,
    planeIsOurs,
  ],
};
