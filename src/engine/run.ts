/** A program of a plan (forward, back, complete) from wherever the cluster stands to its end, or to a halt with a reason. */
import { Aborted, MeshliftError, explain } from '../errors.ts';
import type { JournalEntry, Phase, RunState } from '../journal/entry.ts';
import { withWholeProxies } from '../journal/proxies.ts';
import type { Stage } from '../planner/plan.ts';
import type { View } from '../steps/step.ts';
import type { Stop } from './control.ts';
import type { Session } from './deps.ts';
import { measureBefore } from './before.ts';
import { renewals } from './measure.ts';
import { overtaken } from './overtaken.ts';
import { createPace } from './pace.ts';
import { mustStart } from './must-start.ts';
import { acrossRestarts } from './rejections.ts';
import { steadily } from './retry.ts';
import { recordTraffic, writeProxies, writeTraffic } from './records.ts';
import { runStage } from './stage.ts';
import { startWatchdog } from './watchdog.ts';

/** What is run. */
export interface Program {
  readonly phase: Phase;
  readonly stages: readonly Stage[];
  /** Mark of its renewals: differs between forward and back. */
  readonly mark: string;
  /** Last stage that is run; left out: all. */
  readonly until?: string;
  /** A part of the way back, after which the run stands still where it was: it can go on forward. */
  readonly partial?: boolean;
  /** The new control plane is removed at the end of the way back: written down, so that who goes on with it does so, too. */
  readonly removeNew?: boolean;
}

/** How it ended. */
export type Outcome =
  | { readonly end: 'finished' }
  | { readonly end: 'until'; readonly stage: string }
  /** A person or another process asked for it. */
  | { readonly end: 'stopped'; readonly stop: Stop; readonly stage: string }
  /** Something stands in the way; `error` says what. */
  | { readonly end: 'halted'; readonly error: MeshliftError; readonly stage: string };

/** Runs a program. Never throws for what happens in the cluster; what is left is in the outcome. */
export async function runProgram(
  session: Session,
  program: Program,
  saveState: (state: RunState) => Promise<void>,
): Promise<Outcome> {
  const progress = { stage: '' };
  const state = (status: RunState['status'], why: string): Promise<void> =>
    saveState({
      run: session.plan.run,
      phase: program.partial === true ? 'forward' : program.phase,
      status,
      stage: progress.stage,
      why,
      updatedAt: new Date(session.world.clock.now()).toISOString(),
    });
  let outcome: Outcome;
  try {
    outcome = await stages(session, program, progress, () => state('running', ''));
  } catch (error) {
    outcome = outcomeOf(session, error, progress.stage);
  }
  await conclude(session, program, outcome, state);
  return outcome;
}

async function stages(
  looking: Session,
  program: Program,
  progress: { stage: string },
  running: () => Promise<void>,
): Promise<Outcome> {
  const seen: { view: View | null } = { view: null };
  const session: Session = {
    ...looking,
    world: { ...looking.world, rejections: acrossRestarts(looking.world.rejections) },
    look: async () => (seen.view = await looking.look()),
  };
  const { world, journal } = session;
  await begin(session, program);
  const before = await steadily(session, () => measureBefore(session, program.phase));
  const current: { stage: Stage | null } = { stage: null };
  const webhooks = (): boolean => !['prepare', 'install', 'complete'].includes(current.stage?.kind ?? 'prepare');
  const endWatch = startWatchdog(session, { before, webhooks });
  const pace = createPace(renewals(program.stages.flatMap(({ steps }) => steps)).length, () => seen.view);
  const isOver = overtaken(program.phase, program.stages, journal.entries());
  const endRecords = recordTraffic(session, () => progress.stage);
  try {
    for (const stage of program.stages) {
      mustStart(session);
      current.stage = stage;
      progress.stage = stage.id;
      world.tell({ type: 'stage', stage: stage.id, title: stage.title, what: 'entered' });
      await journal.append({ type: 'stage', stage: stage.id, what: 'entered' });
      await running();
      await runStage(session, stage, { mark: program.mark, before, pace, isOver });
      await writeTraffic(session, stage.id);
      await journal.append({ type: 'stage', stage: stage.id, what: 'passed' });
      world.tell({ type: 'stage', stage: stage.id, title: stage.title, what: 'passed' });
      session.control.mustGoOn();
      if (program.until === stage.id && stage !== program.stages.at(-1)) return { end: 'until', stage: stage.id };
    }
    await writeProxies(session, 'after');
    // What was seen since the last gate counts: a breach, or that somebody asked for the way back.
    session.control.mustGoOn();
    return { end: 'finished' };
  } finally {
    await endRecords();
    await endWatch();
  }
}

/** Whether a way back that was begun was to remove the new control plane, as its last start says. */
export function removesNew(entries: readonly JournalEntry[]): boolean {
  const starts = entries.flatMap(({ event }) =>
    event.type === 'run' && event.phase === 'back' && /^(started|resumed)$/.test(event.what) ? [event] : [],
  );
  return starts.at(-1)?.removeNew === true;
}

async function begin(session: Session, { phase, removeNew }: Program): Promise<void> {
  const { journal } = session;
  const known = journal.entries();
  const resumed = known.some(({ event }) => event.type === 'run' && event.phase === phase && event.what === 'started');
  const what = resumed ? 'resumed' : 'started';
  await journal.append({
    type: 'run',
    what,
    phase,
    by: session.identity,
    detail: `plan ${session.plan.digest.slice(0, 16)}`,
    ...(removeNew === true && { removeNew }),
  });
  session.world.tell({ type: 'phase', phase, what });
  if (!withWholeProxies(known).some(({ event }) => event.type === 'proxies')) await writeProxies(session, 'before');
}

/** A stop explains an Aborted; anything else is what it says. A fault of our own is no error of a class: it is thrown on. */
function outcomeOf(session: Session, error: unknown, stage: string): Outcome {
  const stop = session.control.stop();
  if (stop !== null && (error instanceof Aborted || stop.kind !== 'after-step')) return { end: 'stopped', stop, stage };
  if (error instanceof Aborted) return { end: 'stopped', stop: { kind: 'lost', why: error.message }, stage };
  if (error instanceof MeshliftError) return { end: 'halted', error, stage };
  throw error;
}

async function conclude(
  session: Session,
  { phase, partial }: Program,
  outcome: Outcome,
  state: (status: RunState['status'], why: string) => Promise<void>,
): Promise<void> {
  const { journal, world } = session;
  const [what, status, why] = partial === true && outcome.end === 'finished' ? partly : conclusion(outcome, phase);
  if (outcome.end === 'stopped') world.tell({ type: 'stop', kind: outcome.stop.kind, why });
  // Whoever was overtaken writes nothing more: the run is somebody else's.
  if (outcome.end === 'stopped' && outcome.stop.kind === 'lost') return;
  if (outcome.end !== 'finished') await writeTraffic(session, outcome.stage);
  await journal.append({ type: 'run', what, phase, by: session.identity, detail: why });
  await state(status, why);
}

const partly = ['finished', 'paused', 'what was moved last went back'] as const;

function conclusion(
  outcome: Outcome,
  phase: Phase,
): readonly ['finished' | 'paused' | 'halted' | 'breach', RunState['status'], string] {
  switch (outcome.end) {
    case 'finished':
      return ['finished', phase === 'back' ? 'rolled-back' : phase === 'complete' ? 'completed' : 'finished', ''];
    case 'until':
      return ['paused', 'paused', `stage ${outcome.stage} is done, as asked`];
    case 'stopped':
      return outcome.stop.kind === 'breach'
        ? ['breach', 'halted', outcome.stop.why]
        : ['paused', 'paused', outcome.stop.why];
    case 'halted':
      return ['halted', 'halted', explain(outcome.error)];
  }
}
