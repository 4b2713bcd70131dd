import { pathMs, widthOf, type WaveLimits, type WaveTask } from './task.ts';

/** What can bind. */
export type Term = 'critical path' | 'surge capacity' | 'istiod admission' | 'controller rate';

/** No schedule is shorter. Seconds. */
export interface LowerBound {
  readonly seconds: number;
  readonly binding: Term;
  readonly terms: Readonly<Record<Term, number>>;
}

/**
 * The shortest time in which workloads can be renewed under limits, and what binds. `surge capacity` also holds the limit on
 * workloads at the same time; `critical path` the chains of workloads that must not move together.
 */
export function lowerBound(tasks: readonly WaveTask[], limits: WaveLimits): LowerBound {
  const pods = sum(tasks, ({ replicas }) => replicas);
  const terms: Record<Term, number> = {
    'critical path': criticalMs(tasks, limits) / 1000,
    'surge capacity': capacityMs(tasks, limits) / 1000,
    'istiod admission': pods / (limits.admissionsPerSecond ?? Infinity),
    'controller rate': pods / limits.startsPerSecond,
  };
  const order: readonly Term[] = ['critical path', 'surge capacity', 'istiod admission', 'controller rate'];
  const binding = order.reduce((most, term) => (terms[term] > terms[most] ? term : most), 'critical path');
  return { seconds: terms[binding], binding, terms };
}

function criticalMs(tasks: readonly WaveTask[], limits: WaveLimits): number {
  const chains = new Map<string, number>();
  const zones = new Map<string, number>();
  let longest = 0;
  for (const task of tasks) {
    const path = pathMs(task);
    longest = Math.max(longest, path);
    for (const key of new Set(task.groups ?? [])) chains.set(key, (chains.get(key) ?? 0) + path);
    const { zone = '' } = task;
    if (zone !== '') zones.set(zone, Math.max(zones.get(zone) ?? 0, path));
  }
  const apart = limits.zonesApart ? sum([...zones.values()], (path) => path) : 0;
  return [...chains.values()].reduce((most, chain) => Math.max(most, chain), Math.max(longest, apart));
}

/** Each pod holds a surge slot while it is made; the last ones also until those that they replace are gone. */
function capacityMs(tasks: readonly WaveTask[], limits: WaveLimits): number {
  const slots = sum(tasks, (task) => {
    const width = widthOf(task);
    const last = task.replicas - (Math.ceil(task.replicas / width) - 1) * width;
    // One that is wider than all slots has them all, not more.
    const share = Math.min(1, limits.surgePods / width);
    return (task.replicas * task.readyMs + Math.max(0, last) * task.drainMs) * share;
  });
  return Math.max(slots / limits.surgePods, sum(tasks, pathMs) / limits.maxWorkloads);
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
