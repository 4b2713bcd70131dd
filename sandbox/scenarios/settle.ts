import { Transient } from '../../src/errors.ts';
import type { KubeObject } from '../../src/kube/api.ts';
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
  for (let passed = 0, calm = 0; calm < times.calm; passed += times.step) {
    if (passed > times.limit) throw notSettled(store);
    await pass(times.step);
    calm = unsettled(store, 1).length === 0 ? calm + times.step : 0;
  }
}

function notSettled(store: Store): Transient {
  const names = unsettled(store, 5);
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

function unsettled(store: Store, limit: number): readonly string[] {
  const names: string[] = [];
  for (const [plural, settled] of checks) {
    const resource = resources[plural];
    for (const object of store.all(resource)) {
      if (settled(object)) continue;
      names.push(`${resource.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}`);
      if (names.length >= limit) return names;
    }
  }
  return names;
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
