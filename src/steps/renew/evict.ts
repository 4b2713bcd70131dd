import { Blocked, NotFound } from '../../errors.ts';
import type { RenewWorkload } from '../spec.ts';
import type { StepContext } from '../step.ts';
import { coveringBudgets, forbidding } from './budgets.ts';
import { nameOf, podRef } from './kinds.ts';
import type { PodState } from './pod-state.ts';

const tooManyRequests = 429;
const manyBudgets = 500;
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
    if (error.status === manyBudgets) throw await refusedBy(context, spec, pod, error);
    if (error.status === forbidden && (await coveringBudgets(context, spec, pod)).length === 0) {
      await api.delete(podRef(spec, pod.name), { uid: pod.uid, signal });
      return null;
    }
    if (error.status !== tooManyRequests) throw error;
    return { waitMs: (error.retryAfterSeconds ?? 5) * 1000, why: error.message };
  }
}

/** The refusal with the budgets' names, where there are some to name. */
async function refusedBy(context: StepContext, spec: RenewWorkload, pod: PodState, error: Blocked): Promise<Blocked> {
  const found = forbidding(spec, pod.name, await coveringBudgets(context, spec, pod));
  if (found === null) return error;
  return new Blocked(`${nameOf(spec)}: ${found.why}.`, { object: nameOf(spec), remedy: found.remedy, cause: error });
}
