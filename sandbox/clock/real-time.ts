import type { Scheduler } from './scheduler.ts';

/** Time of the machine. What is due later keeps the process alive until it is done or cancelled. */
export function realTimeScheduler(): Scheduler {
  return {
    now: () => Date.now(),
    after: (ms, action) => {
      const timer = setTimeout(action, ms);
      return () => clearTimeout(timer);
    },
  };
}
