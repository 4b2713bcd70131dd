import type { Clock, View } from '../steps/step.ts';

/** Looks at the cluster. A look never answers with what was read before it was asked for. */
export type Look = () => Promise<View>;

/** Milliseconds: the longest pause between two reads. */
const longestGapMs = 60_000;

/**
 * One read for all who ask at the same time. Reads follow each other with a pause as long as the last one took, so that
 * a big cluster is not read without end; at least `minGapMs` (default 200), at most a minute: a machine that slept in the middle
 * of a read, or whose clock was set, must not be blind for as long.
 */
export function createLook(read: () => Promise<View>, clock: Clock, minGapMs = 200): Look {
  // What is being read may have begun before a question: only the read after it is surely new.
  let coming: Promise<View> | null = null;
  let running: Promise<unknown> = Promise.resolve();
  let endedAt = -Infinity;
  let tookMs = 0;
  const begin = async (): Promise<View> => {
    await running.catch(() => undefined);
    const gap = Math.min(longestGapMs, Math.max(minGapMs, tookMs));
    const rest = Math.min(gap, endedAt + gap - clock.now());
    if (rest > 0) await clock.sleep(rest);
    coming = null;
    const began = clock.now();
    const reading = read().finally(() => {
      endedAt = clock.now();
      tookMs = endedAt - began;
    });
    running = reading;
    return reading;
  };
  return () => (coming ??= begin());
}
