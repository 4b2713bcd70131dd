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

/**
 * Keeps as many pods as each ReplicaSet wants: adopts orphans that match, lets go of pods whose labels left the selector
 * (and so makes another in their place), creates with slow start, deletes in upstream's order.
 */
export function replicaSetController(cluster: Cluster): void {
  const { pods, replicaSets } = cluster.informers;
  const queue = controllerQueue(cluster, (key) => sync(cluster, queue, key));
  replicaSets.onChange(({ now, old }) => queue.add(keyOf((now ?? old) as KubeObject)));
  pods.onChange((change) => enqueueOwners(cluster, queue, change));
}

function enqueueOwners(cluster: Cluster, queue: WorkQueue, { old, now }: ObjectChange): void {
  if (old && now && !differs(old, now)) return;
  const before = controllerKey(old, 'ReplicaSet');
  const after = controllerKey(now, 'ReplicaSet');
  if (before !== undefined) queue.add(before);
  if (after !== undefined) queue.add(after);
  if (!now || controllerOf(now)) return;
  if (old && old.metadata.labels === now.metadata.labels && !controllerOf(old)) return;
  for (const owner of possibleOwners(cluster, cluster.informers.replicaSets, now)) queue.add(keyOf(owner));
}

function sync(cluster: Cluster, queue: WorkQueue, key: string): void {
  const { replicaSets, pods } = cluster.informers;
  const set = replicaSets.get(key);
  if (!set) return;
  const ownerResource = resources.replicaSets;
  const claimed = claim(cluster, { ownerResource, owner: set, resource: resources.pods, informer: pods });
  const active = claimed.filter(isActive);
  const surplus = active.length - wantedReplicas(set);
  const failure = isTerminating(set) ? undefined : manage(cluster, set, active, surplus);
  writeNewStatus(cluster, queue, key, { surplus, ...(failure && { failure: failure.message }) });
  if (failure) throw failure;
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

function writeNewStatus(
  cluster: Cluster,
  queue: WorkQueue,
  key: string,
  managed: { readonly surplus: number; readonly failure?: string },
): void {
  const { replicaSets, pods } = cluster.informers;
  const set = replicaSets.get(key);
  if (!set) return;
  const mine = pods.by('controller', set.metadata.uid ?? '').filter(isActive);
  const now = cluster.scheduler.now();
  const status = replicaSetStatus(set, mine, managed, { millis: now, text: cluster.store.now() });
  writeStatus(cluster, resources.replicaSets, set, status);
  const waits = mine.map((pod) => untilAvailable(pod, minReadySeconds(set), now) ?? 0).filter((wait) => wait > 0);
  if (waits.length > 0) queue.addAfter(key, Math.min(...waits));
}
