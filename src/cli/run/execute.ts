/** Runs a phase of a plan on a cluster, shows it, and says how it ended. */
import { Blocked } from '../../errors.ts';
import type { Control } from '../../engine/control.ts';
import type { World } from '../../engine/deps.ts';
import { execute, type Executed, type ExecuteOptions } from '../../engine/execute.ts';
import type { Outcome } from '../../engine/run.ts';
import { startTraffic, type RunningTraffic } from '../../engine/traffic.ts';
import type { JournalEntry, Phase } from '../../journal/entry.ts';
import type { UpgradePlan } from '../../planner/plan.ts';
import { systemClock } from '../../probe/clock.ts';
import type { Cluster } from '../cluster.ts';
import { exitCodes, type ExitCode } from '../exit-code.ts';
import type { CliIo, OutFile } from '../io.ts';
import { mustAnswer } from './answering.ts';
import { fetchText } from './fetch-text.ts';
import type { RunFlags } from './options.ts';
import { jsonProgress, peopleProgress } from './progress.ts';
import { openFile } from './files.ts';
import { installerDeps } from './installers.ts';
import { worldOf } from './world.ts';

/** What is run. */
export interface RunRequest {
  readonly phase: Phase;
  readonly plan: UpgradePlan;
  readonly planText: string;
}

/** Runs it to its end or halt. Throws what stands in the way before anything was written. */
export async function runPhase(request: RunRequest, cluster: Cluster, flags: RunFlags, io: CliIo): Promise<ExitCode> {
  const { plan, phase } = request;
  const progress = flags.output === 'json' ? jsonProgress(io) : peopleProgress(io);
  const traffic =
    plan.policy.probes.length === 0
      ? null
      : startTraffic(plan.policy.probes, { clock: systemClock, wallClock: io.now });
  const file = flags.journal === undefined ? null : await localJournal(flags.journal, io);
  const stop = stopper(io);
  try {
    // The way back is not barred by it: what does not answer may be the reason for going back.
    if (traffic !== null && phase !== 'back') await mustAnswer(traffic, { clock: systemClock, signal: stop.signal });
    const world = await worldFor(request, cluster, { io, traffic, tell: (event) => progress.tell(event) });
    const executed = await execute(world, plan, {
      ...options(request, flags, io),
      signal: stop.signal,
      onControl: (control) => stop.follow(control),
      onEntry: (entry) => file?.add(entry),
      onWait: (holder) => io.stderr(`Waits for ${holder}, which ran on this mesh and may be gone …\n`),
    });
    progress.end();
    return conclude(executed, phase, plan, io);
  } finally {
    progress.end();
    stop.end();
    await traffic?.stop();
    await file?.close();
  }
}

function options({ phase, planText }: RunRequest, flags: RunFlags, io: CliIo): ExecuteOptions {
  return {
    phase,
    planText,
    identity: `${io.who} ${io.processes.own}-${io.now().toString(36)}`,
    leaseMs: flags.lease,
    ...(flags.until === undefined ? {} : { until: flags.until }),
    back: flags.removeNew === undefined ? {} : { removeNew: flags.removeNew },
  };
}

async function worldFor(
  { plan }: RunRequest,
  { api, context }: Cluster,
  { io, traffic, tell }: { io: CliIo; traffic: RunningTraffic | null; tell: World['tell'] },
): Promise<World> {
  const clock = { now: io.now, wait: io.wait };
  const installers = await installerDeps(plan.policy, api, io);
  return worldOf({ api, context, io: clock, installers, traffic, fetchText, tell });
}

interface Stopper {
  /** Fires at a Ctrl-C before anything runs: while another process's lease is waited for. */
  readonly signal: AbortSignal;
  follow(control: Control): void;
  end(): void;
}

/** Ctrl-C once: stop after the current step. Twice: now. */
function stopper(io: CliIo): Stopper {
  const early = new AbortController();
  let control: Control | null = null;
  let count = 0;
  const off = io.onInterrupt(() => {
    if (control === null) return early.abort();
    count += 1;
    const why = 'Ctrl-C';
    control.ask(count === 1 ? { kind: 'after-step', why } : { kind: 'now', why });
    io.stderr(count === 1 ? '\nStops after what is running now; Ctrl-C again: at once.\n' : '\nStops at once.\n');
  });
  return {
    signal: early.signal,
    follow: (next) => {
      control = next;
      if (early.signal.aborted) next.ask({ kind: 'now', why: 'Ctrl-C' });
    },
    end: off,
  };
}

async function localJournal(
  path: string,
  io: CliIo,
): Promise<{ add(entry: JournalEntry): void; close(): Promise<void> }> {
  const file: OutFile = await openFile(path, io);
  let last: Promise<void> = Promise.resolve();
  // It is a copy: the journal that counts is in the cluster. A full disk must not end an upgrade half-way.
  let lost: unknown = null;
  const lose = (cause: unknown): void => {
    lost ??= cause;
  };
  return {
    add: (entry) => {
      last = last
        .then(() => (lost === null ? file.write(Buffer.from(`${JSON.stringify(entry)}\n`)) : undefined))
        .catch(lose);
    },
    close: async () => {
      await last;
      await file.close().catch(lose);
      if (lost === null) return;
      const why = lost instanceof Error ? lost.message : String(lost);
      io.stderr(
        `meshlift: file ${path} lacks entries: ${why}.\n  The journal in the cluster is whole: meshlift report shows it.\n`,
      );
    },
  };
}

function conclude({ outcome, wentBack }: Executed, phase: Phase, plan: UpgradePlan, io: CliIo): ExitCode {
  if (wentBack !== null) {
    io.stderr(`Went back: ${wentBack.why}\n`);
    if (wentBack.outcome.end !== 'finished') return tellOpen(wentBack.outcome, plan, io);
    return isPart(outcome, plan) ? tellPart(plan, io) : tellBack(plan, io);
  }
  if (outcome.end !== 'finished') return tellOpen(outcome, plan, io);
  if (phase === 'back') return tellBack(plan, io);
  const { run } = plan;
  io.stderr(
    phase === 'complete'
      ? `Complete: ${plan.revisions.old} is removed, the mesh is at ${plan.hops[0]?.to ?? plan.to}.\n  The evidence: meshlift report ${run}\n`
      : `Finished: the mesh is at ${plan.hops[0]?.to ?? plan.to}; ${plan.revisions.old} still runs, and the way back is open.\n` +
          `  Remove it when you are content: meshlift complete ${run}. The evidence: meshlift report ${run}\n`,
  );
  return exitCodes.fine;
}

/** After a breach the policy may ask for the way back of one wave only. */
function isPart(outcome: Outcome, { policy }: UpgradePlan): boolean {
  return outcome.end === 'stopped' && outcome.stop.kind === 'breach' && policy.onBreach !== 'rollback';
}

function tellPart({ run }: UpgradePlan, io: CliIo): ExitCode {
  io.stderr(
    `What was moved last is back; the rest stays where it is.\n` +
      `  Go on when the cause is gone: meshlift resume ${run}. Go back: meshlift rollback ${run}.\n`,
  );
  return exitCodes.waiting;
}

function tellBack(plan: UpgradePlan, io: CliIo): ExitCode {
  io.stderr(`Rolled back: everything is at ${plan.from} again.\n  The evidence: meshlift report ${plan.run}\n`);
  return exitCodes.rolledBack;
}

function tellOpen(outcome: Exclude<Outcome, { end: 'finished' }>, { run }: UpgradePlan, io: CliIo): ExitCode {
  const next = `  Go on: meshlift resume ${run}. Go back: meshlift rollback ${run}.\n`;
  if (outcome.end === 'until') io.stderr(`Stage ${outcome.stage} is done, as asked.\n${next}`);
  else if (outcome.end === 'stopped') io.stderr(`Stopped in stage ${outcome.stage}: ${outcome.stop.why}.\n${next}`);
  else io.stderr(`meshlift: ${outcome.error.message}\n  ${outcome.error.remedy ?? ''}\n${next}`);
  return outcome.end === 'halted' && outcome.error instanceof Blocked
    ? exitCodes.waiting
    : outcome.end === 'halted'
      ? exitCodes.failed
      : exitCodes.waiting;
}
