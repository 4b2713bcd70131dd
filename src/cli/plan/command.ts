/** `meshlift plan`: read, plan, print, write. */
import { buildMesh } from '../../mesh/build.ts';
import { installerFor } from '../../installers/choose.ts';
import type { Installer } from '../../installers/installer.ts';
import { readPlanText, type StoredRun } from '../../journal/runs.ts';
import { planLines } from '../../planner/text.ts';
import { fromText, toText } from '../../planner/document.ts';
import type { UpgradePlan } from '../../planner/plan.ts';
import type { Policy } from '../../policy/policy.ts';
import type { Release } from '../../steps/spec.ts';
import type { View } from '../../steps/step.ts';
import { openCluster } from '../cluster.ts';
import { exitCodes, type ExitCode } from '../exit-code.ts';
import type { CliIo } from '../io.ts';
import { loadKnowledge } from '../knowledge/load.ts';
import { loadPolicy } from '../policy.ts';
import { finishedRun, unfinishedRun, unfinishedText } from '../run/choose.ts';
import { writeText } from '../run/files.ts';
import { clusterUid } from '../run/identity.ts';
import { installerDeps } from '../run/installers.ts';
import { readView } from '../run/world.ts';
import { styleOf, wrap } from '../text.ts';
import { findingsText } from './findings.ts';
import { makePreviewed } from './make.ts';
import type { PlanFlags } from './options.ts';

/** Runs the command; the answer is the exit code. Throws InvalidInput, Blocked and what reading throws. */
export async function plan(flags: PlanFlags, io: CliIo): Promise<ExitCode> {
  const policy = await loadPolicy(flags.file, io);
  const knowledge = await loadKnowledge(flags.knowledge, io);
  const made = await read(flags, io, async (seen) => {
    if ('open' in seen) return seen;
    const { to, revision = null } = flags;
    const installer = flags.preview ? await seen.installer(policy) : null;
    return makePreviewed({ ...seen, installer, to, revision, policy, knowledge, now: io.now() });
  });
  if ('open' in made) return tellOpen(made.open, flags, io);
  if ('nothing' in made) {
    io.stdout(
      flags.output === 'table' ? `Nothing to do: ${made.nothing}\n` : `${JSON.stringify({ nothing: made.nothing })}\n`,
    );
    return exitCodes.fine;
  }
  if ('refused' in made) {
    const { refused, remedy, findings } = made;
    io.stderr(`meshlift: ${refused}\n  ${remedy}\n`);
    // JSON is YAML too.
    if (flags.output !== 'table') io.stdout(`${JSON.stringify({ refused, remedy, findings }, null, 2)}\n`);
    else if (findings.length > 0) io.stdout(findingsText(findings, styleOf(io).width));
    return made.code;
  }
  await show(made.plan, nextOf(made.plan, flags), flags, io);
  return exitCodes.fine;
}

type InstallerOf = (release: Release) => Installer;

/** What was seen: a mesh to plan for, or a run that is not finished. */
type Seen =
  | {
      readonly view: View;
      readonly clusterUid: string;
      readonly finished: string | null;
      /** Null for a recorded cluster: there is no tool to ask. */
      readonly installer: (policy: Policy) => Promise<InstallerOf | null>;
    }
  | { readonly open: OpenRun };

interface OpenRun {
  readonly run: StoredRun;
  readonly plan: UpgradePlan;
}

async function read<T>(flags: PlanFlags, io: CliIo, action: (seen: Seen) => Promise<T>): Promise<T> {
  if (flags.snapshot !== undefined) {
    const { readSnapshot } = await import('../../inventory/read-snapshot.ts');
    const { facts } = await readSnapshot(flags.snapshot, io);
    const view = { facts, mesh: buildMesh(facts), seenAt: io.now() };
    return action({ view, clusterUid: '', finished: null, installer: () => Promise.resolve(null) });
  }
  const { api, context } = await openCluster(flags, io);
  try {
    const run = await unfinishedRun(api);
    if (run !== undefined) {
      const text = await readPlanText(api, run.place);
      return await action({ open: { run, plan: fromText(text, `run ${run.place.run}`) } });
    }
    const view = await readView(api, context, io);
    const installer = async (policy: Policy): Promise<InstallerOf> => {
      const deps = await installerDeps(policy, api, io);
      return ({ owner }) => installerFor(owner, deps);
    };
    return await action({ view, clusterUid: await clusterUid(api), finished: await finishedRun(api), installer });
  } finally {
    await api.close();
  }
}

/** An unfinished run is gone on with; a second plan beside it would not know what is half done. */
async function tellOpen({ run, plan: open }: OpenRun, flags: PlanFlags, io: CliIo): Promise<ExitCode> {
  const next = `Next: meshlift resume ${open.run}, or meshlift rollback ${open.run}`;
  await show(open, next, flags, io);
  io.stderr(unfinishedText(run, '; this is its plan.'));
  return exitCodes.waiting;
}

async function show(made: UpgradePlan, next: string, flags: PlanFlags, io: CliIo): Promise<void> {
  const text = toText(made);
  if (flags.out !== undefined) await writeText(flags.out, text, io);
  if (flags.output === 'json') io.stdout(`${JSON.stringify(made, null, 2)}\n`);
  else if (flags.output === 'yaml') io.stdout(text);
  else io.stdout(`${shown(made, next, io)}\n`);
}

function nextOf({ to }: UpgradePlan, { out, snapshot }: PlanFlags): string {
  if (snapshot !== undefined) {
    return 'This plan is for a recorded cluster. Plan against the cluster itself to apply it.';
  }
  return out === undefined
    ? `Next: write it to a file and apply it: meshlift plan --to ${to} --out plan.yaml, then meshlift apply plan.yaml`
    : `Next: meshlift apply ${out}`;
}

function shown(made: UpgradePlan, next: string, io: CliIo): string {
  const { width } = styleOf(io);
  const lines = planLines(made).flatMap((line) => wrapped(line, width));
  return [...lines, '', next].join('\n');
}

/** A line of prose; what follows a name in a column stays in that column. */
function wrapped(line: string, width: number): string[] {
  if (line.length <= width) return [line];
  const first = /^(?: *- | *\d+\. |[A-Z]\w* {2,}| *)/.exec(line)?.[0] ?? '';
  return wrap(line.slice(first.length), width, first, ' '.repeat(first.length + (first.trim() === '' ? 4 : 0)));
}
