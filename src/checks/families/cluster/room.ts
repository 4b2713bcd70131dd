/** What is free on the nodes: allocatable minus the requests of the pods that are bound to them. */
import type { NodeFact, RequestsFact, WorkloadFact } from '../../../mesh/facts.ts';
import type { CheckView } from '../../check.ts';
import { groupBy } from '../../../mesh/group.ts';

/** Free places of one node. A number is Infinity where the node does not say what it has. */
interface Room {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly pods: number;
}

/** Rooms twice: `sure` counts only what is known to be free for any pod, `perhaps` also tainted nodes and unknown sizes. */
export interface Rooms {
  readonly sure: readonly Room[];
  readonly perhaps: readonly Room[];
}

/** All nodes that are ready and not cordoned. Tolerations are not read: a tainted node takes a pod only perhaps. */
export function roomsOf({ facts }: CheckView): Rooms {
  const bound = groupBy(
    facts.pods.items.filter(({ node, phase }) => node !== '' && phase !== 'Succeeded' && phase !== 'Failed'),
    ({ node }) => node,
  );
  const open = facts.nodes.items.filter(({ ready, unschedulable }) => ready && !unschedulable);
  const rooms = open.map((node) => ({ node, used: sumOf(bound.get(node.meta.name) ?? []) }));
  return {
    perhaps: rooms.map(({ node, used }) => free(node, used, Infinity)),
    sure: rooms.filter(({ node }) => !isTainted(node)).map(({ node, used }) => free(node, used, 0)),
  };
}

function isTainted({ taints }: NodeFact): boolean {
  return taints.some((taint) => taint.endsWith(':NoSchedule') || taint.endsWith(':NoExecute'));
}

function sumOf(pods: readonly { readonly requests: RequestsFact }[]): Room {
  return {
    cpuMillis: pods.reduce((sum, { requests }) => sum + requests.cpuMillis, 0),
    memoryBytes: pods.reduce((sum, { requests }) => sum + requests.memoryBytes, 0),
    pods: pods.length,
  };
}

// A node that does not say what it has: 0 is written for it.
function free({ allocatable }: NodeFact, used: Room, unknown: number): Room {
  const left = (has: number, taken: number): number => (has === 0 ? unknown : has - taken);
  return {
    cpuMillis: left(allocatable.cpuMillis, used.cpuMillis),
    memoryBytes: left(allocatable.memoryBytes, used.memoryBytes),
    pods: left(allocatable.pods, used.pods),
  };
}

/** How many pods of one size fit, all nodes together. */
export function fitting(rooms: readonly Room[], pod: RequestsFact): number {
  const times = (has: number, each: number): number => (each === 0 ? Infinity : Math.floor(has / each));
  return rooms.reduce((sum, room) => {
    const fit = Math.min(room.pods, times(room.cpuMillis, pod.cpuMillis), times(room.memoryBytes, pod.memoryBytes));
    return sum + Math.max(0, fit);
  }, 0);
}

/** A count or percentage of maxSurge or maxUnavailable as pods, rounded as Kubernetes does; the default is 25%. */
export function podsFor(value: string, replicas: number, round: (value: number) => number): number {
  const percent = /^(\d+)%$/.exec(value === '' ? '25%' : value)?.[1];
  return percent === undefined ? Number(value) || 0 : round((Number(percent) * replicas) / 100);
}

/** Whether a rollout stands still until a pod more than now is ready: it surges and may take none away before. */
export function needsSurge({ kind, strategy, maxSurge, maxUnavailable, replicas }: WorkloadFact): boolean {
  if ((kind !== 'Deployment' && kind !== 'Rollout') || strategy === 'Recreate' || replicas === 0) return false;
  const [surge, gone] = [podsFor(maxSurge, replicas, Math.ceil), podsFor(maxUnavailable, replicas, Math.floor)];
  return surge > 0 && gone === 0;
}

const poolLabels = [
  'karpenter.sh/nodepool',
  'karpenter.sh/provisioner-name',
  'cloud.google.com/gke-nodepool',
  'eks.amazonaws.com/nodegroup',
  'kubernetes.azure.com/agentpool',
];

/** Whether something may add nodes when pods wait: an autoscaler in the cluster, or nodes of a provider's pool. */
export function mayGrow({ facts }: CheckView): boolean {
  return (
    facts.deployments.items.some(({ meta }) => /cluster-autoscaler|karpenter/.test(meta.name)) ||
    facts.nodes.items.some(({ meta }) => poolLabels.some((label) => label in meta.labels))
  );
}

/** Size of a pod for people: '500m CPU and 2048 MiB'. */
export function sizeOf({ cpuMillis, memoryBytes }: RequestsFact): string {
  return `${String(cpuMillis)}m CPU and ${String(Math.ceil(memoryBytes / 2 ** 20))} MiB`;
}
