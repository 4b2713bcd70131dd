import type { KubeObject } from '../../../src/kube/api.ts';
import { at, numberAt } from '../../store/json.ts';
import type { Cluster } from '../base/cluster.ts';
import { intOrPercent } from '../base/int-or-percent.ts';
import { controllerOf } from '../base/owners.ts';

/** How many pods a budget counts with, and how many of them must stay healthy. */
export interface Expectation {
  readonly expected: number;
  readonly desired: number;
}

/**
 * A number as minAvailable is of the pods that are; a percentage and maxUnavailable are of the pods that the pods'
 * controllers ask for, and percentages round up. Source: Kubernetes documentation, "Specifying a Disruption Budget for
 * your Application".
 * @returns text when the controllers of the pods cannot tell their number
 */
export function expectationOf(cluster: Cluster, budget: KubeObject, pods: readonly KubeObject[]): Expectation | string {
  const minAvailable = at(budget, 'spec', 'minAvailable');
  const maxUnavailable = at(budget, 'spec', 'maxUnavailable');
  if (maxUnavailable === undefined && typeof minAvailable === 'number') {
    return { expected: pods.length, desired: minAvailable };
  }
  if (maxUnavailable === undefined && minAvailable === undefined) return { expected: pods.length, desired: 0 };
  const expected = scaleOf(cluster, pods);
  if (typeof expected === 'string') return expected;
  if (maxUnavailable === undefined)
    return { expected, desired: intOrPercent(minAvailable, expected, 'up') ?? expected };
  return { expected, desired: Math.max(0, expected - (intOrPercent(maxUnavailable, expected, 'up') ?? 0)) };
}

/** Sum of the replicas of all controllers of the pods. */
function scaleOf(cluster: Cluster, pods: readonly KubeObject[]): number | string {
  const scales = new Map<string, number>();
  const seen = new Set<string>();
  for (const pod of pods) {
    const owner = controllerOf(pod);
    // Pods of nobody count for nothing here.
    if (!owner || seen.has(owner.uid)) continue;
    seen.add(owner.uid);
    const top = topOwner(cluster, pod, owner.kind);
    const replicas = top && numberAt(top, 'spec', 'replicas');
    if (!top || replicas === undefined) return `found no controllers for pod "${pod.metadata.name}"`;
    scales.set(top.metadata.uid ?? '', replicas);
  }
  return [...scales.values()].reduce((sum, count) => sum + count, 0);
}

function topOwner(cluster: Cluster, pod: KubeObject, kind: string): KubeObject | undefined {
  const { replicaSets, deployments, statefulSets } = cluster.informers;
  const namespace = pod.metadata.namespace ?? '';
  const name = controllerOf(pod)?.name ?? '';
  if (kind === 'StatefulSet') return statefulSets.get(`${namespace}/${name}`);
  const set = kind === 'ReplicaSet' ? replicaSets.get(`${namespace}/${name}`) : undefined;
  const parent = set && controllerOf(set);
  return parent?.kind === 'Deployment' ? deployments.get(`${namespace}/${parent.name}`) : set;
}
