import { Conflict, Transient } from '../errors.ts';
import type { Clock } from '../steps/step.ts';
import type { Session } from './deps.ts';

/** How long one thing is tried again. */
export interface RetryOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Milliseconds from the first failure on; then the last error is thrown. */
  readonly limitMs: number;
  /** Told before each wait. */
  readonly onRetry: (error: Error, waitMs: number) => void;
  /** False: a Conflict is an answer, not somebody who was quicker. Default true. */
  readonly conflicts?: boolean;
}

/** Longest wait between two tries, in milliseconds. */
const longestWaitMs = 10_000;

/** Tries again what may work the next time (Transient), or was overtaken by another writer (Conflict: it reads anew). */
export async function retrying<T>(
  action: () => Promise<T>,
  { clock, signal, limitMs, onRetry, conflicts = true }: RetryOptions,
): Promise<T> {
  let since: number | null = null;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof Transient || (conflicts && error instanceof Conflict))) throw error;
      since ??= clock.now();
      if (clock.now() - since >= limitMs || signal.aborted) throw error;
      // A server may ask for a day: the last try is made when the limit is over.
      const asked = Math.min((error.retryAfterSeconds ?? 0) * 1000, limitMs - (clock.now() - since));
      const waitMs = Math.max(asked, Math.min(longestWaitMs, 250 * 2 ** attempt));
      onRetry(error, waitMs);
      await clock.sleep(waitMs, signal);
    }
  }
}

/** Tries again for as long as a stage may take: one call of the cluster that fails is no reason to stand still. */
export function steadily<T>({ world, plan, control }: Session, action: () => Promise<T>): Promise<T> {
  const limitMs = plan.policy.gates.timeoutSeconds * 1000;
  return retrying(action, { clock: world.clock, signal: control.signal, limitMs, onRetry: () => undefined });
}
