/** Cluster and rights. */
import type { Family } from '../../check.ts';
import { namespacesStay, podSecurityAdmits, policiesAdmitNewPlane } from './admission.ts';
import { secondControlPlaneFits, surgePodsFit } from './capacity.ts';
import { everyHopIsSupported, kubeletsAreNear, runningIsSupported } from './kubernetes.ts';
import { limitsAdmitSidecars, quotasLeaveRoom } from './limits.ts';
import { nodesTakePods, nothingWaitsForANode } from './nodes.ts';

/** Checks of this family, by number. */
export const cluster: Family = {
  name: 'cluster',
  title: 'Cluster and rights',
  checks: [
    everyHopIsSupported,
    runningIsSupported,
    kubeletsAreNear,
    nodesTakePods,
    nothingWaitsForANode,
    secondControlPlaneFits,
    surgePodsFit,
    quotasLeaveRoom,
    limitsAdmitSidecars,
    podSecurityAdmits,
    namespacesStay,
    policiesAdmitNewPlane,
  ],
};
