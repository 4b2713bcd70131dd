import type { Cancel, Scheduler } from './scheduler.ts';
import type { VirtualScheduler } from './virtual.ts';

interface Pending {
  readonly due: number;
  readonly action: () => void;
  cancel: Cancel;
}

/** Timers of Node count 31 bits of milliseconds; a longer one would fire at once. */
const longestMs = 2 ** 31 - 1;

/**
 * Time that is virtual first, so that a past is there in seconds, and the machine's from `handOver` on: what is still to
 * be done then is done when its time comes. What was built in more time than had passed stays ahead of the machine.
 */
export class HandOverScheduler implements Scheduler {
  readonly #pending = new Set<Pending>();
  #scheduler: Scheduler;
  #aheadMs = 0;
  #stopped = false;

  constructor(virtual: VirtualScheduler) {
    this.#scheduler = virtual;
  }

  now(): number {
    return this.#scheduler.now() + this.#aheadMs;
  }

  after(ms: number, action: () => void): Cancel {
    const entry: Pending = { due: this.now() + Math.max(0, ms), action, cancel: () => undefined };
    this.#arm(entry);
    return () => {
      entry.cancel();
      this.#pending.delete(entry);
    };
  }

  /** From now on the time is that of `real`; call it once. */
  handOver(real: Scheduler): void {
    this.#aheadMs = Math.max(0, this.now() - real.now());
    this.#scheduler = real;
    // Timers of the same time are done in the order in which they are armed.
    for (const entry of [...this.#pending].sort((a, b) => a.due - b.due)) {
      entry.cancel();
      this.#arm(entry);
    }
  }

  /** Takes back everything that is still to be done, and does nothing later any more. */
  stop(): void {
    this.#stopped = true;
    for (const { cancel } of this.#pending) cancel();
    this.#pending.clear();
  }

  #arm(entry: Pending): void {
    if (this.#stopped) return;
    this.#pending.add(entry);
    const wait = Math.max(0, entry.due - this.now());
    entry.cancel = this.#scheduler.after(Math.min(wait, longestMs), () => {
      if (wait > longestMs) return this.#arm(entry);
      this.#pending.delete(entry);
      entry.action();
    });
  }
}
