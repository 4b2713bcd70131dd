/** `apply`, `upgrade`, `resume`, `rollback`, `complete`, `pause`: each finds its plan, asks, and runs. */
import { Blocked, InvalidInput } from '../../errors.ts';
import { missingRights } from '../../engine/rights.ts';
import { installerFor } from '../../installers/choose.ts';
import { readRun, request, type StoredRun } from '../../journal/runs.ts';
import type { Phase, RunState } from '../../journal/entry.ts';
import type { KubeApi } from '../../kube/api.ts';
import { changes, fingerprint } from '../../planner/fingerprint.ts';
import { fromText, toText } from '../../planner/document.ts';
import type { UpgradePlan } from '../../planner/plan.ts';
import { NotFound } from '../../errors.ts';
import { stepKindOf } from '../../steps/kinds.ts';
import { openCluster, type Cluster } from '../cluster.ts';
import { exitCodes, type ExitCode } from '../exit-code.ts';
import type { CliIo } from '../io.ts';
import { makePreviewed } from '../plan/make.ts';
import { planLines } from '../../planner/text.ts';
import { findingsText } from '../plan/findings.ts';
import { loadKnowledge } from '../knowledge/load.ts';
import { loadPolicy } from '../policy.ts';
import { styleOf } from '../text.ts';
import { chooseRun, finishedRun, unfinishedRun, unfinishedText } from './choose.ts';
import { confirmed } from './confirm.ts';
import { runPhase, type RunRequest } from './execute.ts';
import { readText, writeText } from './files.ts';
import { clusterUid } from './identity.ts';
import { installerDeps } from './installers.ts';
import type { RunFlags, UpgradeFlags } from './options.ts';
import { readView } from './world.ts';

/** Runs `meshlift apply`. @throws InvalidInput (the plan's file, another cluster, changed facts), Blocked, and what reading throws */
export async function apply(file: string, flags: RunFlags, io: CliIo): Promise<ExitCode> {
  const planText = await readText(file, io, 'Make a plan first: meshlift plan --to VERSION --out FILE.');
  const plan = fromText(planText, file);
  mustKnowStage(plan, flags.until);
  return withCluster(flags, io, async (cluster) => {
    await mustBeSameCluster(plan, cluster.api);
    const other = await unfinishedRun(cluster.api);
    if (other !== undefined && other.place.run !== plan.run) return tellOther(other, io);
    await mustHold(plan, cluster, io);
    await mustHaveRights(plan, cluster.api, flags.until);
    return askAndRun({ phase: 'forward', plan, planText }, cluster, flags, io);
  });
}

/** Runs `meshlift upgrade`: plan, show, ask, apply. */
export async function upgrade(flags: UpgradeFlags, io: CliIo): Promise<ExitCode> {
  const policy = await loadPolicy(flags.file, io);
  const knowledge = await loadKnowledge(flags.knowledge, io);
  return withCluster(flags, io, async (cluster) => {
    const other = await unfinishedRun(cluster.api);
    if (other !== undefined) return tellOther(other, io);
    const view = await readView(cluster.api, cluster.context, io);
    const deps = await installerDeps(policy, cluster.api, io);
    const made = await makePreviewed({
      ...{
        installer: ({ owner }) => installerFor(owner, deps),
        finished: await finishedRun(cluster.api),
        view,
        to: flags.to,
        revision: flags.revision ?? null,
        policy,
        knowledge,
      },
      ...{ clusterUid: await clusterUid(cluster.api), now: io.now() },
    });
    // With -o json stdout is for events alone.
    const answer = (text: string): void => (flags.output === 'json' ? io.stderr(text) : io.stdout(text));
    if ('nothing' in made) {
      answer(`Nothing to do: ${made.nothing}\n`);
      return exitCodes.fine;
    }
    if ('refused' in made) {
      if (made.findings.length > 0) answer(findingsText(made.findings, styleOf(io).width));
      io.stderr(`meshlift: ${made.refused}\n  ${made.remedy}\n`);
      return made.code;
    }
    const planText = toText(made.plan);
    if (flags.out !== undefined) await writeText(flags.out, planText, io);
    mustKnowStage(made.plan, flags.until);
    io.stderr(`${planLines(made.plan).join('\n')}\n\n`);
    await mustHaveRights(made.plan, cluster.api, flags.until);
    return askAndRun({ phase: 'forward', plan: made.plan, planText }, cluster, flags, io);
  });
}

/** Runs `meshlift resume`: the same phase, from wherever the cluster stands. */
export async function resume(name: string | undefined, flags: RunFlags, io: CliIo): Promise<ExitCode> {
  return withRun(name, flags, io, async ({ plan, planText, phase, status }, cluster) => {
    mustGoForward(plan, phase, flags.until);
    mustNotBeOver(plan, status);
    mustKnowStage(plan, flags.until);
    return askAndRun({ phase, plan, planText }, cluster, flags, io);
  });
}

/** Runs `meshlift rollback`; when another process runs the plan, it is asked to turn round. */
export async function rollback(name: string | undefined, flags: RunFlags, io: CliIo): Promise<ExitCode> {
  const wishes = { ...flags, removeNew: flags.removeNew === true };
  return withRun(name, flags, io, async ({ plan, planText }, cluster) =>
    askAndRun({ phase: 'back', plan, planText }, cluster, wishes, io).catch(async (error: unknown) => {
      if (!(error instanceof Blocked) || !error.object?.startsWith('Lease ')) throw error;
      return handOver(plan, cluster, 'rollback', io);
    }),
  );
}

/** Runs `meshlift complete`. */
export async function complete(name: string | undefined, flags: RunFlags, io: CliIo): Promise<ExitCode> {
  return withRun(name, flags, io, async ({ plan, planText, status }, cluster) => {
    const held = status === 'finished' ? await whatHolds(plan, cluster, io) : null;
    if (held === null) return askAndRun({ phase: 'complete', plan, planText }, cluster, flags, io);
    io.stderr(`meshlift: ${held}\n  Nothing was changed. Move or remove each of them, then run complete again.\n`);
    return exitCodes.waiting;
  });
}

/** Runs `meshlift pause`: asks the process that runs, and waits until it stands. */
export async function pause(name: string | undefined, flags: RunFlags, io: CliIo): Promise<ExitCode> {
  return withRun(name, flags, io, async ({ plan }, cluster) => handOver(plan, cluster, 'pause', io));
}

function tellOther(other: StoredRun, io: CliIo): ExitCode {
  io.stderr(unfinishedText(other, '; nothing else is begun beside it.'));
  return exitCodes.waiting;
}

/** Why the old control plane can't be removed, known at once and not after the time-out of a step; null when it can. */
async function whatHolds({ completion }: UpgradePlan, { api, context }: Cluster, io: CliIo): Promise<string | null> {
  const view = await readView(api, context, io);
  for (const { spec } of completion.steps) {
    const seen = stepKindOf(spec).observe(view, spec);
    if (seen.state === 'blocked') return seen.why;
  }
  return null;
}

type Chosen = {
  readonly plan: UpgradePlan;
  readonly planText: string;
  readonly phase: Phase;
  readonly status: RunState['status'];
};

function withRun(
  name: string | undefined,
  flags: RunFlags,
  io: CliIo,
  action: (chosen: Chosen, cluster: Cluster) => Promise<ExitCode>,
): Promise<ExitCode> {
  return withCluster(flags, io, async (cluster) => {
    const { run, plan, planText } = await chooseRun(cluster.api, name);
    return action({ plan, planText, ...run.state }, cluster);
  });
}

async function withCluster(
  flags: RunFlags,
  io: CliIo,
  action: (cluster: Cluster) => Promise<ExitCode>,
): Promise<ExitCode> {
  const cluster = await openCluster(flags, io);
  try {
    return await action(cluster);
  } finally {
    await cluster.api.close();
  }
}

const verbs: Readonly<Record<Phase, (plan: UpgradePlan) => string>> = {
  forward: ({ run, from, hops, revisions }) =>
    `Upgrades Istio ${from} (${revisions.old}) to ${hops[0]?.to ?? ''} (${revisions.new}), run ${run}.`,
  back: ({ run, revisions }) => `Takes run ${run} back: everything returns to revision ${revisions.old}.`,
  complete: ({ run, revisions }) =>
    `Completes run ${run}: removes control plane ${revisions.old}. There is no way back.`,
};

async function askAndRun(run: RunRequest, cluster: Cluster, flags: RunFlags, io: CliIo): Promise<ExitCode> {
  const { context, api } = cluster;
  if (await confirmed(verbs[run.phase](run.plan), { context, server: api.server }, flags.yes === true, io)) {
    return runPhase(run, cluster, flags, io);
  }
  io.stderr('Nothing was changed.\n');
  return exitCodes.waiting;
}

/** Milliseconds between two looks at what the other process does, and until it must have answered. */
const times = { poll: 500, limit: 120_000 };

async function handOver(
  { revisions: { namespace }, run }: UpgradePlan,
  { api }: Cluster,
  what: 'pause' | 'rollback',
  io: CliIo,
): Promise<ExitCode> {
  const place = { namespace, run };
  const { state } = await readRun(api, place);
  if (state.status !== 'running') {
    io.stderr(`Run ${run} does not run: it is ${state.status}.\n`);
    return exitCodes.fine;
  }
  await request(api, place, what);
  io.stderr(`Asked the running process for a ${what} …\n`);
  for (const end = io.now() + times.limit; io.now() < end;) {
    await io.wait(times.poll);
    const now = await readRun(api, place);
    if (now.state.status === 'running' && !(what === 'rollback' && now.state.phase === 'back')) continue;
    io.stderr(
      what === 'pause'
        ? `Run ${run} stands (${now.state.status}).\n  Go on: meshlift resume ${run}\n`
        : `Run ${run} goes back in the process that runs it.\n`,
    );
    return exitCodes.fine;
  }
  // Whoever goes on with the run later must not find it.
  await request(api, place, null);
  throw new Blocked(`Run ${run} did not answer in ${times.limit / 1000} s: its process is perhaps gone.`, {
    object: `run ${run}`,
    remedy:
      what === 'pause' ? 'Nothing more happens then. Go on with: meshlift resume.' : 'Run meshlift rollback once more.',
  });
}

/** @throws Blocked for a run that can't be gone on with */
function mustNotBeOver({ run }: UpgradePlan, status: RunState['status']): void {
  if (status !== 'completed' && status !== 'rolled-back') return;
  throw new Blocked(`Run ${run} is over: it is ${status === 'completed' ? 'complete' : 'rolled back'}.`, {
    object: `run ${run}`,
    remedy: 'Make a new plan: meshlift plan --to VERSION.',
  });
}

/** Stages are those of the way forward. @throws InvalidInput */
function mustGoForward({ run }: UpgradePlan, phase: Phase, until: string | undefined): void {
  if (until === undefined || phase === 'forward') return;
  const where = phase === 'back' ? 'is on its way back' : 'is about to be complete';
  throw new InvalidInput(`Run ${run} ${where}, which goes on to its end.`, {
    object: `--until ${until}`,
    remedy: 'Leave --until out.',
  });
}

function mustKnowStage({ stages }: UpgradePlan, until: string | undefined): void {
  if (until === undefined || stages.some(({ id }) => id === until)) return;
  throw new InvalidInput(`The plan has no stage ${until}; it has ${stages.map(({ id }) => id).join(', ')}.`, {
    object: `--until ${until}`,
    remedy: 'Name one of them.',
  });
}

async function mustBeSameCluster(plan: UpgradePlan, api: KubeApi): Promise<void> {
  const uid = await clusterUid(api);
  if (plan.cluster.uid === uid) return;
  const of = plan.cluster.uid === '' ? 'a recorded cluster' : `another cluster (${plan.cluster.server})`;
  throw new InvalidInput(`The plan is for ${of}, not for ${api.server}.`, {
    object: `run ${plan.run}`,
    remedy: 'Choose its context with --context, or make a plan for this one.',
  });
}

/** What was planned must still be what is there; a run that has begun is gone on with whatever it has changed itself. */
async function mustHold(plan: UpgradePlan, { api, context }: Cluster, io: CliIo): Promise<void> {
  const begun = await readRun(api, { namespace: plan.revisions.namespace, run: plan.run }).then(
    () => true,
    (error: unknown) => {
      if (error instanceof NotFound) return false;
      throw error;
    },
  );
  if (begun) return;
  const differences = changes(plan.facts, fingerprint(await readView(api, context, io)));
  if (differences.length === 0) return;
  const shown = differences.slice(0, 10).map((line) => `\n  - ${line}`);
  const more = differences.length > 10 ? `\n  and ${differences.length - 10} more` : '';
  throw new InvalidInput(`The cluster is not what the plan rests on any more:${shown.join('')}${more}`, {
    object: `run ${plan.run}`,
    remedy: `Plan again: meshlift plan --to ${plan.to} --out FILE.`,
  });
}

async function mustHaveRights(plan: UpgradePlan, api: KubeApi, until: string | undefined): Promise<void> {
  const missing = await missingRights(api, plan, until);
  if (missing.length === 0) return;
  const shown = missing.slice(0, 10).map((line) => `\n  - ${line}`);
  throw new Blocked(
    `Rights are missing, so nothing was begun:${shown.join('')}${missing.length > 10 ? `\n  and ${missing.length - 10} more` : ''}`,
    {
      object: `run ${plan.run}`,
      remedy: 'Have them granted; the plan lists every write.',
    },
  );
}
