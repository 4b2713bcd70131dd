import type { KubeObject } from '../../../src/kube/api.ts';
import { numberAt, objectsAt } from '../../store/json.ts';
import { millisOf } from '../base/cluster.ts';
import type { ConditionNote } from '../base/conditions.ts';
import type { JobCounts } from './counts.ts';

/** Whether a Job has come to its end. */
export function isFinished(job: KubeObject): boolean {
  return objectsAt(job, 'status', 'conditions').some(
    (condition) => ['Complete', 'Failed'].includes(String(condition['type'])) && condition['status'] === 'True',
  );
}

/** Succeeded pods that a Job wants. Without completions one success is enough when no other pod runs. */
export function wantedSuccesses(job: KubeObject): number | undefined {
  return numberAt(job, 'spec', 'completions');
}

/**
 * Why a Job is over: too many failures, too much time, or enough successes. Undefined when it goes on.
 * Source: Kubernetes documentation, "Jobs", "Job termination and cleanup".
 */
export function outcomeOf(job: KubeObject, counts: JobCounts, now: number): ConditionNote | undefined {
  const failed = (reason: string, message: string): ConditionNote => ({
    type: 'Failed',
    status: 'True',
    reason,
    message,
  });
  if (counts.failed > (numberAt(job, 'spec', 'backoffLimit') ?? 6)) {
    return failed('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  }
  if (untilDeadline(job, now) === 0) return failed('DeadlineExceeded', 'Job was active longer than specified deadline');
  const wanted = wantedSuccesses(job);
  const enough = wanted === undefined ? counts.succeeded > 0 && counts.active === 0 : counts.succeeded >= wanted;
  if (!enough) return undefined;
  const message = 'Reached expected number of succeeded pods';
  return { type: 'Complete', status: 'True', reason: 'CompletionsReached', message };
}

/** Milliseconds until the Job's time is over; undefined when it has no limit or has not started. */
export function untilDeadline(job: KubeObject, now: number): number | undefined {
  const seconds = numberAt(job, 'spec', 'activeDeadlineSeconds');
  const start = millisOf(objectsAt({ list: [job['status']] }, 'list')[0]?.['startTime']);
  return seconds === undefined || start === 0 ? undefined : Math.max(0, start + seconds * 1000 - now);
}
