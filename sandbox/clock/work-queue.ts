import type { Cancel, Scheduler } from './scheduler.ts';

/** How a queue works. */
export interface WorkQueueOptions {
  /** Milliseconds between asking for a key and working on it; what is asked for meanwhile is done with it. Default 0. */
  readonly delayMs?: number;
  /** First wait after a failure, in milliseconds; doubles with every further one. Default 5, as client-go's. */
  readonly backoffMs?: number;
  /** Longest wait after a failure, in milliseconds. Default 1,000 s, as client-go's. */
  readonly maxBackoffMs?: number;
  /** Whether the work is to be tried again after this error; other errors are passed on. Default: never. */
  readonly retries?: (error: unknown) => boolean;
}

/**
 * Keys to be worked on, each once however often it is asked for, with a back-off of its own after failures. Behaves as
 * client-go's rate limited work queue with one worker.
 */
export class WorkQueue {
  readonly #scheduler: Scheduler;
  readonly #work: (key: string) => void;
  readonly #options: WorkQueueOptions;
  readonly #soon = new Map<string, Cancel>();
  readonly #later = new Map<string, { readonly time: number; readonly cancel: Cancel }>();
  readonly #failures = new Map<string, number>();
  #stopped = false;

  constructor(scheduler: Scheduler, work: (key: string) => void, options: WorkQueueOptions = {}) {
    this.#scheduler = scheduler;
    this.#work = work;
    this.#options = options;
  }

  /** Asks for a key to be worked on soon. */
  add(key: string): void {
    if (this.#stopped || this.#soon.has(key)) return;
    this.#soon.set(
      key,
      this.#scheduler.after(this.#options.delayMs ?? 0, () => this.#run(key)),
    );
  }

  /** Asks for a key in so many milliseconds; of several such wishes for a key the earliest holds. */
  addAfter(key: string, ms: number): void {
    if (ms <= 0) {
      this.add(key);
      return;
    }
    const time = this.#scheduler.now() + ms;
    const waiting = this.#later.get(key);
    if (this.#stopped || (waiting && waiting.time <= time)) return;
    waiting?.cancel();
    const cancel = this.#scheduler.after(ms, () => {
      this.#later.delete(key);
      this.add(key);
    });
    this.#later.set(key, { time, cancel });
  }

  /** How often the work on a key has failed since it last succeeded. */
  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** Works on nothing any more. */
  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#soon.values()) cancel();
    for (const { cancel } of this.#later.values()) cancel();
    this.#soon.clear();
    this.#later.clear();
  }

  #run(key: string): void {
    this.#soon.delete(key);
    try {
      this.#work(key);
      this.#failures.delete(key);
    } catch (error) {
      if (!this.#options.retries?.(error)) throw error;
      this.#retry(key);
    }
  }

  #retry(key: string): void {
    const { backoffMs = 5, maxBackoffMs = 1_000_000 } = this.#options;
    const failures = this.failures(key);
    this.#failures.set(key, failures + 1);
    this.addAfter(key, Math.min(backoffMs * 2 ** failures, maxBackoffMs));
  }
}
