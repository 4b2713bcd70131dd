import { lowerBound } from './bound.ts';
import { fullBudget, spend, untilFilled } from './pods-budget.ts';
import { chooseInOrder, inOrder, type RunningTask } from './schedule.ts';
import { pathMs, remainingPods, startedPods, type WaveLimits, type WaveTask } from './task.ts';

/** Shortest step of simulated time: milliseconds, and as a part of the whole. Finer ones would only cost time. */
const leastStep = { ms: 100, part: 1 / 2000 };

/**
 * Seconds that the renewal of workloads is expected to take: the schedule is played through with their estimates.
 * Control planes that admit slowly stretch it to their bound.
 */
export function estimateMakespan(tasks: readonly WaveTask[], limits: WaveLimits): number {
  const waiting = new Map(inOrder(tasks).map((task) => [task.id, task]));
  let running: readonly (RunningTask & { made: number })[] = [];
  let budget = fullBudget(limits, 0);
  let now = 0;
  const stepMs = Math.max(leastStep.ms, lowerBound(tasks, limits).seconds * 1000 * leastStep.part);
  for (;;) {
    running = running
      .filter(({ task, startedAt }) => startedAt + pathMs(task) > now)
      .map((one) => ({ ...one, remaining: remainingPods(one.task, now - one.startedAt) }));
    budget = spend(budget, limits, now, made(running));
    const ids = chooseInOrder({ now, waiting: [...waiting.values()], running, limits, tokens: budget.tokens });
    const started = ids.flatMap((id) => waiting.get(id) ?? []).map((task) => ({ task, startedAt: now, made: 0 }));
    for (const id of ids) waiting.delete(id);
    running = [...running, ...started];
    budget = spend(budget, limits, now, made(started));
    if (running.length === 0 && waiting.size === 0) break;
    now = Math.max(nextTime(running, now, waiting.size > 0 ? untilFilled(budget, limits) : 0), now + stepMs);
  }
  const pods = tasks.reduce((sum, { replicas }) => sum + replicas, 0);
  return Math.max(now / 1000, pods / (limits.admissionsPerSecond ?? Infinity));
}

/** Pods made since the last time it was asked. */
function made(running: readonly (RunningTask & { made: number })[]): number {
  return running.reduce((sum, one) => {
    const total = startedPods(one.task, one.remaining ?? one.task.replicas);
    const fresh = total - one.made;
    one.made = total;
    return sum + fresh;
  }, 0);
}

/** When something changes: a batch or a renewal ends, or pods may be made again. */
function nextTime(running: readonly RunningTask[], now: number, fillMs: number): number {
  let next = fillMs > 0 ? now + fillMs : Infinity;
  for (const { task, startedAt } of running) {
    const end = startedAt + pathMs(task);
    next = Math.min(next, end);
    const batch = startedAt + (Math.floor((now - startedAt) / Math.max(1, task.readyMs)) + 1) * task.readyMs;
    if (batch < end) next = Math.min(next, batch);
  }
  return next;
}
