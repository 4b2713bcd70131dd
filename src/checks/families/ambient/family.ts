/** Ambient. */
import type { Family } from '../../check.ts';
import {
  deliveryIsOrdered,
  dryRunStaysDry,
  excludedStayIn,
  passthroughIsKnown,
  podsAreTouched,
  ztunnelKeepsName,
} from './changes.ts';
import { cniKeysExist, cniRepairs, oneRuleBackend, safeUpgradeIsOn } from './cni.ts';
import { agentsAreSettled, enrolledPodsAreIn, nodesHaveCni, nodesHaveZtunnel, podsAreRedirected } from './nodes.ts';
import { agentMovesAreSound, agentsAreInOrder, ambientHopsAreSmall } from './versions.ts';
import { waypointsAnswer, waypointsExist } from './waypoints.ts';
import { agentsHavePriority, connectionsOutlive, quotaLeavesSurge, reconnectFits, ztunnelSurges } from './ztunnel.ts';

/** Checks of this family, by number. */
export const ambient: Family = {
  name: 'ambient',
  title: 'Ambient',
  checks: [
    ...[agentsAreInOrder, ambientHopsAreSmall, connectionsOutlive, ztunnelSurges, nodesHaveZtunnel, nodesHaveCni],
    ...[agentsAreSettled, cniKeysExist, podsAreRedirected, enrolledPodsAreIn, excludedStayIn, dryRunStaysDry],
    ...[passthroughIsKnown, ztunnelKeepsName, reconnectFits, podsAreTouched, agentMovesAreSound, waypointsAnswer],
    ...[waypointsExist, agentsHavePriority, quotaLeavesSurge, oneRuleBackend, cniRepairs, deliveryIsOrdered],
    safeUpgradeIsOn,
  ],
};
