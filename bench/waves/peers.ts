import type { WaveTask } from '../../src/waves/task.ts';
import type { WaveState } from '../../src/waves/schedule.ts';
import type { Chooser } from './world.ts';

/** One after the other in the order of the list, as long as there is room. */
export const firstInFirstOut: Chooser = (state) => greedy(state, state.waiting);

/** The negative control: the shortest first, so that the longest begin last. */
export const shortestFirst: Chooser = (state) =>
  greedy(
    state,
    [...state.waiting].sort((a, b) => length(a) - length(b)),
  );

/** As a loop over `kubectl rollout restart` and `kubectl rollout status` does. */
export const oneAtATime: Chooser = ({ waiting, running }) =>
  running.length > 0 ? [] : waiting.slice(0, 1).map(({ id }) => id);

/** The next 50 when the last of the former 50 is done. */
export function wavesOf(size: number): Chooser {
  let wave = new Set<string>();
  return (state) => {
    const open = state.waiting.filter(({ id }) => wave.has(id));
    if (open.length === 0 && state.running.length === 0)
      wave = new Set(state.waiting.slice(0, size).map(({ id }) => id));
    return greedy(
      state,
      state.waiting.filter(({ id }) => wave.has(id)),
    );
  };
}

const length = ({ replicas, width, readyMs }: WaveTask) => Math.ceil(replicas / width) * readyMs;

function greedy({ running, limits, tokens }: WaveState, order: readonly WaveTask[]): readonly string[] {
  let slots = limits.surgePods;
  for (const { task, remaining = task.replicas } of running) slots -= Math.min(task.width, remaining);
  const chosen: string[] = [];
  let left = tokens;
  for (const { id, width } of order) {
    if (left <= 0) break;
    if (Math.min(width, limits.surgePods) > slots) continue;
    slots -= width;
    left -= width;
    chosen.push(id);
  }
  return chosen;
}
