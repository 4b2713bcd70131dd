/** Gateways. */
import type { Family } from '../../check.ts';
import { addressIsKept, drainOutlastsLoadBalancer, localTrafficSurvives, managedDrainsLong } from './load-balancer.ts';
import {
  gatewayHasOwnRelease,
  gatewayIsInjected,
  leavingKeepsConfig,
  managedHasTwoPods,
  selectorCanStay,
  selectorsAreStable,
} from './revisions.ts';
import {
  autoscalerOwnsReplicas,
  gatewayCanBeEvicted,
  gatewayIsProgrammed,
  istioGatewayHasPods,
  routesAreAttached,
} from './state.ts';

/** Checks of this family, by number. */
export const gateways: Family = {
  name: 'gateways',
  title: 'Gateways',
  checks: [
    leavingKeepsConfig,
    drainOutlastsLoadBalancer,
    localTrafficSurvives,
    autoscalerOwnsReplicas,
    gatewayCanBeEvicted,
    selectorsAreStable,
    istioGatewayHasPods,
    gatewayIsInjected,
    gatewayHasOwnRelease,
    selectorCanStay,
    managedHasTwoPods,
    gatewayIsProgrammed,
    routesAreAttached,
    addressIsKept,
    managedDrainsLong,
  ],
};
