import type { Cancel, Scheduler } from './scheduler.ts';
import { TimerHeap, type Timer } from './timer-heap.ts';

/**
 * Time that only passes when it is told to, and then as fast as the machine can. Everything due is done in the order
 * of time, then of asking. An action that throws stops the passing of time at its moment.
 */
export class VirtualScheduler implements Scheduler {
  readonly #timers = new TimerHeap();
  #now: number;
  #order = 0;

  /** @param start milliseconds since 1970 at which time begins */
  constructor(start: number) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, action: () => void): Cancel {
    const timer: Timer = { time: this.#now + Math.max(0, ms), order: this.#order++, action };
    this.#timers.push(timer);
    return () => {
      timer.action = undefined;
    };
  }

  /** When the next action is due, in milliseconds since 1970; null when none is waited for. */
  nextAt(): number | null {
    for (let next = this.#timers.peek(); next; next = this.#timers.peek()) {
      if (next.action) return next.time;
      this.#timers.pop();
    }
    return null;
  }

  /** Lets so many milliseconds pass and does everything that is due in them. */
  advance(ms: number): void {
    const end = this.#now + ms;
    while (this.#step(end));
    this.#now = end;
  }

  /**
   * Lets time pass until a condition holds, which is asked before anything is done and after each action.
   * @param limitMs milliseconds after which it gives up
   * @returns whether the condition holds; if not, `limitMs` have passed
   */
  runUntil(condition: () => boolean, limitMs: number): boolean {
    const end = this.#now + limitMs;
    while (!condition()) {
      if (this.#step(end)) continue;
      this.#now = end;
      return false;
    }
    return true;
  }

  /** Does the next action that is due until `end`. False when there is none. */
  #step(end: number): boolean {
    for (let next = this.#timers.peek(); next && next.time <= end; next = this.#timers.peek()) {
      this.#timers.pop();
      const { action } = next;
      if (!action) continue;
      this.#now = next.time;
      next.action = undefined;
      action();
      return true;
    }
    return false;
  }
}
