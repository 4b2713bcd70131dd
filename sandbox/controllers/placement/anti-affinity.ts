import type { KubeObject } from '../../../src/kube/api.ts';
import { objectsAt, textAt, type JsonObject } from '../../store/json.ts';
import type { Cluster } from '../base/cluster.ts';
import { hasEnded } from '../base/pods.ts';

/** The terms of a pod's required anti-affinity. */
export function antiAffinityTerms(pod: KubeObject): readonly JsonObject[] {
  const path = ['spec', 'affinity', 'podAntiAffinity', 'requiredDuringSchedulingIgnoredDuringExecution'] as const;
  return objectsAt(pod, ...path);
}

/**
 * Whether terms of the pod's anti-affinity keep it off a node because of pods that are on nodes of the same topology domain.
 * Only pods of its own namespace count: `namespaces` and `namespaceSelector` of terms are not looked at.
 */
export function conflictsByAntiAffinity(
  cluster: Cluster,
  pod: KubeObject,
  terms: readonly JsonObject[],
  node: KubeObject,
): boolean {
  return terms.some((term) => {
    const key = textAt(term, 'topologyKey') ?? '';
    const domain = node.metadata.labels?.[key];
    if (domain === undefined) return false;
    const { pods, nodes } = cluster.informers;
    const others = cluster.selectors.select(pods, pod.metadata.namespace ?? '', term['labelSelector']);
    return others.some((other) => {
      const place = nodes.get(textAt(other, 'spec', 'nodeName') ?? '');
      return !hasEnded(other) && place?.metadata.labels?.[key] === domain;
    });
  });
}
