/** Time limits that also obey the caller's signal. */
import { Aborted } from '../errors.ts';

/** How long work may take and who may stop it. */
interface Limits {
  readonly signal: AbortSignal | undefined;
  /** Milliseconds. */
  readonly deadlineMs: number;
  /** The error when the time is over. */
  readonly onTimeout: () => Error;
  /** For messages: what was stopped, for example 'list pods'. */
  readonly what: string;
}

/**
 * Runs `work` with a signal that fires at the deadline or when the caller's signal does, whichever is first. The promise
 * settles then even if `work` does not heed the signal. Throws Aborted for the caller's signal, `onTimeout()` for the
 * deadline, else what `work` throws.
 */
export async function withDeadline<T>(limits: Limits, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { signal, deadlineMs, onTimeout, what } = limits;
  if (signal?.aborted) throw abortedError(what, signal);
  const controller = new AbortController();
  let stop: (error: Error) => void = () => undefined;
  const stopped = new Promise<never>((_, reject) => (stop = reject));
  const end = (error: Error) => {
    // Reject first: `work` sees the abort as some error of its own, and the reason must win over it.
    stop(error);
    controller.abort(error);
  };
  const onAbort = () => end(abortedError(what, signal));
  const timer = setTimeout(() => end(onTimeout()), deadlineMs);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([stopped, work(controller.signal)]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

/** Waits `ms` milliseconds; ends early with Aborted when the signal fires. */
export async function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) throw abortedError('wait', signal);
  await new Promise<void>((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(abortedError('wait', signal));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** The error for a fired signal of the caller. */
export function abortedError(what: string, signal?: AbortSignal): Aborted {
  return new Aborted(`Stopped while trying to ${what}.`, { cause: signal?.reason });
}
