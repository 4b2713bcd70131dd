import type { Cancel, Scheduler } from '../../clock/scheduler.ts';

/** Timers that are all taken back at once. */
export class Timers {
  readonly #scheduler: Scheduler;
  readonly #pending = new Set<Cancel>();

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  after(ms: number, action: () => void): Cancel {
    const cancel = this.#scheduler.after(ms, () => {
      this.#pending.delete(cancel);
      action();
    });
    this.#pending.add(cancel);
    return cancel;
  }

  /** Fulfils later; never after `cancelAll`. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => void this.after(ms, resolve));
  }

  cancelAll(): void {
    for (const cancel of this.#pending) cancel();
    this.#pending.clear();
  }
}
