import type { KubeObject } from '../../../src/kube/api.ts';
import { millisOf } from '../base/cluster.ts';
import { conditionOf } from '../base/conditions.ts';
import { isReady, phaseOf } from '../base/pods.ts';
import { numberAt, objectsAt, textAt } from '../../store/json.ts';

const phases = ['Pending', 'Unknown', 'Running'];

/** What decides which pod goes first, most important first; the smaller number goes first. */
type Rank = readonly number[];

/**
 * The order in which a ReplicaSet gives up pods: without node, then pending, then not ready; the lower
 * controller.kubernetes.io/pod-deletion-cost; more related pods on the same node; ready for a shorter time (compared by
 * orders of magnitude); more restarts; younger. Source: Kubernetes documentation, "ReplicaSet", "Scaling a ReplicaSet".
 * @param related pods of the same Deployment, for counting those on a node
 */
export function inDeletionOrder(
  pods: readonly KubeObject[],
  related: readonly KubeObject[],
  now: number,
): readonly KubeObject[] {
  const onNode = new Map<string, number>();
  for (const pod of related) onNode.set(nodeOf(pod), (onNode.get(nodeOf(pod)) ?? 0) + 1);
  const ranked = pods.map((pod) => ({ pod, rank: rankOf(pod, onNode.get(nodeOf(pod)) ?? 0, now) }));
  return ranked.sort((a, b) => compare(a.rank, b.rank) || byUid(a.pod, b.pod)).map(({ pod }) => pod);
}

const nodeOf = (pod: KubeObject) => textAt(pod, 'spec', 'nodeName') ?? '';

function rankOf(pod: KubeObject, onSameNode: number, now: number): Rank {
  const cost = Number(pod.metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? 0);
  return [
    nodeOf(pod) ? 1 : 0,
    phases.indexOf(phaseOf(pod)),
    isReady(pod) ? 1 : 0,
    Number.isFinite(cost) ? cost : 0,
    -onSameNode,
    isReady(pod) ? magnitude(now - millisOf(conditionOf(pod, 'Ready')?.['lastTransitionTime'])) : 0,
    -restarts(pod),
    magnitude(now - millisOf(pod.metadata.creationTimestamp)),
  ];
}

/** Ages that differ little count as equal, so that not always the newest pods die. */
const magnitude = (millis: number) => (millis <= 0 ? -1 : Math.floor(Math.log2(millis / 1000 + 1)));

function restarts(pod: KubeObject): number {
  const counts = objectsAt(pod, 'status', 'containerStatuses').map((status) => numberAt(status, 'restartCount') ?? 0);
  return Math.max(0, ...counts);
}

function compare(a: Rank, b: Rank): number {
  const index = a.findIndex((value, position) => value !== b[position]);
  return index < 0 ? 0 : (a[index] ?? 0) - (b[index] ?? 0);
}

const byUid = (a: KubeObject, b: KubeObject) => ((a.metadata.uid ?? '') < (b.metadata.uid ?? '') ? -1 : 1);
