/** The way back of a plan, as stages: what routes new pods first, then the pods that were moved. */
import type { RenewWorkload, StepSpec } from '../steps/spec.ts';
import type { PlannedStep, Stage, UpgradePlan } from './plan.ts';

/** Says what a step is and what it writes; from the table of kinds. */
export interface Describe {
  describe(spec: StepSpec): string;
  writes(spec: StepSpec): PlannedStep['writes'];
  undo(spec: StepSpec): readonly StepSpec[];
}

/** Which part of the upgrade goes back. */
export interface BackOptions {
  /** Ids of the steps that go back (renewals, labels of Gateways), with the tags and labels that lead to them; left out: everything. */
  readonly only?: ReadonlySet<string>;
  /** Also removes the new control plane at the end. Default false; the engine goes by how a way back was begun. */
  readonly removeNew?: boolean;
}

/**
 * Stages of the way back: default revision, then labels and tags, gateways, then the waves, the last one first. What never
 * happened is seen as done by its own observation, so the stages may name everything.
 */
export function planBack(plan: UpgradePlan, kinds: Describe, options: BackOptions = {}): readonly Stage[] {
  const stages = [...plan.stages].reverse();
  const routing = routes(stages, options.only).flatMap(({ spec }) => kinds.undo(spec));
  const waves = stages
    .map((stage) => waveBack(plan, stage, kinds, options.only))
    .filter((stage) => stage.steps.length > 0);
  const removal = options.removeNew === true ? installed(stages).flatMap(({ spec }) => removalOf(spec)) : [];
  const gate = [
    {
      name: 'webhooks',
      condition: 'every webhook of Istio reaches a ready istiod, and no pod would be injected twice',
    },
  ];
  return [
    stageOf(
      { id: 'back-routing', kind: 'default', title: 'New pods get the old revision again', gate },
      routing,
      kinds,
    ),
    ...waves,
    stageOf({ id: 'back-remove', kind: 'complete', title: 'Remove the new control plane', gate: [] }, removal, kinds),
  ].filter((stage) => stage.steps.length > 0);
}

function routes(stages: readonly Stage[], only: ReadonlySet<string> | undefined): readonly PlannedStep[] {
  const steps = stages.flatMap((stage) => [...stage.steps].reverse());
  // The new control plane stays until nothing uses it any more: it is removed at the end, when that is asked for.
  const routing = steps.filter(({ spec }) => spec.kind !== 'renew-workload' && spec.kind !== 'install-control-plane');
  if (only === undefined) return routing;
  // Each workload has what leads it in the plan: nothing else is taken back with it.
  const leaders = new Set(steps.filter(({ id }) => only.has(id)).flatMap(({ ledBy = [] }) => ledBy));
  return routing.filter(({ id }) => only.has(id) || leaders.has(id));
}

function waveBack(plan: UpgradePlan, stage: Stage, kinds: Describe, only: ReadonlySet<string> | undefined): Stage {
  const specs = stage.steps
    .filter(({ id }) => only === undefined || only.has(id))
    .flatMap(({ spec }) => (spec.kind === 'renew-workload' ? [renewedBack(plan, spec)] : []));
  const { kind, gate } = stage;
  return stageOf({ id: `back-${stage.id}`, kind, title: `${stage.title}: back`, gate }, specs.reverse(), kinds);
}

/** The same renewal with the other revision, and the template's labels as they were. */
function renewedBack({ revisions, from }: UpgradePlan, spec: RenewWorkload): RenewWorkload {
  const keys = Object.keys(spec.labels);
  const set = Object.entries(spec.labels).filter((label): label is [string, string] => label[1] !== null);
  return {
    ...spec,
    revision: revisions.old,
    version: from,
    labels: Object.fromEntries(keys.map((key) => [key, spec.before[key] ?? null])),
    before: Object.fromEntries(set),
  };
}

function installed(stages: readonly Stage[]): readonly PlannedStep[] {
  return stages.flatMap((stage) => stage.steps).filter(({ spec }) => spec.kind === 'install-control-plane');
}

function removalOf(spec: StepSpec): readonly StepSpec[] {
  if (spec.kind !== 'install-control-plane') return [];
  const { revision, version, release } = spec;
  return [{ kind: 'remove-control-plane', revision, version, namespace: release.namespace, release }];
}

function stageOf(stage: Omit<Stage, 'steps'>, specs: readonly StepSpec[], kinds: Describe): Stage {
  return { ...stage, steps: specs.map((spec) => plannedStep(spec, kinds)) };
}

/** A step with its words. `reason`: why this way, where there was a choice; `ledBy`: as in the plan. */
export function plannedStep(spec: StepSpec, kinds: Describe, reason = '', ledBy: readonly string[] = []): PlannedStep {
  const back = kinds.undo(spec).map((undone) => kinds.describe(undone));
  const renewed = spec.kind === 'renew-workload' ? ['renew the pods again, on the old revision'] : [];
  return {
    id: stepId(spec),
    title: kinds.describe(spec),
    spec,
    writes: kinds.writes(spec),
    back: [...renewed, ...back].join('; ') || 'nothing to take back',
    reason,
    ...(ledBy.length > 0 && { ledBy }),
  };
}

/** Unique within the stages of one program. */
export function stepId(spec: StepSpec): string {
  switch (spec.kind) {
    case 'renew-workload':
      return `renew/${spec.workload}/${spec.namespace}/${spec.name}`;
    case 'label-namespace':
      return `label/${spec.namespace}`;
    case 'label-gateway':
      return `label-gateway/${spec.namespace}/${spec.name}/${spec.revision ?? 'none'}`;
    case 'move-tag':
      return `move-tag/${spec.tag}`;
    case 'soak':
      return `soak/${spec.seconds}`;
    case 'install-control-plane':
    case 'prove-control-plane':
    case 'remove-control-plane':
      return `${spec.kind}/${spec.revision}`;
    case 'upgrade-base':
    case 'move-default':
      return `${spec.kind}/${spec.to}`;
  }
}
