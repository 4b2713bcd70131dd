/** Whether the run's own traffic measures anything at all, asked before the run begins. */
import { Aborted, Blocked } from '../../errors.ts';
import type { Traffic } from '../../engine/deps.ts';
import type { ProbeClock } from '../../probe/clock.ts';

/** How it waits. */
export interface AnsweringOptions {
  /** The clock of the traffic itself. */
  readonly clock: ProbeClock;
  readonly signal: AbortSignal;
  /** Milliseconds for the first right answer of each target; default 10,000. */
  readonly limitMs?: number;
}

/** Milliseconds between two looks. */
const pollMs = 100;

/**
 * Waits for a right answer of every target. One that never answers would be a breach as soon as the run goes forward, and again at
 * every resume: such a run could only stand still.
 * @throws Blocked naming the targets that do not answer, Aborted
 */
export async function mustAnswer(
  traffic: Traffic,
  { clock, signal, limitMs = 10_000 }: AnsweringOptions,
): Promise<void> {
  const end = clock.now() + limitMs;
  let silent = silentOf(traffic);
  while (silent.length > 0 && clock.now() < end) {
    if (signal.aborted) throw new Aborted('Stopped before anything was begun.', { object: 'traffic' });
    await new Promise<void>((resolve) => void clock.setTimer(pollMs, resolve));
    silent = silentOf(traffic);
  }
  if (silent.length === 0) return;
  throw new Blocked(`No right answer came within ${limitMs / 1000} s from ${silent.join(', ')}. Nothing was written.`, {
    object: `probe ${silent[0] ?? ''}`,
    remedy:
      'See what it answers: meshlift probe URL --duration 5s. Mend it and try again. Or correct probes in the policy and plan again, before a run has begun; go back with meshlift rollback, after that.',
  });
}

function silentOf(traffic: Traffic): readonly string[] {
  return traffic.lines().flatMap(({ target, sent, failed }) => (sent > failed ? [] : [target]));
}
