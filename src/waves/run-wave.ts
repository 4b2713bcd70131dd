import type { Clock } from '../steps/step.ts';
import { fullBudget, spend, type StartBudget } from './pods-budget.ts';
import { chooseStarts, type RunningTask } from './schedule.ts';
import { remainingPods, startedPods, type WaveLimits, type WaveTask } from './task.ts';

/** Something to run, with what the scheduler knows of it. */
export interface WaveJob {
  readonly task: WaveTask;
  readonly run: () => Promise<void>;
  /** Pods that are still to be renewed, where that is seen: room is then given to others earlier. */
  readonly remaining?: () => number | undefined;
}

/** What a wave needs from outside. */
export interface WaveOptions {
  readonly clock: Clock;
  readonly limits: WaveLimits;
  /** Why nothing may be started now (window, freeze); null when it may. Default: it always may. */
  readonly mayStart?: (now: number) => string | null;
  readonly onStart?: (id: string) => void;
  readonly onEnd?: (id: string, error: unknown) => void;
  /** Told when starting is held up, and with '' when it goes on. */
  readonly onHeld?: (why: string) => void;
}

/** What became of every job. */
export interface WaveResult {
  readonly finished: readonly string[];
  readonly failed: readonly { readonly id: string; readonly error: unknown }[];
  readonly notStarted: readonly string[];
  /** Why nothing more was started; '' when all were. */
  readonly stopped: string;
}

/** A wave that is running. */
export interface WaveRun {
  /** Fulfils when nothing runs any more; never rejects. */
  readonly done: Promise<WaveResult>;
  /** From now on nothing is started; what runs goes on. The first reason counts. */
  stop(why: string): void;
}

/** Milliseconds between two choices while nothing ends. */
const tickMs = 250;

/**
 * Runs jobs in the order and number that the scheduler chooses. After the first that fails, or `stop`, nothing more is
 * started, and those that run are waited for.
 */
export function runWave(jobs: readonly WaveJob[], options: WaveOptions): WaveRun {
  const wave = new Wave(jobs, options);
  return { done: wave.run(), stop: (why) => wave.stop(why) };
}

class Wave {
  readonly #options: WaveOptions;
  readonly #waiting: Map<string, WaveJob>;
  readonly #running = new Map<string, RunningTask & { readonly job: WaveJob; made: number }>();
  readonly #finished: string[] = [];
  readonly #failed: { id: string; error: unknown }[] = [];
  #budget: StartBudget;
  #stopped = '';
  #held = '';
  #wake: () => void = () => undefined;

  constructor(jobs: readonly WaveJob[], options: WaveOptions) {
    this.#options = options;
    this.#waiting = new Map(jobs.map((job) => [job.task.id, job]));
    this.#budget = fullBudget(options.limits, options.clock.now());
  }

  stop(why: string): void {
    this.#stopped ||= why;
    this.#wake();
  }

  async run(): Promise<WaveResult> {
    // What is asked to stop before the first turn starts nothing.
    await Promise.resolve();
    for (;;) {
      if (this.#stopped === '') this.#startSome();
      const isOver = this.#running.size === 0 && (this.#waiting.size === 0 || this.#stopped !== '');
      if (isOver) break;
      await this.#somethingHappens();
    }
    const notStarted = [...this.#waiting.keys()];
    return { finished: this.#finished, failed: this.#failed, notStarted, stopped: this.#stopped };
  }

  #startSome(): void {
    const { clock, limits, mayStart } = this.#options;
    const now = clock.now();
    this.#account(now);
    const why = this.#waiting.size === 0 ? '' : (mayStart?.(now) ?? '');
    if (why !== this.#held) this.#options.onHeld?.(why);
    this.#held = why;
    if (why !== '') return;
    const waiting = [...this.#waiting.values()].map(({ task }) => task);
    const running = [...this.#running.values()].map((one) => withRemaining(one, one.job.remaining?.()));
    for (const id of chooseStarts({ now, waiting, running, limits, tokens: this.#budget.tokens })) this.#start(id, now);
    this.#account(now);
  }

  /** The next batches of what runs are made by the cluster's controllers; when, is estimated where it is not seen. */
  #account(now: number): void {
    let pods = 0;
    for (const one of this.#running.values()) {
      const left = one.job.remaining?.() ?? remainingPods(one.task, now - one.startedAt);
      const total = Math.max(one.made, startedPods(one.task, left));
      pods += total - one.made;
      one.made = total;
    }
    this.#budget = spend(this.#budget, this.#options.limits, now, pods);
  }

  #start(id: string, now: number): void {
    const job = this.#waiting.get(id);
    if (!job) return;
    this.#waiting.delete(id);
    this.#running.set(id, { job, task: job.task, startedAt: now, made: 0 });
    this.#options.onStart?.(id);
    void job.run().then(
      () => this.#end(id, undefined),
      (error: unknown) => this.#end(id, error ?? new Error(`${id} failed without a reason`)),
    );
  }

  #end(id: string, error: unknown): void {
    this.#running.delete(id);
    if (error === undefined) this.#finished.push(id);
    else {
      this.#failed.push({ id, error });
      this.#stopped ||= `${id} failed`;
    }
    this.#options.onEnd?.(id, error);
    this.#wake();
  }

  /** A job ended, somebody stopped the wave, or a moment passed in which capacity may have become free. */
  async #somethingHappens(): Promise<void> {
    const over = new AbortController();
    const woken = new Promise<void>((resolve) => (this.#wake = resolve));
    const { clock } = this.#options;
    const idle = this.#stopped !== '' || this.#waiting.size === 0;
    // A sleep that is cut short by the other rejects with Aborted: that is how it ends.
    const passed = idle ? woken : clock.sleep(tickMs, over.signal).catch(() => undefined);
    await Promise.race([woken, passed]);
    this.#wake = () => undefined;
    over.abort();
  }
}

function withRemaining({ task, startedAt }: RunningTask, remaining: number | undefined): RunningTask {
  return { task, startedAt, ...(remaining !== undefined && { remaining }) };
}
