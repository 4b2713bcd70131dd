/** Waiting for a condition, never for a time. */
import { Blocked, Transient, explain } from '../errors.ts';
import type { StepContext } from './step.ts';

/** What is waited for. */
export interface Wait {
  /** 'Deployment istio-system/istiod-1-30-3'. */
  readonly object: string;
  /** What shall hold, for the message: 'is available'. */
  readonly until: string;
  readonly seconds: number;
  /** Milliseconds between two looks. Default 1000. */
  readonly everyMs?: number;
  readonly remedy: string;
}

/**
 * Asks until the answer is null; else it says why not yet. A Transient error counts as «not yet».
 * @throws Blocked after the time with the last reason, Aborted by the signal, and what `check` throws
 */
export async function waitFor(context: StepContext, wait: Wait, check: () => Promise<string | null>): Promise<void> {
  const end = context.clock.now() + wait.seconds * 1000;
  for (;;) {
    const why = await check().catch(reasonOf);
    if (why === null) return;
    if (context.clock.now() >= end) {
      const message = `${wait.object}: not so after ${String(wait.seconds)} s that it ${wait.until}: ${why}`;
      throw new Blocked(message, { object: wait.object, remedy: wait.remedy });
    }
    context.waits(`until ${wait.object} ${wait.until}: ${why}`);
    await context.clock.sleep(wait.everyMs ?? 1000, context.signal);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Transient) return explain(error);
  throw error;
}
