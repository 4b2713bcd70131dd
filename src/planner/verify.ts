/** Whether everything is where a plan wanted it: every step's own verification over one view. */
import type { Phase } from '../journal/entry.ts';
import type { StepSpec } from '../steps/spec.ts';
import type { Verdict, View } from '../steps/step.ts';
import { planBack, type Describe } from './back.ts';
import type { PlannedStep, UpgradePlan } from './plan.ts';

/** A step that does not hold. */
export interface NotSo {
  readonly step: string;
  readonly title: string;
  /** `unknown`: not enough was read. */
  readonly state: 'waiting' | 'failed' | 'unknown';
  readonly why: string;
}

/** What was verified, and what does not hold. */
export interface Verification {
  readonly steps: number;
  readonly notSo: readonly NotSo[];
}

/** Kinds, with their words and their verification. */
export interface Verifying extends Describe {
  verify(view: View, spec: StepSpec): Verdict;
}

/** Verifies what a phase should have reached. What leaves nothing to be seen (a soak, a proof) is not asked again. */
export function verifyPlan(plan: UpgradePlan, phase: Phase, view: View, kinds: Verifying): Verification {
  const steps = stepsOf(plan, phase, kinds).filter(({ spec }) => !['soak', 'prove-control-plane'].includes(spec.kind));
  const notSo = steps.flatMap((step): NotSo[] => {
    const verdict = kinds.verify(view, asItStands(step.spec));
    return verdict.state === 'passed'
      ? []
      : [{ step: step.id, title: step.title, state: verdict.state, why: verdict.why }];
  });
  return { steps: steps.length, notSo };
}

// The default revision stays where it is in that step, and moves in a later one.
function asItStands(spec: StepSpec): StepSpec {
  return spec.kind === 'upgrade-base' ? { ...spec, defaultRevision: '' } : spec;
}

function stepsOf(plan: UpgradePlan, phase: Phase, kinds: Describe): readonly PlannedStep[] {
  if (phase === 'back') return lastWords(planBack(plan, kinds).flatMap(({ steps }) => steps));
  const forward = lastWords(plan.stages.flatMap(({ steps }) => steps));
  return phase === 'complete' ? [...forward, ...plan.completion.steps] : forward;
}

// Gateways that were pinned meanwhile have been let go by a later step on the same object.
function lastWords(steps: readonly PlannedStep[]): readonly PlannedStep[] {
  return [...new Map(steps.map((step) => [placeOf(step), step])).values()];
}

function placeOf({ id, spec }: PlannedStep): string {
  return spec.kind === 'label-gateway' ? `${spec.kind}/${spec.namespace}/${spec.name}` : id;
}
