import type { KubeObject } from '../../../src/kube/api.ts';
import type { Cluster } from '../base/cluster.ts';
import { createPod, deletePod, podOf, templateOf } from '../base/pod-control.ts';
import { isTerminating, minReadySeconds, untilAvailable } from '../base/pods.ts';
import { revisionLabel } from '../base/revisions.ts';
import { millisOf } from '../base/cluster.ts';
import { nodeOf, ownerOf, pinned, tolerationsOf } from './view.ts';

/** One turn of work on a DaemonSet. */
export interface DaemonTurn {
  readonly cluster: Cluster;
  readonly set: KubeObject;
  /** Hash of the template. */
  readonly hash: string;
  readonly nodes: readonly { readonly name: string; readonly wanted: boolean }[];
  /** Pods by node, oldest first, those on their way out included. */
  readonly pods: ReadonlyMap<string, readonly KubeObject[]>;
}

/** Pods by the node that they are on or pinned to, oldest first. */
export function byNode(pods: readonly KubeObject[]): ReadonlyMap<string, readonly KubeObject[]> {
  const found = new Map<string, KubeObject[]>();
  const aged = [...pods].sort(
    (a, b) => millisOf(a.metadata.creationTimestamp) - millisOf(b.metadata.creationTimestamp),
  );
  for (const pod of aged) {
    const list = found.get(nodeOf(pod)) ?? [];
    list.push(pod);
    found.set(nodeOf(pod), list);
  }
  return found;
}

/** Of the present template. */
export const isUpdated = ({ hash }: Pick<DaemonTurn, 'hash'>, pod: KubeObject): boolean =>
  pod.metadata.labels?.[revisionLabel] === hash;

/** Ready for long enough, and not on its way out. */
export function isAvailable({ cluster, set }: DaemonTurn, pod: KubeObject): boolean {
  return !isTerminating(pod) && untilAvailable(pod, minReadySeconds(set), cluster.scheduler.now()) === 0;
}

/** Makes a pod for a node. */
export function createOn({ cluster, set, hash }: DaemonTurn, node: string): void {
  const pod = podOf(ownerOf(set), templateOf(set), {
    labels: { [revisionLabel]: hash, 'pod-template-generation': String(set.metadata.generation ?? 1) },
    spec: { affinity: pinned(set, node), tolerations: tolerationsOf(set) },
  });
  createPod(cluster, ownerOf(set), pod);
}

/** Deletes a pod of the set. */
export function deleteFrom({ cluster, set }: DaemonTurn, pod: KubeObject): void {
  deletePod(cluster, ownerOf(set), pod);
}
