/** Time in which nothing is done; the gates watch. */
import type { Soak } from './spec.ts';
import type { StepKind } from './step.ts';
import { passed, ready } from './verdicts.ts';

/** Waits. Leaves no trace in the cluster, so it is never observed as done: a run that is resumed in it waits again. */
export const soak: StepKind<Soak> = {
  describe: ({ seconds }) => `Wait ${String(seconds)} s while everything is watched`,
  writes: () => [],
  observe: () => ready,
  apply: (context, { seconds }) => context.clock.sleep(seconds * 1000, context.signal),
  verify: () => passed,
  undo: () => [],
};
