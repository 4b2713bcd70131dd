/** Custom resource definitions. */
import type { Family } from '../../check.ts';
import { bundleIsOne, grantsAreServed, presentReadsBundle, targetReadsBundle } from './gateway-api.ts';
import { crdsAreKept, helmHoldsCrds, oneReleaseHoldsCrds } from './owners.ts';
import {
  crdsAreComplete,
  crdsAreEstablished,
  crdsAreNotOlder,
  storedVersionsAreKnown,
  v1IsServed,
} from './versions.ts';

/** Checks of this family, by number. */
export const crds: Family = {
  name: 'crds',
  title: 'Custom resource definitions',
  checks: [
    v1IsServed,
    helmHoldsCrds,
    oneReleaseHoldsCrds,
    crdsAreEstablished,
    storedVersionsAreKnown,
    targetReadsBundle,
    crdsAreComplete,
    presentReadsBundle,
    crdsAreKept,
    crdsAreNotOlder,
    grantsAreServed,
    bundleIsOne,
  ],
};
