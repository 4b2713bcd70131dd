/** Whether a run may go on: one switch that everything looks at before it writes. */
import { setMaxListeners } from 'node:events';
import { Aborted } from '../errors.ts';

/** Why a run stands still, and what was wanted. */
export type Stop =
  | { readonly kind: 'after-step'; readonly why: string }
  | { readonly kind: 'now'; readonly why: string }
  | { readonly kind: 'breach'; readonly why: string }
  | { readonly kind: 'lost'; readonly why: string }
  | { readonly kind: 'rollback'; readonly why: string };

/** The switch. A later stop replaces an earlier one only when it is more urgent. */
export interface Control {
  /** The most urgent stop so far; null: go on. */
  stop(): Stop | null;
  /** Says that the run must stop. */
  ask(stop: Stop): void;
  /** Fires as soon as nothing may be written any more: every stop but 'after-step'. */
  readonly signal: AbortSignal;
  /** @throws Aborted when nothing may be written any more */
  mustGoOn(): void;
}

const urgency: Readonly<Record<Stop['kind'], number>> = { 'after-step': 1, now: 2, rollback: 3, breach: 4, lost: 5 };

/** More steps than ever run side by side. */
const listeners = 100_000;

/** A switch that is on "go on". */
export function createControl(): Control {
  const ended = new AbortController();
  // Every step that waits listens: Node warns on stderr of more than ten.
  setMaxListeners(listeners, ended.signal);
  let stop: Stop | null = null;
  return {
    stop: () => stop,
    ask: (next) => {
      if (stop !== null && urgency[stop.kind] >= urgency[next.kind]) return;
      stop = next;
      if (next.kind !== 'after-step') ended.abort();
    },
    signal: ended.signal,
    mustGoOn: () => {
      if (stop !== null && stop.kind !== 'after-step') throw new Aborted(`Stopped: ${stop.why}`);
    },
  };
}
