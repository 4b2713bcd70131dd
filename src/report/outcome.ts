/** How a run ended, in one sentence; from the journal alone. */
import type { Phase } from '../journal/entry.ts';
import type { Placed } from './placed.ts';
import { endOf } from './placed.ts';
import type { ProxiesReport, RunReport, StageReport, TrafficReport } from './report.ts';
import type { UpgradePlan } from '../planner/plan.ts';
import { duration, grouped, plural } from './words.ts';

type Outcome = RunReport['outcome'];
type Standing = Omit<Outcome, 'sentence'>;

/** What the sentence is made of. */
export interface OutcomeInput {
  readonly story: readonly Placed[];
  readonly plan: UpgradePlan;
  readonly stages: readonly StageReport[];
  readonly proxies: ProxiesReport;
  readonly traffic: TrafficReport;
  readonly activeSeconds: number;
}

/** The outcome of a run. */
export function outcomeOf(input: OutcomeInput): Outcome {
  const standing = standingOf(input.story);
  return { ...standing, sentence: sentenceOf(standing, input) };
}

function standingOf(story: readonly Placed[]): Standing {
  const last = story.findLast(({ event }) => event.type === 'run' && event.what !== 'stopping');
  if (last === undefined || last.event.type !== 'run')
    return { status: 'no word', phase: 'forward', stage: '', why: '' };
  const { phase, what, detail: why } = last.event;
  const end = endOf(what);
  const stage = story.at(-1)?.stage ?? '';
  if (end === null) return { status: 'no word', phase, stage, why: '' };
  if (end === 'breach' || end === 'halted') return { status: 'halted', phase, stage, why };
  if (end === 'paused') return { status: 'paused', phase, stage, why };
  // A part that went back, so that the rest can go on, ends with its reason.
  if (why !== '') return { status: 'paused', phase, stage, why };
  return { status: finished[phase], phase, stage, why };
}

const finished = { forward: 'finished', back: 'rolled-back', complete: 'completed' } as const;

function sentenceOf(standing: Standing, input: OutcomeInput): string {
  const { sent, failed } = input.traffic.total;
  const requests = `${grouped(failed)} of ${plural(sent, 'request')} failed`;
  const lost = sent + failed === 0 ? 'no traffic was measured' : requests;
  const reason = standing.why === '' ? '' : ` Reason: ${standing.why}`;
  return `${[...deed(standing, input), lost].join('; ')}.${reason}`;
}

function deed({ status, stage, phase }: Standing, input: OutcomeInput): readonly string[] {
  const { plan, proxies, activeSeconds } = input;
  const to = plan.hops[0]?.to ?? plan.to;
  const hop = `from ${plan.from} to ${to}${to === plan.to ? '' : ` (on the way to ${plan.to})`}`;
  const took = duration(activeSeconds);
  switch (status) {
    case 'finished':
      return [`The mesh was moved ${hop} in ${took}`, running(proxies, to)];
    case 'completed':
      return [`The mesh was moved ${hop} in ${took} and revision ${plan.revisions.old} removed`, running(proxies, to)];
    case 'rolled-back':
      return [`The upgrade ${hop} was taken back in ${took}`, running(proxies, plan.from)];
    case 'paused':
    case 'halted':
      return [`The upgrade ${hop} stands still ${ways[phase]}${at(stage)} after ${took}`, stepsDone(phase, input)];
    case 'no word':
      return [
        `The journal of the upgrade ${hop} has no end: ${ways[phase]}${at(stage) || ','} ${took} are recorded`,
        stepsDone(phase, input),
      ];
  }
}

const ways = { forward: 'on its way forward', back: 'on its way back', complete: 'in its completion' } as const;

const at = (stage: string): string => (stage === '' ? '' : `, stage ${stage},`);

function running({ workloads, afterAt }: ProxiesReport, version: string): string {
  if (afterAt === null) return 'the versions at the end were not seen';
  const all = workloads.flatMap(({ after }) => after ?? []);
  const count = (rows: typeof all): number => rows.reduce((sum, { proxies }) => sum + proxies, 0);
  const right = count(all.filter((one) => one.version === version));
  return `${grouped(right)} of ${plural(count(all), 'proxy', 'proxies')} ran ${version} at the end`;
}

function stepsDone(phase: Phase, { stages, plan }: OutcomeInput): string {
  const steps = stages.filter((stage) => stage.phase === phase).flatMap((stage) => stage.steps);
  const done = steps.filter(({ outcome }) => outcome === 'done' || outcome === 'skipped').length;
  if (phase === 'back') return `${plural(done, 'step')} of the way back done`;
  const planned = phase === 'complete' ? [plan.completion] : plan.stages;
  const all = planned.reduce((sum, stage) => sum + stage.steps.length, 0);
  return `${grouped(done)} of ${plural(all, 'planned step')} done`;
}
