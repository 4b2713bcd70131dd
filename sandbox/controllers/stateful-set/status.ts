import type { KubeObject } from '../../../src/kube/api.ts';
import { numberAt, objectAt, type JsonObject } from '../../store/json.ts';
import { hasEnded, isReady, isTerminating, minReadySeconds, untilAvailable } from '../base/pods.ts';
import { revisionLabel } from '../base/revisions.ts';
import { nonZero } from '../replica-set/status.ts';
import { partitionOf } from './view.ts';

/** Names of the revisions of a set: that of pods not yet updated, and that of its template. */
export interface SetRevisions {
  readonly current: string;
  readonly update: string;
}

/** The status of a StatefulSet with these pods. When all are updated, the update becomes the current revision. */
export function statefulSetStatus(
  set: KubeObject,
  pods: readonly KubeObject[],
  revisions: SetRevisions,
  now: number,
): JsonObject {
  const wanted = numberAt(set, 'spec', 'replicas') ?? 1;
  const of = (revision: string) =>
    pods.filter((pod) => !isTerminating(pod) && !hasEnded(pod) && pod.metadata.labels?.[revisionLabel] === revision)
      .length;
  const ready = pods.filter((pod) => isReady(pod)).length;
  const available = pods.filter((pod) => untilAvailable(pod, minReadySeconds(set), now) === 0).length;
  const updated = of(revisions.update);
  const done = updated === wanted && ready === wanted && pods.length === wanted;
  const complete = partitionOf(set) !== undefined && done;
  const current = complete ? revisions.update : revisions.current;
  const conditions = objectAt(set, 'status')?.['conditions'];
  return {
    observedGeneration: set.metadata.generation ?? 0,
    replicas: pods.length,
    ...nonZero({
      readyReplicas: ready,
      currentReplicas: of(current),
      updatedReplicas: updated,
    }),
    availableReplicas: available,
    currentRevision: current,
    updateRevision: revisions.update,
    collisionCount: 0,
    ...(conditions !== undefined && { conditions }),
  };
}
