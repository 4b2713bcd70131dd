/** Stages and steps of a run in time. */
import type { Phase } from '../journal/entry.ts';
import type { Stage, UpgradePlan } from '../planner/plan.ts';
import type { Placed } from './placed.ts';
import { secondsBetween, sumSeconds } from './placed.ts';
import type { GateReport, StageReport } from './report.ts';
import { stepsOf } from './steps.ts';

/** Stages in the order in which they were first entered, each direction for itself. */
export function stagesOf(story: readonly Placed[], plan: UpgradePlan): readonly StageReport[] {
  const groups = new Map<string, Placed[]>();
  for (const entry of story) {
    if (entry.stage === '') continue;
    const key = JSON.stringify([entry.phase, entry.stage]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [entry]);
    else group.push(entry);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [stageOf(first, group, plan)];
  });
}

function stageOf({ phase, stage }: Placed, group: readonly Placed[], plan: UpgradePlan): StageReport {
  const planned = plannedStage(plan, stage);
  const visits = visitsOf(group);
  const last = group.findLast(({ event }) => event.type === 'stage');
  const steps = stepsOf(group, new Map((planned?.steps ?? []).map(({ id, title }) => [id, title])));
  return {
    phase,
    stage,
    title: titleOf(planned, stage, phase),
    outcome: last?.event.type === 'stage' && last.event.what === 'passed' ? 'passed' : 'not passed',
    start: visits[0]?.from ?? '',
    end: visits.at(-1)?.to ?? '',
    seconds: sumSeconds(visits.map(({ seconds }) => seconds)),
    visits,
    steps,
    gates: gatesOf(group, planned),
  };
}

/** The stage of the plan, also for its way back. */
function plannedStage({ stages, completion }: UpgradePlan, stage: string): Stage | undefined {
  return [...stages, completion].find(({ id }) => id === stage || `back-${id}` === stage);
}

function titleOf(planned: Stage | undefined, stage: string, phase: Phase): string {
  if (planned === undefined) return ownTitles[stage] ?? stage;
  return phase === 'back' ? `${planned.title}: back` : planned.title;
}

/** Stages of the way back that the way forward has not. */
const ownTitles: Readonly<Record<string, string>> = {
  'back-routing': 'New pods get the old revision again',
  'back-remove': 'Remove the new control plane',
};

function visitsOf(group: readonly Placed[]): StageReport['visits'] {
  const visits: { epoch: number; from: string; to: string }[] = [];
  for (const { event, at, epoch } of group) {
    if (event.type === 'stage' && event.what === 'entered') visits.push({ epoch, from: at, to: at });
    const visit = visits.at(-1);
    if (visit !== undefined) visit.to = at;
  }
  return visits.map((visit) => ({ ...visit, seconds: secondsBetween(visit.from, visit.to) }));
}

function gatesOf(group: readonly Placed[], planned: Stage | undefined): readonly GateReport[] {
  const found = new Map<string, GateReport>();
  for (const { event, at } of group) {
    if (event.type !== 'gate') continue;
    const { gate, verdict, value } = event;
    const condition = planned?.gate.find(({ name }) => name === gate)?.condition ?? '';
    found.set(gate, { gate, condition, at, verdict, value });
  }
  return [...found.values()];
}
