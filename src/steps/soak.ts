/** Time in which nothing is done; the gates watch. */
import type { Soak } from './spec.ts';
import type { StepKind } from './step.ts';
import { passed, ready } from './verdicts.ts';

/** Name of the evidence that a whole soak leaves: its seconds. */
const soakedName = 'soaked seconds';

/**
 * Waits. Leaves no trace in the cluster, so it is never observed as done: a run that is resumed in it waits again. One that was
 * waited to its end counts until a step sends another write.
 */
export const soak: StepKind<Soak> = {
  describe: ({ seconds }) => `Wait ${String(seconds)} s while everything is watched`,
  writes: () => [],
  observe: () => ready,
  apply: async (context, { seconds }) => {
    const earlier = context.recall(soakedName);
    if (earlier !== null && earlier.undisturbed && Number(earlier.value) >= seconds) {
      context.note('This run has waited already, and nothing was written since');
      return;
    }
    await context.clock.sleep(seconds * 1000, context.signal);
    context.evidence(soakedName, seconds);
  },
  verify: () => passed,
  undo: () => [],
};
