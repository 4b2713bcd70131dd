import type { KubeObject } from '../../../src/kube/api.ts';
import { objectsAt, type JsonObject } from '../../store/json.ts';
import { withoutCondition, type ConditionNote } from '../base/conditions.ts';
import { maxUnavailable, replicas } from './view.ts';

/**
 * Conditions with one set, as Deployments have them: with lastUpdateTime, and unchanged when status and reason are the
 * same. `renew` sets it in any case: progress is told by its lastUpdateTime.
 */
function set(
  conditions: readonly JsonObject[],
  note: ConditionNote,
  now: string,
  renew = false,
): readonly JsonObject[] {
  const present = conditions.find((condition) => condition['type'] === note.type);
  const sameStatus = present?.['status'] === note.status;
  if (!renew && sameStatus && present?.['reason'] === note.reason) return conditions;
  const lastTransitionTime = sameStatus ? present?.['lastTransitionTime'] : now;
  const { type, status, reason, message } = note;
  const next = { type, status, reason, message, lastUpdateTime: now, lastTransitionTime };
  return [...withoutCondition(conditions, note.type), next];
}

/** With a new Progressing condition. */
export function progressCondition(
  conditions: readonly JsonObject[],
  note: ConditionNote,
  now: string,
): readonly JsonObject[] {
  return set(conditions, note, now);
}

/** With a Progressing condition that is renewed even if it says the same. */
export function renewedProgress(
  conditions: readonly JsonObject[],
  note: ConditionNote,
  now: string,
): readonly JsonObject[] {
  return set(conditions, note, now, true);
}

/** With Available, from the pods that are. */
export function availableCondition(
  conditions: readonly JsonObject[],
  deployment: KubeObject,
  available: number,
  now: string,
): readonly JsonObject[] {
  const enough = available >= replicas(deployment) - maxUnavailable(deployment);
  const note: ConditionNote = enough
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
  return set(conditions, note, now);
}

/** With ReplicaFailure when a ReplicaSet has it, the newest one's first. */
export function replicaFailure(
  conditions: readonly JsonObject[],
  current: KubeObject | undefined,
  older: readonly KubeObject[],
): readonly JsonObject[] {
  const type = 'ReplicaFailure';
  const found = [...(current ? [current] : []), ...older]
    .flatMap((set) => objectsAt(set, 'status', 'conditions'))
    .find((condition) => condition['type'] === type);
  const others = withoutCondition(conditions, type);
  if (!found) return others.length === conditions.length ? conditions : others;
  const present = conditions.find((condition) => condition['type'] === type);
  if (present?.['status'] === found['status'] && present?.['reason'] === found['reason']) return conditions;
  const { status, reason, message, lastTransitionTime } = found;
  return [...others, { type, status, lastUpdateTime: lastTransitionTime, lastTransitionTime, reason, message }];
}

/** With the condition of a pause or its end: a paused rollout does not time out. */
export function pauseCondition(conditions: readonly JsonObject[], paused: boolean, now: string): readonly JsonObject[] {
  const present = conditions.find((condition) => condition['type'] === 'Progressing');
  if (present?.['reason'] === 'ProgressDeadlineExceeded') return conditions;
  const wasPaused = present?.['reason'] === 'DeploymentPaused';
  const note = (reason: string, message: string) =>
    ({ type: 'Progressing', status: 'Unknown', reason, message }) as const;
  if (paused && !wasPaused) return set(conditions, note('DeploymentPaused', 'Deployment is paused'), now);
  if (!paused && wasPaused) return set(conditions, note('DeploymentResumed', 'Deployment is resumed'), now);
  return conditions;
}
