/** One execution of a plan by one process: takes the lease, opens the journal, runs, goes back when it must, lets go. */
import { Aborted, Blocked } from '../errors.ts';
import type { JournalEntry, Phase, RunState } from '../journal/entry.ts';
import { openJournal, type RunPlace } from '../journal/journal.ts';
import { takeLease } from '../journal/lease.ts';
import { createRun, readRun, request, saveState } from '../journal/runs.ts';
import { returned, underWay } from '../planner/breach.ts';
import { planBack, type BackOptions, type Describe } from '../planner/back.ts';
import type { UpgradePlan } from '../planner/plan.ts';
import type { StepKind } from '../steps/step.ts';
import type { StepSpec } from '../steps/spec.ts';
import { createControl, type Control, type Stop } from './control.ts';
import type { Session, StepKinds, World } from './deps.ts';
import { createLook } from './look.ts';
import { retrying } from './retry.ts';
import { removesNew, runProgram, type Outcome, type Program } from './run.ts';

/** How to execute. */
export interface ExecuteOptions {
  readonly phase: Phase;
  /** 'user@host pid'. */
  readonly identity: string;
  /** The plan's text as it was reviewed: stored with the run. */
  readonly planText: string;
  readonly until?: string;
  /** Back only. */
  readonly back?: BackOptions;
  /** Milliseconds; default 15,000. */
  readonly leaseMs?: number;
  /** Told once the lease is held: how to stop it from outside (Ctrl-C). */
  readonly onControl?: (control: Control) => void;
  /** Gets every journal entry, for a local file. */
  readonly onEntry?: (entry: JournalEntry) => void;
  readonly onWait?: (holder: string) => void;
  readonly signal?: AbortSignal;
}

/** How an execution ended. `wentBack`: a breach or a request turned it round, and this is how the way back ended. */
export interface Executed {
  readonly outcome: Outcome;
  readonly wentBack: { readonly why: string; readonly outcome: Outcome } | null;
}

/**
 * Executes a phase of a plan from wherever the cluster stands.
 * @throws Blocked when another process runs, or the run is over; Transient when the cluster can't be reached at all
 */
export async function execute(world: World, plan: UpgradePlan, options: ExecuteOptions): Promise<Executed> {
  const place = { namespace: plan.revisions.namespace, run: plan.run };
  const lease = await takeLease(
    {
      ...{ api: world.api, namespace: place.namespace, identity: options.identity },
      ...{ now: () => world.clock.now(), sleep: (ms, signal) => world.clock.sleep(ms, signal) },
      ...(options.leaseMs === undefined ? {} : { durationMs: options.leaseMs }),
      ...(options.onWait === undefined ? {} : { onWait: options.onWait }),
    },
    options.signal,
  );
  const holding = createControl();
  lease.keep((why) => holding.ask({ kind: 'lost', why }));
  try {
    const tried = <T>(action: () => Promise<T>): Promise<T> => beginning(world, holding, action);
    await tried(() => createRun(world.api, place, options.planText, initialState(world, plan, options.phase)));
    await tried(() => mustBeOpen(world, place, options.phase));
    // What was asked of a process that is gone is not asked of this one.
    await tried(() => request(world.api, place, null));
    const journal = await tried(() =>
      openJournal(place, {
        ...{ api: world.api, epoch: lease.epoch, now: () => world.clock.now(), sleep: (ms) => world.clock.sleep(ms) },
        ...(options.onEntry === undefined ? {} : { onEntry: options.onEntry }),
      }),
    );
    const open = { world, plan, journal, lease, place, options, look: createLook(() => world.read(), world.clock) };
    return await forwardOrBack(open, holding);
  } finally {
    await lease.release();
  }
}

/** Milliseconds for which a server that fails is asked again before the run has begun. */
const beginMs = 60_000;

/** Before anything is journalled. A Conflict is an answer here: the name is another run's. */
function beginning<T>({ clock, tell }: World, holding: Control, action: () => Promise<T>): Promise<T> {
  const onRetry = (error: Error): void => tell({ type: 'note', step: '', text: `tries again: ${error.message}` });
  return retrying(action, { clock, signal: holding.signal, limitMs: beginMs, onRetry, conflicts: false });
}

type Open = Omit<Session, 'control' | 'identity'> & { readonly place: RunPlace; readonly options: ExecuteOptions };

async function forwardOrBack(open: Open, holding: Control): Promise<Executed> {
  const { options, plan } = open;
  const first = await once(open, holding, programOf(open, options.phase, options.back ?? {}));
  const turn = options.phase === 'forward' ? turnRound(plan, open.journal.entries(), first) : null;
  if (turn === null) return { outcome: first, wentBack: null };
  const back = await once(open, holding, programOf(open, 'back', turn.back));
  return { outcome: first, wentBack: { why: turn.why, outcome: back } };
}

/** Whether what happened asks for the way back, and which part of it. */
function turnRound(
  plan: UpgradePlan,
  entries: readonly JournalEntry[],
  outcome: Outcome,
): { readonly why: string; readonly back: BackOptions } | null {
  if (outcome.end !== 'stopped') return null;
  const { stop, stage } = outcome;
  if (stop.kind === 'rollback') return { why: stop.why, back: {} };
  if (stop.kind !== 'breach' || plan.policy.onBreach === 'pause') return null;
  if (plan.policy.onBreach === 'rollback') return { why: stop.why, back: {} };
  const only = returned(plan, stage, underWay(entries));
  return only.size === 0 ? null : { why: stop.why, back: { only } };
}

function programOf({ plan, world, options, journal }: Open, phase: Phase, back: BackOptions): Program {
  const until = options.until === undefined ? {} : { until: options.until };
  if (phase === 'forward') return { phase, stages: plan.stages, mark: plan.run, ...until };
  if (phase === 'complete') return { phase, stages: [plan.completion], mark: plan.run };
  const removeNew = back.removeNew ?? removesNew(journal.entries());
  const stages = planBack(plan, describing(world.kinds), { ...back, removeNew });
  return { phase, stages, mark: `${plan.run}.back`, partial: back.only !== undefined, removeNew };
}

/** The words of the kinds, for the planner. */
export function describing(kinds: StepKinds): Describe {
  // The table ties a kind to its arguments; the compiler cannot follow a name from one to the other.
  const kindOf = (spec: StepSpec): StepKind<StepSpec> => kinds[spec.kind] as unknown as StepKind<StepSpec>;
  return {
    describe: (spec) => kindOf(spec).describe(spec),
    writes: (spec) => kindOf(spec).writes(spec),
    undo: (spec) => kindOf(spec).undo(spec),
  };
}

async function once(open: Open, holding: Control, program: Program): Promise<Outcome> {
  const control = createControl();
  const lost = holding.stop();
  if (lost !== null) control.ask(lost);
  holding.signal.addEventListener('abort', () =>
    control.ask(holding.stop() ?? { kind: 'lost', why: 'the lease is gone' }),
  );
  open.options.onControl?.(control);
  const { world, place } = open;
  const endRequests = followRequests(open, control, program.phase);
  let turn: Stop | null = null;
  let outcome: Outcome;
  try {
    const session: Session = { ...open, identity: open.options.identity, control };
    outcome = await runProgram(session, program, (state) => save(world, place, state));
  } finally {
    turn = await endRequests();
  }
  // Whoever asked for the way back in the last moment is waiting for it.
  return turn === null ? outcome : { end: 'stopped', stop: turn, stage: 'stage' in outcome ? outcome.stage : '' };
}

function save(world: World, place: RunPlace, state: RunState): Promise<void> {
  const options = {
    clock: world.clock,
    signal: new AbortController().signal,
    limitMs: 60_000,
    onRetry: () => undefined,
  };
  return retrying(() => saveState(world.api, place, state), options);
}

/** Milliseconds between two looks at what other processes ask for: a pause takes effect within one second. */
const requestMs = 500;

/** The answer ends it, and says whether the way back was asked for. */
function followRequests({ world, place }: Open, control: Control, phase: Phase): () => Promise<Stop | null> {
  const ended = new AbortController();
  const turn: Stop = { kind: 'rollback', why: 'another process asked for a rollback' };
  // Not seen is not asked: the next look comes soon, and the lease ends a run that sees nothing for long.
  const asked = () =>
    readRun(world.api, place).then(
      ({ request: wanted }) => wanted,
      () => 'not seen' as const,
    );
  const loop = async (): Promise<void> => {
    for (;;) {
      await world.clock.sleep(requestMs, ended.signal).catch(() => undefined);
      if (ended.signal.aborted) return;
      const wanted = await asked();
      if (wanted === 'pause') control.ask({ kind: 'now', why: 'another process asked for a pause' });
      if (wanted === 'rollback' && phase === 'forward') control.ask(turn);
    }
  };
  const running = loop();
  return async () => {
    ended.abort();
    await running;
    // What is asked from now on is asked of whoever took over.
    if (control.stop()?.kind === 'lost') return null;
    const wanted = await asked();
    // Who was not seen asking is not forgotten: the next process reads it.
    if (wanted !== 'not seen') await request(world.api, place, null).catch(() => undefined);
    return wanted === 'rollback' && phase === 'forward' ? turn : null;
  };
}

function initialState(world: World, plan: UpgradePlan, phase: Phase): RunState {
  const updatedAt = new Date(world.clock.now()).toISOString();
  return { run: plan.run, phase, status: 'running', stage: '', why: '', updatedAt };
}

/** A run that is over is not run again. @throws Blocked */
async function mustBeOpen(world: World, place: RunPlace, phase: Phase): Promise<void> {
  const { state } = await readRun(world.api, place);
  const object = `run ${place.run}`;
  if (state.status === 'completed' && phase !== 'complete') {
    throw new Blocked(`Run ${place.run} is complete: the old control plane is gone.`, {
      object,
      remedy: 'Make a plan to the version that you want: meshlift plan --to VERSION.',
    });
  }
  if (state.status === 'rolled-back' && phase !== 'back') {
    throw new Blocked(`Run ${place.run} was rolled back.`, {
      object,
      remedy: 'Make a new plan: meshlift plan --to VERSION.',
    });
  }
  if (
    phase === 'complete' &&
    !(state.status === 'finished' || state.status === 'completed' || state.phase === 'complete')
  ) {
    throw new Blocked(
      `Run ${place.run} is not finished: it is ${state.status}${state.why === '' ? '' : ` (${state.why})`}.`,
      {
        object,
        remedy: 'Finish it first: meshlift resume.',
      },
    );
  }
  if (phase === 'forward' && state.phase === 'back') {
    throw new Aborted(`Run ${place.run} is on its way back.`, { object, remedy: 'Let it finish: meshlift rollback.' });
  }
}
