/** What the pure part of a renewal sees, and what it decides. */
import type { RenewWorkload } from '../spec.ts';
import type { OwnerState } from './owner-state.ts';
import { onTarget, type PodState } from './pod-state.ts';

/** The cluster's state as far as one workload is concerned, read at one time. */
export interface Live {
  /** Null: the workload does not exist any more. */
  readonly owner: OwnerState | null;
  /** Pods that it owns, directly or through a ReplicaSet; those on their way out too. */
  readonly pods: readonly PodState[];
  /** Pods that were taken from it to be handed over, by whatever run. */
  readonly handedOver: readonly PodState[];
}

/** What only this call knows. */
export interface Memory {
  readonly now: number;
  /** uids of the pods that were there when the call began. */
  readonly known: ReadonlySet<string>;
  /** Nothing has changed for longer than a replacement may take. */
  readonly stalled: boolean;
}

/** All that a decision rests on. */
export interface Situation {
  readonly live: Live;
  readonly spec: RenewWorkload;
  readonly mark: string;
  readonly memory: Memory;
}

/** The next thing to do. Everything but `done`, `wait` and `refuse` is followed by a new look. */
export type Decision =
  | { readonly do: 'done' }
  | { readonly do: 'wait'; readonly why: string }
  /** `held`: the pod whose eviction was all that was left to do; its budgets may say why it stays. */
  | { readonly do: 'refuse'; readonly why: string; readonly remedy: string; readonly held?: PodState }
  /** Change the template, or a Rollout's restartAt; only its labels when `restart` is false. */
  | { readonly do: 'start'; readonly restart: boolean }
  /** Put the template back as it was, then refuse. */
  | { readonly do: 'revert'; readonly why: string }
  /** Evict a pod. */
  | { readonly do: 'remove'; readonly pod: PodState }
  /** Take a pod from its ReplicaSet. `youngest`: creation time of the newest pod there is. */
  | { readonly do: 'release'; readonly pod: PodState; readonly youngest: string }
  /** Return pods to their ReplicaSet, then refuse. */
  | { readonly do: 'give-back'; readonly pods: readonly PodState[]; readonly why: string }
  /** Pods that another direction took and that are what this one wants: back to their owner, which lets its surplus go. */
  | { readonly do: 'take-back'; readonly pods: readonly PodState[] }
  /** Take pods out of their Services, let them finish, delete them. */
  | { readonly do: 'leave'; readonly pods: readonly PodState[] };

/** Milliseconds after its grace period in which a pod should be gone; later its node is lost, and nobody waits for it. */
const lostAfterMs = 30_000;

/** Pods that count: those whose node was lost while they were on their way out do not. */
export function present(pods: readonly PodState[], now: number): readonly PodState[] {
  return pods.filter((pod) => pod.deletedAt === null || now < pod.deletedAt + lostAfterMs);
}

/** Pods that are not on their way out. */
export function staying(pods: readonly PodState[]): readonly PodState[] {
  return pods.filter((pod) => pod.deletedAt === null);
}

/** Pods with another proxy than the one asked for. */
export function offTarget(pods: readonly PodState[], spec: RenewWorkload): readonly PodState[] {
  return pods.filter((pod) => !onTarget(pod, spec));
}

/** Labels of the template that are not yet as asked for. */
export function labelsDiffer(owner: OwnerState, spec: RenewWorkload): boolean {
  return Object.entries(spec.labels).some(([key, value]) => (owner.templateLabels[key] ?? null) !== value);
}

/** Names and reasons of pods that are not ready, for a person; at most three. What keeps pods from being made, when none is. */
export function unreadyPods({ owner, pods }: Live): string {
  const unready = staying(pods).filter((pod) => !pod.ready);
  const named = unready.slice(0, 3).map(({ name, reason }) => `${name} (${reason || 'no reason given'})`);
  const more = unready.length > 3 ? ` and ${unready.length - 3} more` : '';
  if (unready.length > 0) return `not ready: ${named.join(', ')}${more}`;
  const missing = (owner?.wanted ?? 0) - staying(pods).length;
  if (missing <= 0) return 'no pod says why';
  return `its controller has not made ${missing} of them yet`;
}

/** Waits, or gives up when nothing moves any more. `held`: as in a refusal. */
export function waitOr({ live, memory }: Situation, why: string, held?: PodState): Decision {
  if (!memory.stalled) return { do: 'wait', why };
  const stuck = `${why}, and nothing has changed for long`;
  const remedy = 'Bring its pods to Ready, then resume.';
  if (held?.ready === true) return { do: 'refuse', why: stuck, remedy, held };
  return { do: 'refuse', why: `${stuck}; ${unreadyPods(live)}`, remedy, ...(held && { held }) };
}
