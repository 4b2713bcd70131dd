import { Aborted, Blocked, MeshliftError } from '../../errors.ts';
import type { RenewWorkload } from '../spec.ts';
import type { StepContext } from '../step.ts';
import { coveringBudgets, forbidding } from './budgets.ts';
import type { Decision, Live } from './decision.ts';
import { evictPod } from './evict.ts';
import { giveBackPatch, releasePatch } from './hand-over-patch.ts';
import { checkInjection } from './injection.ts';
import { nameOf, ownerRef, podRef } from './kinds.ts';
import { letLeave } from './leave.ts';
import type { OwnerState } from './owner-state.ts';
import type { PodState } from './pod-state.ts';
import { checkServices } from './services.ts';
import { forget } from './stay-known.ts';
import { restartAtPatch, revertPatch, templatePatch } from './template-patch.ts';

type Action = Exclude<Decision, { readonly do: 'done' | 'wait' }>;

/**
 * Does what was decided: one write or a few, each with a precondition.
 * @returns milliseconds to wait at least before the next look
 * @throws Blocked for what ends the renewal; Conflict, Transient: look again
 */
export async function act(context: StepContext, spec: RenewWorkload, live: Live, action: Action): Promise<number> {
  const { owner } = live;
  switch (action.do) {
    case 'refuse':
      throw await refusal(context, spec, action);
    case 'leave':
      return leaveTogether(context, spec, action.pods);
    case 'take-back':
      await putBack(context, spec, action.pods);
      return 0;
    case 'give-back':
      return giveBack(context, spec, action.pods, action.why);
    default:
      if (owner !== null) return actOn(context, spec, owner, action);
      throw stop(spec, 'it does not exist any more', 'Plan again.');
  }
}

/** A budget that forbids what is left to do is named; one that cannot be read changes nothing about the refusal. */
async function refusal(
  context: StepContext,
  spec: RenewWorkload,
  { why, remedy, held }: Extract<Action, { readonly do: 'refuse' }>,
): Promise<Blocked> {
  if (held === undefined) return stop(spec, why, remedy);
  try {
    const found = forbidding(spec, held.name, await coveringBudgets(context, spec, held));
    return found === null ? stop(spec, why, remedy) : stop(spec, `${why}; ${found.why}`, found.remedy);
  } catch (error) {
    if (!(error instanceof MeshliftError) || error instanceof Aborted) throw error;
    return stop(spec, `${why}; its disruption budgets could not be read: ${error.message}`, remedy);
  }
}

async function actOn(
  context: StepContext,
  spec: RenewWorkload,
  owner: OwnerState,
  action: Exclude<Action, { readonly do: 'refuse' | 'leave' | 'give-back' | 'take-back' }>,
): Promise<number> {
  const { api, signal, mark } = context;
  if (action.do === 'revert') return revert(context, spec, owner, action.why);
  // Asked before every disruption: what would serve the new pod now, not when the plan was made.
  await checkInjection(context, spec, owner);
  if (action.do === 'start') {
    const now = new Date(context.clock.now()).toISOString();
    const isRollout = spec.workload === 'Rollout';
    const patch = isRollout ? restartAtPatch(owner, mark, now) : templatePatch(owner, spec, mark, now, action.restart);
    await api.patch(ownerRef(spec), 'merge', patch, { signal });
    return 0;
  }
  if (action.do === 'remove') {
    const refused = await evictPod(context, spec, action.pod);
    if (refused) context.note(`pod ${action.pod.name} stays for now: ${refused.why}`);
    return refused?.waitMs ?? 0;
  }
  await checkServices(context, spec, owner);
  const patch = releasePatch(action.pod, spec, mark, action.youngest);
  await api.patch(podRef(spec, action.pod.name), 'merge', patch, { signal });
  return 0;
}

async function revert(context: StepContext, spec: RenewWorkload, owner: OwnerState, why: string): Promise<never> {
  const patch = revertPatch(owner, spec);
  if (patch === null) {
    throw stop(spec, `${why}; what its template was before is not known`, 'Undo it with kubectl rollout undo.');
  }
  await context.api.patch(ownerRef(spec), 'merge', patch, { signal: context.signal });
  throw stop(spec, `${why}; its template was put back`, 'Find out which injector serves it, then resume.');
}

async function putBack(context: StepContext, spec: RenewWorkload, pods: readonly PodState[]): Promise<void> {
  for (const pod of pods) {
    await forget(context, spec, pod);
    await context.api.patch(podRef(spec, pod.name), 'merge', giveBackPatch(pod), { signal: context.signal });
  }
}

async function giveBack(
  context: StepContext,
  spec: RenewWorkload,
  pods: readonly PodState[],
  why: string,
): Promise<never> {
  await putBack(context, spec, pods);
  const names = pods.map(({ name }) => name).join(', ');
  throw stop(spec, `${why}; given back to it: ${names}`, 'Remove the cause, then resume.');
}

/** All at once, and to the end of each: nothing goes on in the background when one of them fails. */
async function leaveTogether(context: StepContext, spec: RenewWorkload, pods: readonly PodState[]): Promise<number> {
  const results = await Promise.allSettled(pods.map((pod) => letLeave(context, spec, pod)));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  return 0;
}

/** Ends a renewal for a reason that trying again alone does not remove. */
export function stop(spec: RenewWorkload, why: string, remedy: string): Blocked {
  return new Blocked(`${nameOf(spec)}: ${why}.`, { object: nameOf(spec), remedy });
}
