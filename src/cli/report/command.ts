/** `meshlift report` and `meshlift verify`. */
import { InvalidInput } from '../../errors.ts';
import { readJournal } from '../../journal/journal.ts';
import { verifyPlan, type Verification } from '../../planner/verify.ts';
import { buildReport } from '../../report/build.ts';
import { reportHtml } from '../../report/html.ts';
import { reportMarkdown } from '../../report/markdown.ts';
import type { RunReport } from '../../report/report.ts';
import { reportText } from '../../report/text.ts';
import { verifyReport } from '../../report/verify-chain.ts';
import { stepKindOf } from '../../steps/kinds.ts';
import { openCluster, type Cluster } from '../cluster.ts';
import { exitCodes, type ExitCode } from '../exit-code.ts';
import type { ClusterFlags } from '../flags.ts';
import type { CliIo } from '../io.ts';
import { chooseRun } from '../run/choose.ts';
import { writeText } from '../run/files.ts';
import { readView } from '../run/world.ts';
import { toolVersion } from '../version.ts';
import type { ReportFlags, VerifyFlags } from './options.ts';

/** Runs `meshlift report`. @throws NotFound (no such run), InvalidInput (a journal that was changed, a file that can't be written) */
export async function report(name: string | undefined, flags: ReportFlags, io: CliIo): Promise<ExitCode> {
  const made = await withCluster(flags, io, async ({ api }) => {
    const { run, plan } = await chooseRun(api, name);
    const entries = await readJournal(api, run.place);
    const createdAt = new Date(io.now()).toISOString();
    return buildReport({ plan, entries, state: run.state, createdAt, tool: `meshlift ${toolVersion()}` });
  });
  await write(flags.out, `${JSON.stringify(made)}\n`, io);
  await write(flags.html, reportHtml(made), io);
  await write(flags.markdown, reportMarkdown(made), io);
  io.stdout(shown(made, flags.output));
  return exitCodes.fine;
}

function shown(made: RunReport, output: ReportFlags['output']): string {
  if (output === 'json') return `${JSON.stringify(made, null, 2)}\n`;
  return output === 'markdown' ? reportMarkdown(made) : reportText(made);
}

async function write(path: string | undefined, text: string, io: CliIo): Promise<void> {
  if (path !== undefined) await writeText(path, text, io);
}

/** Runs `meshlift verify`. @throws as report; InvalidInput for a run and a report at once */
export async function verify(name: string | undefined, flags: VerifyFlags, io: CliIo): Promise<ExitCode> {
  if (flags.report !== undefined && name !== undefined) {
    throw new InvalidInput(`run ${name} and --report ${flags.report}: one of both can be verified at a time.`, {
      object: `run ${name}`,
      remedy: `Leave out ${name} to check the file, or --report to look at the cluster.`,
    });
  }
  if (flags.report !== undefined) return verifyFile(flags.report, flags, io);
  const { run, found } = await withCluster(flags, io, async ({ api, context }) => {
    const { run: stored, plan } = await chooseRun(api, name);
    const view = await readView(api, context, io);
    const kinds = {
      describe: (spec: Spec) => stepKindOf(spec).describe(spec),
      writes: (spec: Spec) => stepKindOf(spec).writes(spec),
      undo: (spec: Spec) => stepKindOf(spec).undo(spec),
      verify: (seen: typeof view, spec: Spec) => stepKindOf(spec).verify(seen, spec),
    };
    return { run: stored, found: verifyPlan(plan, stored.state.phase, view, kinds) };
  });
  const where = run.state.phase === 'back' ? 'before the upgrade' : 'the plan wanted it';
  io.stdout(
    flags.output === 'json'
      ? `${JSON.stringify({ run: run.place.run, ...found }, null, 2)}\n`
      : text(found, run.place.run, where),
  );
  if (found.notSo.length === 0) return exitCodes.fine;
  return found.notSo.every(({ state }) => state === 'unknown') ? exitCodes.unseen : exitCodes.failed;
}

type Spec = Parameters<typeof stepKindOf>[0];

function text({ steps, notSo }: Verification, run: string, where: string): string {
  if (notSo.length === 0) return `Run ${run}: everything is where ${where} (${steps} steps verified).\n`;
  const lines = notSo.map(({ title, state, why }) => `  - ${title}: ${state === 'unknown' ? 'not seen: ' : ''}${why}`);
  return `Run ${run}: ${notSo.length} of ${steps} steps do not hold:\n${lines.join('\n')}\n`;
}

async function verifyFile(path: string, flags: VerifyFlags, io: CliIo): Promise<ExitCode> {
  const problems = verifyReport(await parsed(path, io));
  if (flags.output === 'json') io.stdout(`${JSON.stringify({ file: path, problems }, null, 2)}\n`);
  else if (problems.length === 0) io.stdout(`${path}: nothing was changed since it was made.\n`);
  else io.stdout(`${path} is not what was written:\n${problems.map((problem) => `  - ${problem.text}`).join('\n')}\n`);
  return problems.length === 0 ? exitCodes.fine : exitCodes.failed;
}

async function parsed(path: string, io: CliIo): Promise<unknown> {
  const object = `file ${path}`;
  try {
    return JSON.parse(Buffer.from(await io.readFile(path)).toString()) as unknown;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidInput(`file ${path} can't be read: ${why}.`, {
      object,
      remedy: 'Give a file that "meshlift report --out" has written.',
      cause,
    });
  }
}

async function withCluster<T>(flags: ClusterFlags, io: CliIo, action: (cluster: Cluster) => Promise<T>): Promise<T> {
  const cluster = await openCluster(flags, io);
  try {
    return await action(cluster);
  } finally {
    await cluster.api.close();
  }
}
