import type { KubeObject } from '../../../src/kube/api.ts';
import { numberAt, objectAt, objectsAt, textAt, type JsonObject } from '../../store/json.ts';

/** A condition before it is known when it began. */
interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

const listenerConditions: readonly Condition[] = [
  { type: 'Accepted', status: 'True', reason: 'Accepted', message: 'No errors found' },
  { type: 'Conflicted', status: 'False', reason: 'NoConflicts', message: 'No errors found' },
  { type: 'Programmed', status: 'True', reason: 'Programmed', message: 'No errors found' },
  { type: 'ResolvedRefs', status: 'True', reason: 'ResolvedRefs', message: 'No errors found' },
];

/** Conditions with their times; one that has not turned keeps its time. */
export function timedConditions(
  wanted: readonly Condition[],
  present: readonly JsonObject[],
  generation: number,
  now: string,
): JsonObject[] {
  return wanted.map((condition) => {
    const before = present.find((one) => one['type'] === condition.type && one['status'] === condition.status);
    const lastTransitionTime = textAt(before, 'lastTransitionTime') ?? now;
    return { ...condition, lastTransitionTime, observedGeneration: generation };
  });
}

function addressesOf(service: KubeObject | undefined, host: string): JsonObject[] {
  const type = textAt(service, 'spec', 'type');
  const balancer = objectsAt(service, 'status', 'loadBalancer', 'ingress').map((one) => one['ip'] ?? one['hostname']);
  const clusterIP = textAt(service, 'spec', 'clusterIP');
  if (type === 'LoadBalancer') return balancer.map((value) => ({ type: 'IPAddress', value }));
  if (clusterIP === undefined) return [];
  return [
    { type: 'IPAddress', value: clusterIP },
    { type: 'Hostname', value: host },
  ];
}

function programmed(
  service: KubeObject | undefined,
  addresses: readonly JsonObject[],
  host: string,
  ports: string,
): Condition {
  const type = 'Programmed';
  if (addresses.length > 0) {
    const message = `Resource programmed, assigned to service(s) ${host}:${ports}`;
    return { type, status: 'True', reason: 'Programmed', message };
  }
  const why = service === undefined ? `hostname "${host}" not found` : `address pending for hostname "${host}"`;
  const message = `Assigned to service(s) ${host}:${ports}, but failed to assign to all requested addresses: ${why}`;
  return { type, status: 'False', reason: 'AddressNotAssigned', message };
}

/**
 * The status that istiod writes to a Gateway. Programmed says that there is a Service with an address, not that a proxy
 * serves: it stays True while the only pod crashes.
 */
export function gatewayStatus(
  gateway: KubeObject,
  service: KubeObject | undefined,
  deployment: string,
  now: string,
): JsonObject {
  const { namespace = '', generation = 1 } = gateway.metadata;
  const host = `${deployment}.${namespace}.svc.cluster.local`;
  const listeners = objectsAt(gateway, 'spec', 'listeners');
  const ports = [...new Set(listeners.map((listener) => numberAt(listener, 'port') ?? 0))].join(',');
  const addresses = addressesOf(service, host);
  const accepted: Condition = { type: 'Accepted', status: 'True', reason: 'Accepted', message: 'Resource accepted' };
  const conditions = [accepted, programmed(service, addresses, host, ports)];
  const old = objectAt(gateway, 'status');
  return {
    ...(addresses.length === 0 ? {} : { addresses }),
    conditions: timedConditions(conditions, objectsAt(old, 'conditions'), generation, now),
    listeners: listeners.map(({ name }) => {
      const before = objectsAt(old, 'listeners').find((one) => one['name'] === name);
      const present = objectsAt(before, 'conditions');
      return {
        name,
        attachedRoutes: numberAt(before, 'attachedRoutes') ?? 0,
        supportedKinds: before?.['supportedKinds'] ?? [],
        conditions: timedConditions(listenerConditions, present, generation, now),
      };
    }),
  };
}
