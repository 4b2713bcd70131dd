import { Blocked, NotFound } from '../../errors.ts';
import type { KubeObject } from '../../kube/api.ts';
import { resources } from '../../kube/resources.ts';
import { record } from '../../inventory/json.ts';
import { selector } from '../../inventory/project-meta.ts';
import { matches } from '../../mesh/selectors.ts';
import type { RenewWorkload } from '../spec.ts';
import type { StepContext } from '../step.ts';
import { podRef } from './kinds.ts';
import type { PodState } from './pod-state.ts';
import { listAll } from './read-live.ts';

const tooManyRequests = 429;
const forbidden = 403;

/**
 * Evicts a pod, so that disruption budgets count. Without the right to evict it is deleted if no budget covers it.
 * @returns milliseconds after which to try again when a budget refuses, with its words; null when the pod goes
 * @throws Blocked, Transient, Conflict
 */
export async function evictPod(
  context: StepContext,
  spec: RenewWorkload,
  pod: PodState,
): Promise<{ readonly waitMs: number; readonly why: string } | null> {
  const { api, signal } = context;
  try {
    await api.evict({ namespace: spec.namespace, name: pod.name, uid: pod.uid }, { signal });
    return null;
  } catch (error) {
    if (error instanceof NotFound) return null;
    if (!(error instanceof Blocked)) throw error;
    if (error.status === forbidden && !(await isBudgeted(context, spec, pod))) {
      await api.delete(podRef(spec, pod.name), { uid: pod.uid, signal });
      return null;
    }
    if (error.status !== tooManyRequests) throw error;
    return { waitMs: (error.retryAfterSeconds ?? 5) * 1000, why: error.message };
  }
}

/** Whether a budget covers the pod; one that cannot be evaluated counts as covering it. */
async function isBudgeted(context: StepContext, { namespace }: RenewWorkload, { labels }: PodState): Promise<boolean> {
  const project = (budget: KubeObject) => selector(record(budget['spec'])['selector']);
  const selectors = await listAll(context, resources.budgets, { namespace, project });
  return selectors.some((one) => matches(one, labels) !== false);
}
