import type { KubeObject } from '../../../src/kube/api.ts';
import { minReadySeconds, isReady, untilAvailable } from '../base/pods.ts';
import { withCondition, withoutCondition } from '../base/conditions.ts';
import { templateOf } from '../base/pod-control.ts';
import { objectAt, objectsAt, type JsonObject } from '../../store/json.ts';

/** What came of bringing the number of pods in line. */
export interface Managed {
  /** Pods too many (above 0) or too few (below 0) before. */
  readonly surplus: number;
  /** Message of the first write that the server refused. */
  readonly failure?: string;
}

/** Drops counts that are 0: Kubernetes leaves them out. */
export function nonZero(counts: Readonly<Record<string, number>>): Record<string, number> {
  const result: Record<string, number> = {};
  for (const [name, count] of Object.entries(counts)) if (count !== 0) result[name] = count;
  return result;
}

/** The status of a ReplicaSet with these pods (neither ended nor on their way out). */
export function replicaSetStatus(
  set: KubeObject,
  pods: readonly KubeObject[],
  managed: Managed,
  now: { readonly millis: number; readonly text: string },
): JsonObject {
  const wanted = Object.entries(objectAt(templateOf(set), 'metadata', 'labels') ?? {});
  const labelled = pods.filter((pod) => wanted.every(([key, value]) => pod.metadata.labels?.[key] === value));
  const available = pods.filter((pod) => untilAvailable(pod, minReadySeconds(set), now.millis) === 0);
  const conditions = failureCondition(objectsAt(set, 'status', 'conditions'), managed, now.text);
  return {
    replicas: pods.length,
    ...nonZero({
      fullyLabeledReplicas: labelled.length,
      readyReplicas: pods.filter(isReady).length,
      availableReplicas: available.length,
      observedGeneration: set.metadata.generation ?? 0,
    }),
    ...(conditions.length > 0 && { conditions }),
  };
}

/** The first failure's message stays as long as writes fail. */
function failureCondition(conditions: readonly JsonObject[], managed: Managed, now: string): readonly JsonObject[] {
  const type = 'ReplicaFailure';
  if (managed.failure === undefined) return withoutCondition(conditions, type);
  if (conditions.some((condition) => condition['type'] === type)) return conditions;
  const reason = managed.surplus < 0 ? 'FailedCreate' : 'FailedDelete';
  return withCondition(conditions, { type, status: 'True', reason, message: managed.failure }, now);
}
