import type { KubeObject } from '../../../src/kube/api.ts';
import { at, objectAt, objectsAt, textAt, type JsonObject } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import type { Cluster } from '../base/cluster.ts';
import { intOrPercent } from '../base/int-or-percent.ts';
import type { PodOwner } from '../base/pod-control.ts';
import { nodeMatch } from '../placement/node-affinity.ts';
import { taintsOf, untolerated } from '../placement/tolerations.ts';

/** Taints that DaemonSet pods tolerate by themselves. Source: Kubernetes documentation, "DaemonSet", "Taints and tolerations". */
const ownTolerations: readonly JsonObject[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
];

/** The tolerations of a DaemonSet's pods. */
export function tolerationsOf(set: KubeObject): readonly JsonObject[] {
  const own = objectsAt(set, 'spec', 'template', 'spec', 'tolerations');
  const network: JsonObject = {
    key: 'node.kubernetes.io/network-unavailable',
    operator: 'Exists',
    effect: 'NoSchedule',
  };
  const onHost = at(set, 'spec', 'template', 'spec', 'hostNetwork') === true;
  return [...own, ...ownTolerations, ...(onHost ? [network] : [])];
}

/** Whether a DaemonSet wants a pod on a node. */
export function wantsNode(set: KubeObject, node: KubeObject): boolean {
  const spec = objectAt(set, 'spec', 'template', 'spec');
  return nodeMatch(spec)(node) && untolerated(taintsOf(node), tolerationsOf(set)) === undefined;
}

/** A pod spec's affinity that pins it to a node, besides what the template asks for. */
export function pinned(set: KubeObject, node: string): JsonObject {
  const affinity = objectAt(set, 'spec', 'template', 'spec', 'affinity') ?? {};
  const nodeAffinity = objectAt(affinity, 'nodeAffinity') ?? {};
  const field = { key: 'metadata.name', operator: 'In', values: [node] };
  const required = { nodeSelectorTerms: [{ matchFields: [field] }] };
  return {
    ...affinity,
    nodeAffinity: { ...nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: required },
  };
}

/** Node that a pod is on, or is pinned to until it is there. */
export function nodeOf(pod: KubeObject): string {
  const node = textAt(pod, 'spec', 'nodeName');
  if (node) return node;
  const path = ['spec', 'affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution'] as const;
  const terms = objectsAt(pod, ...path, 'nodeSelectorTerms');
  const values = terms.flatMap((term) => objectsAt(term, 'matchFields')).flatMap((field) => field['values']);
  return typeof values[0] === 'string' ? values[0] : '';
}

/** How many pods an update may have too many or too few; percentages are of the nodes and round up. Undefined for OnDelete. */
export function updateLimits(
  set: KubeObject,
  nodes: number,
): { readonly surge: number; readonly unavailable: number } | undefined {
  if (textAt(set, 'spec', 'updateStrategy', 'type') === 'OnDelete') return undefined;
  const rolling = objectAt(set, 'spec', 'updateStrategy', 'rollingUpdate');
  const surge = intOrPercent(rolling?.['maxSurge'], nodes, 'up') ?? 0;
  const unavailable = intOrPercent(rolling?.['maxUnavailable'], nodes, 'up') ?? 1;
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

/** Nodes that want a pod of a set, and those that do not. */
export function nodesOf(
  cluster: Cluster,
  set: KubeObject,
): readonly { readonly name: string; readonly wanted: boolean }[] {
  return [...cluster.informers.nodes.all()].map((node) => ({ name: node.metadata.name, wanted: wantsNode(set, node) }));
}

/** How the set is called in messages. */
export const ownerOf = (set: KubeObject): PodOwner => ({
  component: 'daemonset-controller',
  resource: resources.daemonSets,
  object: set,
});
