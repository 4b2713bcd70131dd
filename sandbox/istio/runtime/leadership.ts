import type { KubeObject, ObjectRef } from '../../../src/kube/api.ts';
import { textAt } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import type { Store } from '../../store/store.ts';
import { revisionLabel } from '../charts/control-plane.ts';
import type { Istiod } from './istiods.ts';
import { lookup } from './lookup.ts';

/** Elections of all revisions together, kept as annotations of ConfigMaps. */
const sharedElections = ['istio-leader', 'istio-namespace-controller-election', 'istio-ip-autoallocate'];
/** Elections of each revision for itself, kept as Leases. */
const revisionElections = ['istio-gateway-deployment', 'istio-gateway-status-leader'];
const leaderAnnotation = 'control-plane.alpha.kubernetes.io/leader';

/** Whether a holder's locks are still good, by namespace and name of its pod. */
export type IsAlive = (namespace: string, pod: string) => boolean;

function holderOf(lock: KubeObject | undefined): string | undefined {
  const text = lock?.metadata.annotations?.[leaderAnnotation];
  if (text === undefined) return textAt(lock, 'spec', 'holderIdentity');
  try {
    return textAt(JSON.parse(text), 'holderIdentity');
  } catch {
    return undefined;
  }
}

function configMapLock(ref: ObjectRef, istiod: Istiod, time: string): KubeObject {
  const record = {
    holderIdentity: istiod.name,
    holderKey: revisionLabel(istiod.facts),
    leaseDurationSeconds: 30,
    acquireTime: time,
    renewTime: time,
    leaderTransitions: 0,
  };
  const { name, namespace = '' } = ref;
  return { metadata: { name, namespace, annotations: { [leaderAnnotation]: JSON.stringify(record) } } };
}

function leaseLock(ref: ObjectRef, istiod: Istiod, time: string): KubeObject {
  const micro = time.replace('Z', '.000000Z');
  const spec = {
    holderIdentity: istiod.name,
    leaseDurationSeconds: 30,
    acquireTime: micro,
    renewTime: micro,
    leaseTransitions: 0,
  };
  const { name, namespace = '' } = ref;
  return { metadata: { name, namespace }, spec };
}

/**
 * An istiod stands for every election: it takes those that nobody alive holds. The locks stay when it goes, as the real
 * ones do. Not renewed while held: a write every ten seconds would only be noise in a model where the holder is known.
 */
export function takeLeadership(store: Store, istiod: Istiod, isAlive: IsAlive): void {
  const { namespace } = istiod.facts;
  const take = (ref: ObjectRef, lock: typeof leaseLock): void => {
    const present = lookup(store, ref);
    const holder = holderOf(present);
    if (holder !== undefined && isAlive(namespace, holder)) return;
    const wanted = lock(ref, istiod, store.now());
    if (present === undefined) store.create(ref.resource, wanted);
    else store.patch(ref, 'merge', { ...wanted, metadata: { annotations: wanted.metadata.annotations ?? {} } });
  };
  for (const name of sharedElections) take({ resource: resources.configMaps, namespace, name }, configMapLock);
  const revision = revisionLabel(istiod.facts);
  for (const name of revisionElections) {
    take({ resource: resources.leases, namespace, name: `${name}-${revision}` }, leaseLock);
  }
}

/** Whether this istiod leads the election of the controller that writes into every namespace. */
export function leadsNamespaces(store: Store, istiod: Istiod): boolean {
  const ref = {
    resource: resources.configMaps,
    namespace: istiod.facts.namespace,
    name: 'istio-namespace-controller-election',
  };
  return holderOf(lookup(store, ref)) === istiod.name;
}
