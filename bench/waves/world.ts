import type { RunningTask, WaveState } from '../../src/waves/schedule.ts';
import type { WaveLimits, WaveTask } from '../../src/waves/task.ts';

/** Says what to start. It sees what a scheduler sees: estimates, and how many pods are left. */
export type Chooser = (state: WaveState) => readonly string[];

/** What came of it. */
export interface Played {
  readonly seconds: number;
  /** Most surge pods at any time. */
  readonly peakSurge: number;
  /** Most pods that were started in any 10 seconds, a second. */
  readonly peakRate: number;
}

interface Rollout {
  readonly truth: WaveTask;
  readonly known: WaveTask;
  readonly startedAt: number;
  remaining: number;
  /** Pods being made, or the last ones whose predecessors are still ending. */
  batch: number;
  /** When the batch is over, and whether it then only waits for the old pods. */
  at: number;
  draining: boolean;
}

/**
 * Plays a fleet pod by pod as Deployment controllers would: each rollout makes its surge, and the next when that is ready.
 * It knows nothing of the scheduler's arithmetic. Controllers make the next pods of what runs without asking anybody.
 */
export function play(
  truth: readonly WaveTask[],
  known: readonly WaveTask[],
  limits: WaveLimits,
  choose: Chooser,
): Played {
  const waiting = new Map(known.map((task) => [task.id, task]));
  const real = new Map(truth.map((task) => [task.id, task]));
  const starts: { at: number; pods: number }[] = [];
  let running: Rollout[] = [];
  let [now, peakSurge] = [0, 0];
  let tokens = limits.startsPerSecond;
  const begin = (pods: number) => {
    tokens -= pods;
    starts.push({ at: now, pods });
  };
  while (waiting.size > 0 || running.length > 0) {
    for (const one of running.filter(({ at }) => at <= now)) proceed(one, now, begin);
    running = running.filter((one) => one.remaining > 0);
    const seen: RunningTask[] = running.map(({ known: task, startedAt, remaining }) => ({
      task,
      startedAt,
      remaining,
    }));
    for (const id of choose({ now, waiting: [...waiting.values()], running: seen, limits, tokens })) {
      const [task, own] = [waiting.get(id), real.get(id)];
      if (!task || !own) continue;
      waiting.delete(id);
      const one = {
        truth: own,
        known: task,
        startedAt: now,
        remaining: own.replicas,
        batch: 0,
        at: now,
        draining: false,
      };
      make(one, now, begin);
      running.push(one);
    }
    peakSurge = Math.max(
      peakSurge,
      running.reduce((sum, { batch }) => sum + batch, 0),
    );
    const next = Math.max(
      now + 100,
      Math.min(...running.map(({ at }) => at), waiting.size > 0 ? now + 1000 : Infinity),
    );
    if (!Number.isFinite(next)) break;
    tokens = Math.min(limits.startsPerSecond, tokens + ((next - now) / 1000) * limits.startsPerSecond);
    now = next;
  }
  return { seconds: now / 1000, peakSurge, peakRate: rateOf(starts) };
}

function make(one: Rollout, now: number, begin: (pods: number) => void): void {
  one.batch = Math.min(one.truth.width, one.remaining);
  one.at = now + one.truth.readyMs;
  begin(one.batch);
}

function proceed(one: Rollout, now: number, begin: (pods: number) => void): void {
  if (one.draining) {
    one.remaining = 0;
    return;
  }
  if (one.remaining > one.batch) {
    one.remaining -= one.batch;
    return make(one, now, begin);
  }
  one.draining = true;
  one.at = now + one.truth.drainMs;
}

function rateOf(starts: readonly { at: number; pods: number }[]): number {
  const [windowMs, seconds] = [10_000, 10];
  let [most, sum, first] = [0, 0, 0];
  for (const { at, pods } of starts) {
    sum += pods;
    for (let oldest = starts[first]; oldest && oldest.at <= at - windowMs; oldest = starts[first]) {
      sum -= oldest.pods;
      first += 1;
    }
    most = Math.max(most, sum / seconds);
  }
  return most;
}
