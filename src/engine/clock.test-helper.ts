/** A clock whose time goes on by itself to whoever wakes next, once nothing else is to be done. */
import { Aborted } from '../errors.ts';
import type { Clock } from '../steps/step.ts';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Starts at 0. `slept`: every length that was asked for. */
export function quickClock(): Clock & { readonly slept: number[] } {
  let now = 0;
  let pumping = false;
  const sleepers: Sleeper[] = [];
  const slept: number[] = [];
  const pump = (): void => {
    sleepers.sort((a, b) => a.at - b.at);
    const next = sleepers.shift();
    pumping = sleepers.length > 0;
    if (next === undefined) return;
    now = Math.max(now, next.at);
    next.wake();
    if (pumping) setImmediate(pump);
  };
  return {
    slept,
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        slept.push(ms);
        const onAbort = (): void => {
          const place = sleepers.indexOf(sleeper);
          if (place >= 0) sleepers.splice(place, 1);
          reject(new Aborted('Stopped.'));
        };
        const wake = (): void => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        };
        const sleeper = { at: now + ms, wake };
        if (signal?.aborted === true) return onAbort();
        signal?.addEventListener('abort', onAbort, { once: true });
        sleepers.push(sleeper);
        if (!pumping) setImmediate(pump);
        pumping = true;
      }),
  };
}
