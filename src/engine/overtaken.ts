/** Steps whose effect a later step of the same program has replaced already. */
import type { JournalEntry, Phase } from '../journal/entry.ts';
import type { PlannedStep, Stage } from '../planner/plan.ts';

/**
 * A Gateway's label may be written twice: held before a tag moves, let go when its turn comes. The cluster does not show that the
 * first was done once the second is, so a process that goes on would hold it again, and its pods would be rendered twice more.
 * The journal tells: a step is overtaken when a later one on the same Gateway was begun in this phase, and nothing went the other
 * way since.
 */
export function overtaken(
  phase: Phase,
  stages: readonly Stage[],
  entries: readonly JournalEntry[],
): (step: PlannedStep) => boolean {
  const turned = entries.findLastIndex(({ event }) => event.type === 'run' && event.phase !== phase);
  const own = entries.findIndex(({ event }, index) => index > turned && event.type === 'run');
  const recent = own === -1 ? [] : entries.slice(own);
  const begun = new Set(
    recent.flatMap(({ event }) => (event.type === 'step' && /^(started|done)$/.test(event.what) ? [event.step] : [])),
  );
  const steps = stages.flatMap((stage) => stage.steps);
  return (step) => {
    const gateway = gatewayOf(step);
    const later = steps.slice(steps.indexOf(step) + 1);
    return gateway !== null && later.some((one) => gatewayOf(one) === gateway && begun.has(one.id));
  };
}

const gatewayOf = ({ spec }: PlannedStep): string | null =>
  spec.kind === 'label-gateway' ? `${spec.namespace}/${spec.name}` : null;
