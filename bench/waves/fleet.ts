import type { WaveTask } from '../../src/waves/task.ts';

/** A source of numbers from 0 to below 1; the same seed gives the same ones (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A number of a log-normal distribution: its median, and the standard deviation of its logarithm. */
export function logNormal(random: () => number, median: number, sigma: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return median * Math.exp(sigma * normal);
}

/** Deployments with 25 % surge, six pods on average, a median of 25 s to Ready with tails of minutes, in random order. */
export function fleet(deployments: number, seed: number): readonly WaveTask[] {
  const random = seeded(seed);
  return Array.from({ length: deployments }, (_, index) => {
    const replicas = Math.min(80, Math.max(1, Math.round(logNormal(random, 3, 1.2))));
    const readyMs = Math.round(Math.min(600, logNormal(random, 25, 0.7)) * 1000);
    const drainMs = Math.round(Math.min(30, logNormal(random, 6, 0.5)) * 1000);
    return { id: `d${index}`, replicas, width: Math.ceil(replicas / 4), readyMs, drainMs };
  });
}

/** The same fleet as a scheduler knows it whose estimates are off by a factor of 2 either way as a rule (one sigma). */
export function misjudged(tasks: readonly WaveTask[], seed: number): readonly WaveTask[] {
  const random = seeded(seed + 1000);
  return tasks.map((task) => ({
    ...task,
    readyMs: Math.round(logNormal(random, task.readyMs, Math.LN2)),
    drainMs: Math.round(logNormal(random, task.drainMs, Math.LN2)),
  }));
}
