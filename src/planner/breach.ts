/** What goes back after a breach, as the policy has it, and the words for that. */
import type { JournalEntry } from '../journal/entry.ts';
import { planeWords } from './ends.ts';
import type { PlannedStep, UpgradePlan } from './plan.ts';

/** Steps that were begun and not finished, by their last entry in the journal. */
export function underWay(entries: readonly JournalEntry[]): ReadonlySet<string> {
  const last = new Map<string, string>();
  for (const { event } of entries) if (event.type === 'step') last.set(event.step, event.what);
  return new Set([...last].flatMap(([step, what]) => (what === 'started' || what === 'failed' ? [step] : [])));
}

/**
 * Ids of the steps of a stage that go back: all that moved something; with `return-workload` only those that were under
 * way, if any was. When a gate behind the stage failed none was, and no single workload is to blame.
 */
export function returned(
  { stages, policy }: Pick<UpgradePlan, 'stages' | 'policy'>,
  stage: string,
  under: ReadonlySet<string>,
): ReadonlySet<string> {
  const moved = (stages.find(({ id }) => id === stage)?.steps ?? []).filter(moves).map(({ id }) => id);
  const mine = moved.filter((id) => under.has(id));
  return new Set(policy.onBreach === 'return-workload' && mine.length > 0 ? mine : moved);
}

function moves({ spec }: PlannedStep): boolean {
  return spec.kind === 'renew-workload' || spec.kind === 'label-gateway';
}

/** Lines that say what happens by itself when a gate fails or what is watched breaks. */
export function breachLines({ policy: { onBreach }, stages, revisions }: UpgradePlan): readonly string[] {
  switch (onBreach) {
    case 'pause':
      return ['The run stands still; meshlift resume goes on, meshlift rollback goes back.'];
    case 'rollback':
      return ['Everything goes back by itself, as with meshlift rollback.'];
    case 'return-wave':
    case 'return-workload':
      return [
        onBreach === 'return-wave'
          ? `The workloads of the stage that is running go back to ${planeWords(revisions.old)}; then the run stands still.`
          : `The workloads that are being renewed at that moment go back to ${planeWords(revisions.old)}, or all of the stage when it is the gate behind it that fails; then the run stands still.`,
        ...leaders(stages.flatMap(({ steps }) => steps)),
      ];
  }
}

/** What leads a workload goes back with it, or its new pods would get the new revision again. */
function leaders(steps: readonly PlannedStep[]): readonly string[] {
  const used = new Set(steps.flatMap(({ ledBy = [] }) => ledBy));
  const names = steps.flatMap(({ id, spec }) => {
    if (!used.has(id)) return [];
    if (spec.kind === 'move-tag') return [`tag ${spec.tag}`];
    return spec.kind === 'label-namespace' ? [`the labels of namespace ${spec.namespace}`] : [];
  });
  if (names.length === 0) return [];
  const shown = names.length > 6 ? `${names.slice(0, 6).join(', ')} and ${names.length - 6} more` : names.join(', ');
  return [
    `What leads them goes back with them (${shown}): until the run goes on, every new pod that is led by it gets the old revision, also of workloads that were moved before; pods that run are not touched.`,
  ];
}
