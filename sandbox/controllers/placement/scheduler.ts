import type { KubeObject } from '../../../src/kube/api.ts';
import type { WorkQueue } from '../../clock/work-queue.ts';
import { objectAt, objectsAt, textAt, type JsonObject } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import { controllerQueue, goneAlready, refOf, writeStatus, type Cluster } from '../base/cluster.ts';
import { withCondition } from '../base/conditions.ts';
import { controllerOf } from '../base/owners.ts';
import { hasEnded, isTerminating } from '../base/pods.ts';
import { antiAffinityTerms, conflictsByAntiAffinity } from './anti-affinity.ts';
import { nodeMatch } from './node-affinity.ts';
import { capacityOf, NodeUsage, requestsOf, shortage, type Amounts } from './node-usage.ts';
import { taintsOf, untolerated } from './tolerations.ts';

/** What the scheduler knows of a node, read once for all the pods that it is judged for. */
interface Spot {
  readonly node: KubeObject;
  readonly name: string;
  readonly taints: readonly JsonObject[];
  readonly capacity: Amounts;
  /** As it is now. */
  readonly used: Amounts;
}

/** What a pod asks of a node, read once for all nodes. */
interface Wish {
  readonly pod: KubeObject;
  readonly amounts: Amounts;
  readonly tolerations: readonly JsonObject[];
  readonly selects: (node: KubeObject) => boolean;
  readonly apart: readonly JsonObject[];
}

/** The scheduler while it works. */
interface Placement {
  readonly cluster: Cluster;
  readonly usage: NodeUsage;
  /** By name. */
  readonly spots: Map<string, Spot>;
  /** Keys of pods that fit nowhere, to be looked at again when a node or a pod changes. */
  readonly waiting: Set<string>;
}

/**
 * Puts pods on nodes: where taints, affinity and what is left allow it, and there on the node with the fewest pods of
 * the same owner, then the fewest pods. A pod that fits nowhere stays Pending and says why.
 */
export function podScheduler(cluster: Cluster): void {
  const { pods, nodes } = cluster.informers;
  const placement: Placement = { cluster, usage: new NodeUsage(), spots: new Map(), waiting: new Set() };
  const queue = controllerQueue(cluster, (key) => place(placement, key));
  pods.onChange((change) => {
    placement.usage.take(change);
    const { key, old, now } = change;
    if (now && isUnplaced(now)) queue.add(key);
    const left = old && textAt(old, 'spec', 'nodeName') && (!now || (hasEnded(now) && !hasEnded(old)));
    if (left) retryAll(placement, queue);
  });
  nodes.onChange(({ old, now }) => {
    if (now) placement.spots.set(now.metadata.name, spotOf(placement, now));
    else if (old) placement.spots.delete(old.metadata.name);
    retryAll(placement, queue);
  });
}

function retryAll({ waiting }: Placement, queue: WorkQueue): void {
  for (const key of waiting) queue.add(key);
  waiting.clear();
}

function isUnplaced(pod: KubeObject): boolean {
  const gated = objectsAt(pod, 'spec', 'schedulingGates').length > 0;
  return !textAt(pod, 'spec', 'nodeName') && !isTerminating(pod) && !hasEnded(pod) && !gated;
}

function spotOf({ usage }: Placement, node: KubeObject): Spot {
  const { name } = node.metadata;
  return { node, name, taints: taintsOf(node), capacity: capacityOf(node), used: usage.of(name) };
}

function wishOf(pod: KubeObject): Wish {
  return {
    pod,
    amounts: requestsOf(pod),
    tolerations: objectsAt(pod, 'spec', 'tolerations'),
    selects: nodeMatch(objectAt(pod, 'spec')),
    apart: antiAffinityTerms(pod),
  };
}

function place(placement: Placement, key: string): void {
  const { cluster, spots } = placement;
  const pod = cluster.informers.pods.get(key);
  if (!pod || !isUnplaced(pod)) return;
  const wish = wishOf(pod);
  const all = [...spots.values()];
  const spot = best(
    cluster,
    pod,
    all.filter((one) => obstacle(cluster, wish, one) === undefined),
  );
  if (!spot) {
    placement.waiting.add(key);
    return tellUnschedulable(
      cluster,
      pod,
      all.map((one) => obstacle(cluster, wish, one) ?? ''),
    );
  }
  if (goneAlready(() => cluster.store.bind(refOf(resources.pods, pod), spot.name))) return;
  const message = `Successfully assigned ${key} to ${spot.name}`;
  cluster.events.record('default-scheduler', resources.pods, pod, { type: 'Normal', reason: 'Scheduled', message });
}

/** Why a pod can't run on a node, in the words of the scheduler; undefined when it can. */
function obstacle(cluster: Cluster, wish: Wish, { node, taints, capacity, used }: Spot): string | undefined {
  const taint = untolerated(taints, wish.tolerations);
  if (taint?.['key'] === 'node.kubernetes.io/unschedulable') return 'node(s) were unschedulable';
  if (taint) return `node(s) had untolerated taint(s)`;
  if (!wish.selects(node)) return "node(s) didn't match Pod's node affinity/selector";
  const lacks = shortage(capacity, used, wish.amounts);
  if (lacks !== undefined) return lacks;
  const conflicts = conflictsByAntiAffinity(cluster, wish.pod, wish.apart, node);
  return conflicts ? "node(s) didn't match pod anti-affinity rules" : undefined;
}

/** The first of those with the lowest score. */
function best(cluster: Cluster, pod: KubeObject, spots: readonly Spot[]): Spot | undefined {
  const owner = controllerOf(pod)?.uid;
  const siblings = new Map<string, number>();
  for (const other of owner === undefined ? [] : cluster.informers.pods.by('controller', owner)) {
    const node = textAt(other, 'spec', 'nodeName') ?? '';
    siblings.set(node, (siblings.get(node) ?? 0) + 1);
  }
  let chosen: Spot | undefined;
  let lowest = Infinity;
  for (const spot of spots) {
    const score = (siblings.get(spot.name) ?? 0) * 1e6 + spot.used.pods;
    if (score >= lowest) continue;
    chosen = spot;
    lowest = score;
  }
  return chosen;
}

function tellUnschedulable(cluster: Cluster, pod: KubeObject, reasons: readonly string[]): void {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const list = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  const message =
    reasons.length === 0
      ? 'no nodes available to schedule pods'
      : `0/${reasons.length} nodes are available: ${list.join(', ')}.`;
  const note = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message } as const;
  const conditions = withCondition(objectsAt(pod, 'status', 'conditions'), note, cluster.store.now());
  writeStatus(cluster, resources.pods, pod, { ...objectAt(pod, 'status'), conditions });
  const event = { type: 'Warning', reason: 'FailedScheduling', message } as const;
  cluster.events.record('default-scheduler', resources.pods, pod, event);
}
