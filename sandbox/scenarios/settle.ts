import { Transient } from '../../src/errors.ts';
import type { KubeObject, ResourceType } from '../../src/kube/api.ts';
import { ApiFailure } from '../store/failure.ts';
import { at, numberAt, objectsAt, textAt } from '../store/json.ts';
import { resources } from '../store/resources.ts';
import type { Store } from '../store/store.ts';

/** Lets so many milliseconds of the cluster's time pass. */
export type Pass = (ms: number) => Promise<void>;

/** Milliseconds between two looks, until it must have settled, and for which it must stay so. */
const times = { step: 500, limit: 600_000, calm: 5000 };

/**
 * Lets time pass until every workload has the pods that it wants, all of them ready, for 5 s without a break.
 * @throws Transient after 10 minutes, naming what is not ready
 */
export async function settle(store: Store, pass: Pass): Promise<void> {
  const isSettled = lookingAt(store);
  for (let passed = 0, calm = 0; calm < times.calm; passed += times.step) {
    if (passed > times.limit) throw notSettled(store);
    await pass(times.step);
    calm = isSettled() ? calm + times.step : 0;
  }
}

/**
 * Whether all of a store is settled, for many looks. As long as what was found unsettled last still is, there is no need to look
 * further; then the search goes on from there. Only a search from the start says that nothing is left.
 */
function lookingAt(store: Store): () => boolean {
  let search = unsettled(store);
  let found: Unsettled | undefined;
  let version: string | undefined;
  return () => {
    if (found && stillUnsettled(store, found)) return false;
    found = search.next().value;
    if (found || store.resourceVersion === version) return !found;
    version = store.resourceVersion;
    search = unsettled(store);
    found = search.next().value;
    return !found;
  };
}

function stillUnsettled(store: Store, one: Unsettled): boolean {
  const { name, namespace } = one.object.metadata;
  try {
    return !one.settled(store.get({ resource: one.resource, name, ...(namespace !== undefined && { namespace }) }));
  } catch (failure) {
    if (failure instanceof ApiFailure && failure.code === 404) return false;
    throw failure;
  }
}

function notSettled(store: Store): Transient {
  const names = [...unsettled(store)]
    .slice(0, 5)
    .map(({ resource, object }) => `${resource.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}`);
  return new Transient(`not ready after ${times.limit / 60_000} minutes: ${names.join(', ')}.`, {
    object: names[0] ?? '',
    remedy: 'Look at the events of its pods.',
  });
}

/** Whether an object of a kind has reached what it says, by its status. */
const checks: readonly (readonly [keyof typeof resources, (object: KubeObject) => boolean])[] = [
  ['deployments', (object) => isObserved(object) && (at(object, 'spec', 'paused') === true || hasReady(object, true))],
  ['replicaSets', (object) => hasReady(object, false)],
  ['statefulSets', (object) => isObserved(object) && hasReady(object, false)],
  ['daemonSets', isRolledOut],
  ['pods', isSettledPod],
];

/** An object that has not reached what it says, and how one sees that it has. */
interface Unsettled {
  readonly resource: ResourceType;
  readonly object: KubeObject;
  readonly settled: (object: KubeObject) => boolean;
}

function* unsettled(store: Store): Generator<Unsettled, undefined> {
  for (const [plural, settled] of checks) {
    const resource = resources[plural];
    for (const object of store.all(resource)) if (!settled(object)) yield { resource, object, settled };
  }
  return undefined;
}

function isObserved(object: KubeObject): boolean {
  return (numberAt(object, 'status', 'observedGeneration') ?? 0) >= (object.metadata.generation ?? 0);
}

function hasReady(object: KubeObject, updated: boolean): boolean {
  const wanted = numberAt(object, 'spec', 'replicas') ?? 1;
  const counts = ['replicas', 'readyReplicas', ...(updated ? ['updatedReplicas'] : [])];
  return counts.every((count) => (numberAt(object, 'status', count) ?? 0) === wanted);
}

function isRolledOut(object: KubeObject): boolean {
  const wanted = numberAt(object, 'status', 'desiredNumberScheduled');
  return isObserved(object) && wanted !== undefined && (numberAt(object, 'status', 'numberReady') ?? 0) === wanted;
}

function isSettledPod(pod: KubeObject): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) return false;
  if (textAt(pod, 'status', 'phase') === 'Succeeded') return true;
  return objectsAt(pod, 'status', 'conditions').some((one) => one['type'] === 'Ready' && one['status'] === 'True');
}
