import type { ProbeClock } from '../clock.ts';

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/**
 * Time that passes only when it is told to, for a probe against real servers: the load of the machine then changes no
 * figure. It begins at 0.
 */
export class VirtualClock implements ProbeClock {
  readonly #timers = new Set<Timer>();
  #now = 0;

  now(): number {
    return this.#now;
  }

  setTimer(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /**
   * Lets time pass until `until`, from timer to timer. As in Node's event loop all timers that are due run before anything
   * is read; then it waits for `settled` before time goes on, and once more at the end.
   */
  async advance(until: number, settled: () => Promise<void>): Promise<void> {
    for (let next = this.#due(until)[0]; next; next = this.#due(until)[0]) {
      this.#now = Math.max(this.#now, next.at);
      for (const timer of this.#due(this.#now)) if (this.#timers.delete(timer)) timer.run();
      await settled();
    }
    this.#now = Math.max(this.#now, until);
    await settled();
  }

  /** Time passes, and nothing of this process runs meanwhile. */
  stall(ms: number): void {
    this.#now += ms;
  }

  #due(until: number): Timer[] {
    return [...this.#timers].filter(({ at }) => at <= until).sort((left, right) => left.at - right.at);
  }
}

/** Waits until a condition holds that what arrives on sockets brings about. */
export async function untilTrue(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise<void>((resolve) => void setImmediate(resolve));
}
