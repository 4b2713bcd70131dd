import type { KubeObject } from '../../../src/kube/api.ts';
import type { WorkQueue } from '../../clock/work-queue.ts';
import type { ApiFailure } from '../../store/failure.ts';
import { numberAt } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import { claim, possibleOwners } from '../base/claim.ts';
import { controllerQueue, writeStatus, type Cluster } from '../base/cluster.ts';
import { keyOf, type ObjectChange } from '../base/informer.ts';
import { controllerKey, controllerOf } from '../base/owners.ts';
import { burst, createPod, deletePod, podOf, slowStart, templateOf, type PodOwner } from '../base/pod-control.ts';
import { differs, isActive, isTerminating, minReadySeconds, untilAvailable } from '../base/pods.ts';
import { inDeletionOrder } from './deletion-order.ts';
import { replicaSetStatus } from './status.ts';

/** The controller while it works. */
interface Sets {
  readonly cluster: Cluster;
  readonly queue: WorkQueue;
  /** By key: the set as its last turn left it, when nothing was left to do. Good until one of its pods changes. */
  readonly done: Map<string, KubeObject>;
}

/**
 * Keeps as many pods as each ReplicaSet wants: adopts orphans that match, lets go of pods whose labels left the selector
 * (and so makes another in their place), creates with slow start, deletes in upstream's order.
 */
export function replicaSetController(cluster: Cluster): void {
  const { pods, replicaSets } = cluster.informers;
  const all: Sets = { cluster, queue: controllerQueue(cluster, (key) => sync(all, key)), done: new Map() };
  replicaSets.onChange(({ now, key }) => {
    if (!now) all.done.delete(key);
    all.queue.add(key);
  });
  pods.onChange((change) => enqueueOwners(all, change));
}

function enqueueOwners(all: Sets, { old, now }: ObjectChange): void {
  if (old && now && !differs(old, now)) return;
  for (const key of [controllerKey(old, 'ReplicaSet'), controllerKey(now, 'ReplicaSet')]) enqueue(all, key);
  if (!now || controllerOf(now)) return;
  if (old && old.metadata.labels === now.metadata.labels && !controllerOf(old)) return;
  const { cluster } = all;
  for (const owner of possibleOwners(cluster, cluster.informers.replicaSets, now)) enqueue(all, keyOf(owner));
}

/** A pod that the set has, had or may adopt changed. */
function enqueue({ done, queue }: Sets, key: string | undefined): void {
  if (key === undefined) return;
  done.delete(key);
  queue.add(key);
}

function sync(all: Sets, key: string): void {
  const { cluster, done } = all;
  const { replicaSets, pods } = cluster.informers;
  const set = replicaSets.get(key);
  // Every turn's own status wakes it again: what it reads is then what it read before.
  if (!set || done.get(key) === set) return;
  const ownerResource = resources.replicaSets;
  const claimed = claim(cluster, { ownerResource, owner: set, resource: resources.pods, informer: pods });
  const active = claimed.filter(isActive);
  const surplus = active.length - wantedReplicas(set);
  const failure = isTerminating(set) ? undefined : manage(cluster, set, active, surplus);
  const written = writeNewStatus(all, key, { surplus, ...(failure && { failure: failure.message }) });
  if (failure) throw failure;
  if (surplus === 0 && written) done.set(key, written);
}

/** Replicas that the spec asks for. */
function wantedReplicas(set: KubeObject): number {
  return numberAt(set, 'spec', 'replicas') ?? 1;
}

function manage(
  cluster: Cluster,
  set: KubeObject,
  active: readonly KubeObject[],
  surplus: number,
): ApiFailure | undefined {
  const owner: PodOwner = { component: 'replicaset-controller', resource: resources.replicaSets, object: set };
  if (surplus < 0) {
    const create = () => createPod(cluster, owner, podOf(owner, templateOf(set)));
    return slowStart(Math.min(-surplus, burst), create).failure;
  }
  if (surplus === 0) return undefined;
  const order = inDeletionOrder(active, relatedPods(cluster, set), cluster.scheduler.now());
  for (const pod of order.slice(0, Math.min(surplus, burst))) deletePod(cluster, owner, pod);
  return undefined;
}

/** Active pods of all ReplicaSets of the same Deployment. */
function relatedPods(cluster: Cluster, set: KubeObject): readonly KubeObject[] {
  const { pods, replicaSets } = cluster.informers;
  const parent = controllerOf(set);
  const siblings = parent ? replicaSets.by('controller', parent.uid) : [set];
  return siblings.flatMap((sibling) => pods.by('controller', sibling.metadata.uid ?? '')).filter(isActive);
}

/** Returns the set as it is then; undefined when it is gone, or when time alone will change what its status has to say. */
function writeNewStatus(
  { cluster, queue }: Sets,
  key: string,
  managed: { readonly surplus: number; readonly failure?: string },
): KubeObject | undefined {
  const { replicaSets, pods } = cluster.informers;
  const set = replicaSets.get(key);
  if (!set) return undefined;
  const mine = pods.by('controller', set.metadata.uid ?? '').filter(isActive);
  const now = cluster.scheduler.now();
  const status = replicaSetStatus(set, mine, managed, { millis: now, text: cluster.store.now() });
  const written = writeStatus(cluster, resources.replicaSets, set, status);
  const waits = mine.map((pod) => untilAvailable(pod, minReadySeconds(set), now) ?? 0).filter((wait) => wait > 0);
  if (waits.length === 0) return written;
  queue.addAfter(key, Math.min(...waits));
  return undefined;
}
