/** `meshlift plan`: read, plan, print, write. */
import { buildMesh } from '../../mesh/build.ts';
import { listRuns, readPlanText } from '../../journal/runs.ts';
import { planLines } from '../../planner/text.ts';
import { fromText, toText } from '../../planner/document.ts';
import type { UpgradePlan } from '../../planner/plan.ts';
import type { View } from '../../steps/step.ts';
import { openCluster } from '../cluster.ts';
import { exitCodes, type ExitCode } from '../exit-code.ts';
import type { CliIo } from '../io.ts';
import { loadKnowledge } from '../knowledge/load.ts';
import { loadPolicy } from '../policy.ts';
import { clusterUid } from '../run/identity.ts';
import { readView } from '../run/world.ts';
import { styleOf, wrap } from '../text.ts';
import { findingsText } from './findings.ts';
import { makePlan } from './make.ts';
import type { PlanFlags } from './options.ts';

/** Runs the command; the answer is the exit code. Throws InvalidInput, Blocked and what reading throws. */
export async function plan(flags: PlanFlags, io: CliIo): Promise<ExitCode> {
  const policy = await loadPolicy(flags.file, io);
  const knowledge = await loadKnowledge(flags.knowledge, io);
  const { view, uid, open } = await read(flags, io);
  if (open !== null) return tellOpen(open, flags, io);
  const request = {
    view,
    to: flags.to,
    revision: flags.revision ?? null,
    policy,
    knowledge,
    clusterUid: uid,
    now: io.now(),
  };
  const made = makePlan(request);
  if ('nothing' in made) {
    io.stdout(
      flags.output === 'table' ? `Nothing to do: ${made.nothing}\n` : `${JSON.stringify({ nothing: made.nothing })}\n`,
    );
    return exitCodes.fine;
  }
  if ('refused' in made) {
    io.stderr(`meshlift: ${made.refused}\n  ${made.remedy}\n`);
    if (made.findings.length > 0) io.stdout(findingsText(made.findings, styleOf(io).width));
    return made.code;
  }
  await show(made.plan, flags, io);
  return exitCodes.fine;
}

interface ReadResult {
  readonly view: View;
  readonly uid: string;
  /** The unfinished run, with its plan. */
  readonly open: { readonly plan: UpgradePlan; readonly why: string } | null;
}

async function read(flags: PlanFlags, io: CliIo): Promise<ReadResult> {
  if (flags.snapshot !== undefined) {
    const { readSnapshot } = await import('../../inventory/read-snapshot.ts');
    const { facts } = await readSnapshot(flags.snapshot, io);
    return { view: { facts, mesh: buildMesh(facts), seenAt: io.now() }, uid: '', open: null };
  }
  const { api, context } = await openCluster(flags, io);
  try {
    const [run] = (await listRuns(api)).filter(({ state }) => ['running', 'paused', 'halted'].includes(state.status));
    const view = await readView(api, context, io);
    const uid = await clusterUid(api);
    if (run === undefined) return { view, uid, open: null };
    const text = await readPlanText(api, run.place);
    return {
      view,
      uid,
      open: {
        plan: fromText(text, `run ${run.place.run}`),
        why: `${run.state.status}${run.state.why === '' ? '' : `: ${run.state.why}`}`,
      },
    };
  } finally {
    await api.close();
  }
}

/** An unfinished run is gone on with; a second plan beside it would not know what is half done. */
async function tellOpen(
  { plan: open, why }: NonNullable<ReadResult['open']>,
  flags: PlanFlags,
  io: CliIo,
): Promise<ExitCode> {
  await show(open, flags, io);
  io.stderr(
    `Run ${open.run} is not finished (${why}); this is its plan.\n` +
      `  Go on with it: meshlift resume ${open.run}. Or go back: meshlift rollback ${open.run}.\n`,
  );
  return exitCodes.waiting;
}

async function show(made: UpgradePlan, flags: PlanFlags, io: CliIo): Promise<void> {
  const text = toText(made);
  if (flags.out !== undefined) {
    const file = await io.openWrite(flags.out);
    await file.write(Buffer.from(text)).finally(() => file.close());
  }
  if (flags.output === 'json') io.stdout(`${JSON.stringify(made, null, 2)}\n`);
  else if (flags.output === 'yaml') io.stdout(text);
  else io.stdout(`${shown(made, flags, io)}\n`);
}

function shown(made: UpgradePlan, { out, snapshot }: PlanFlags, io: CliIo): string {
  const { width } = styleOf(io);
  const lines = planLines(made).flatMap((line) => wrapped(line, width));
  const next =
    snapshot !== undefined
      ? 'This plan is for a recorded cluster. Plan against the cluster itself to apply it.'
      : out === undefined
        ? `Next: write it to a file and apply it: meshlift plan --to ${made.to} --out plan.yaml, then meshlift apply plan.yaml`
        : `Next: meshlift apply ${out}`;
  return [...lines, '', next].join('\n');
}

function wrapped(line: string, width: number): string[] {
  if (line.length <= width) return [line];
  const indent = /^ */.exec(line)?.[0] ?? '';
  return wrap(line, width, indent, `${indent}    `);
}
