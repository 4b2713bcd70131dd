/** Data plane. */
import type { Family } from '../../check.ts';
import {
  proxiesAreConnected,
  proxiesAreInSync,
  proxiesAreInTheCluster,
  revisionsOfProxiesExist,
} from './connection.ts';
import { sidecarsDrain, workloadsAreWhole } from './drain.ts';
import { noKnownBadPair, proxiesMatchTheirPlane, proxiesSurviveTheWay, restartsWereFinished } from './skew.ts';
import { everyProxyHasAnOwner, jobsAreKnown, rolloutsReachAllPods } from './stragglers.ts';

/** Checks of this family, by number. */
export const dataPlane: Family = {
  name: 'data-plane',
  title: 'Data plane',
  checks: [
    proxiesMatchTheirPlane,
    proxiesSurviveTheWay,
    noKnownBadPair,
    restartsWereFinished,
    everyProxyHasAnOwner,
    rolloutsReachAllPods,
    jobsAreKnown,
    proxiesAreConnected,
    proxiesAreInSync,
    revisionsOfProxiesExist,
    proxiesAreInTheCluster,
    sidecarsDrain,
    workloadsAreWhole,
  ],
};
