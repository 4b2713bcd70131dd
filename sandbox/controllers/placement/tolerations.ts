import type { KubeObject } from '../../../src/kube/api.ts';
import { objectsAt, type JsonObject } from '../../store/json.ts';

/** Taints of a node, with the one that a cordon amounts to. */
export function taintsOf(node: KubeObject): readonly JsonObject[] {
  const taints = objectsAt(node, 'spec', 'taints');
  const cordoned = objectsAt({ list: [node['spec']] }, 'list').some((spec) => spec['unschedulable'] === true);
  const key = 'node.kubernetes.io/unschedulable';
  if (!cordoned || taints.some((taint) => taint['key'] === key)) return taints;
  return [...taints, { key, effect: 'NoSchedule' }];
}

/** The first of a node's taints that keeps a pod with these tolerations off it. */
export function untolerated(taints: readonly JsonObject[], tolerations: readonly JsonObject[]): JsonObject | undefined {
  return taints.find(
    (taint) =>
      taint['effect'] !== 'PreferNoSchedule' && !tolerations.some((toleration) => tolerates(toleration, taint)),
  );
}

function tolerates(toleration: JsonObject, taint: JsonObject): boolean {
  if (toleration['effect'] && toleration['effect'] !== taint['effect']) return false;
  const exists = toleration['operator'] === 'Exists';
  if (!toleration['key']) return exists;
  if (toleration['key'] !== taint['key']) return false;
  return exists || (toleration['value'] ?? '') === (taint['value'] ?? '');
}
