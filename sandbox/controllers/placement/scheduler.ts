import type { KubeObject } from '../../../src/kube/api.ts';
import type { WorkQueue } from '../../clock/work-queue.ts';
import { objectAt, objectsAt, textAt } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import { controllerQueue, goneAlready, refOf, writeStatus, type Cluster } from '../base/cluster.ts';
import { withCondition } from '../base/conditions.ts';
import { keyOf } from '../base/informer.ts';
import { controllerOf } from '../base/owners.ts';
import { hasEnded, isTerminating } from '../base/pods.ts';
import { conflictsByAntiAffinity } from './anti-affinity.ts';
import { nodeSelected } from './node-affinity.ts';
import { capacityOf, NodeUsage, requestsOf, shortage, type Amounts } from './node-usage.ts';
import { untolerated } from './tolerations.ts';

/** The scheduler while it works. */
interface Placement {
  readonly cluster: Cluster;
  readonly usage: NodeUsage;
  /** What each node has to give, by name. */
  readonly capacity: Map<string, Amounts>;
  /** Keys of pods that fit nowhere, to be looked at again when a node or a pod changes. */
  readonly waiting: Set<string>;
}

/**
 * Puts pods on nodes: where taints, affinity and what is left allow it, and there on the node with the fewest pods of
 * the same owner, then the fewest pods. A pod that fits nowhere stays Pending and says why.
 */
export function podScheduler(cluster: Cluster): void {
  const { pods, nodes } = cluster.informers;
  const placement: Placement = { cluster, usage: new NodeUsage(), capacity: new Map(), waiting: new Set() };
  const queue = controllerQueue(cluster, (key) => place(placement, key));
  pods.onChange((change) => {
    placement.usage.take(change);
    const { old, now } = change;
    if (now && isUnplaced(now)) queue.add(keyOf(now));
    const left = old && textAt(old, 'spec', 'nodeName') && (!now || (hasEnded(now) && !hasEnded(old)));
    if (left) retryAll(placement, queue);
  });
  nodes.onChange(({ old, now }) => {
    if (old) placement.capacity.delete(old.metadata.name);
    if (now) placement.capacity.set(now.metadata.name, capacityOf(now));
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

function place(placement: Placement, key: string): void {
  const { cluster } = placement;
  const pod = cluster.informers.pods.get(key);
  if (!pod || !isUnplaced(pod)) return;
  const nodes = [...cluster.informers.nodes.all()];
  const wanted = requestsOf(pod);
  const judged = nodes.map((node) => ({ node, why: obstacle(placement, pod, node, wanted) }));
  const node = best(
    placement,
    pod,
    judged.filter(({ why }) => why === undefined).map(({ node }) => node),
  );
  if (!node) {
    placement.waiting.add(key);
    return tellUnschedulable(
      cluster,
      pod,
      judged.map(({ why }) => why ?? ''),
    );
  }
  if (goneAlready(() => cluster.store.bind(refOf(resources.pods, pod), node.metadata.name))) return;
  const message = `Successfully assigned ${key} to ${node.metadata.name}`;
  cluster.events.record('default-scheduler', resources.pods, pod, { type: 'Normal', reason: 'Scheduled', message });
}

/** Why a pod can't run on a node, in the words of the scheduler; undefined when it can. */
function obstacle(
  { cluster, usage, capacity }: Placement,
  pod: KubeObject,
  node: KubeObject,
  wanted: Amounts,
): string | undefined {
  const tolerations = objectsAt(pod, 'spec', 'tolerations');
  const taint = untolerated(node, tolerations);
  if (taint?.['key'] === 'node.kubernetes.io/unschedulable') return 'node(s) were unschedulable';
  if (taint) return `node(s) had untolerated taint(s)`;
  if (!nodeSelected(objectAt(pod, 'spec'), node)) return "node(s) didn't match Pod's node affinity/selector";
  const { name } = node.metadata;
  const lacks = shortage(capacity.get(name) ?? capacityOf(node), usage.of(name), wanted);
  if (lacks !== undefined) return lacks;
  return conflictsByAntiAffinity(cluster, pod, node) ? "node(s) didn't match pod anti-affinity rules" : undefined;
}

function best({ cluster, usage }: Placement, pod: KubeObject, nodes: readonly KubeObject[]): KubeObject | undefined {
  if (nodes.length <= 1) return nodes[0];
  const owner = controllerOf(pod)?.uid;
  const siblings = new Map<string, number>();
  for (const other of owner === undefined ? [] : cluster.informers.pods.by('controller', owner)) {
    const node = textAt(other, 'spec', 'nodeName') ?? '';
    siblings.set(node, (siblings.get(node) ?? 0) + 1);
  }
  const score = (node: KubeObject) => {
    const { name } = node.metadata;
    return (siblings.get(name) ?? 0) * 1e6 + usage.of(name).pods;
  };
  return nodes.reduce((chosen, node) => (score(node) < score(chosen) ? node : chosen));
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
