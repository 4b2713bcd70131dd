import type { KubeObject } from '../../../src/kube/api.ts';
import { numberAt } from '../../store/json.ts';
import { isActive, isReady, phaseOf } from '../base/pods.ts';

/** Finalizer that keeps a Job's pod until it has been counted. */
export const trackingFinalizer = 'batch.kubernetes.io/job-tracking';

/** Whether a pod has not been counted yet. */
export function isTracked(pod: KubeObject): boolean {
  const finalizers = pod.metadata['finalizers'];
  return Array.isArray(finalizers) && finalizers.includes(trackingFinalizer);
}

/** Pods of a Job: how many run, and how many ended how, also of those that are gone. */
export interface JobCounts {
  readonly active: number;
  readonly ready: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Pods that ended and are counted in these numbers for the first time. */
  readonly fresh: readonly KubeObject[];
}

/** A pod that goes away before it succeeded has failed. */
export function countPods(job: KubeObject, pods: readonly KubeObject[]): JobCounts {
  const fresh = pods.filter((pod) => isTracked(pod) && (phaseOf(pod) === 'Succeeded' || phaseOf(pod) === 'Failed'));
  const succeeded = fresh.filter((pod) => phaseOf(pod) === 'Succeeded').length;
  const active = pods.filter(isActive);
  return {
    active: active.length,
    ready: active.filter(isReady).length,
    succeeded: (numberAt(job, 'status', 'succeeded') ?? 0) + succeeded,
    failed: (numberAt(job, 'status', 'failed') ?? 0) + fresh.length - succeeded,
    fresh,
  };
}
