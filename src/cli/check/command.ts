/** `meshlift check`: read, check, print. */
import type { CheckReport } from '../../checks/report.ts';
import { ignoresOfPolicy, impliedBy } from '../../checks/policy-ignores.ts';
import { runChecks } from '../../checks/runner.ts';
import { checkOf, knownIgnores, selectChecks, type Ignore } from '../../checks/selection.ts';
import { families } from '../../checks/table.ts';
import { viewOf } from '../../checks/view.ts';
import { InvalidInput } from '../../errors.ts';
import { parseVersion } from '../../knowledge/versions.ts';
import { loadPolicy } from '../policy.ts';
import { exitCodes, type ExitCode } from '../exit-code.ts';
import type { CliIo } from '../io.ts';
import { loadKnowledge } from '../knowledge/load.ts';
import { openSource } from '../source.ts';
import { styleOf } from '../text.ts';
import { toolVersion } from '../version.ts';
import { explanation, listing } from './explain.ts';
import { formatter } from './format.ts';
import type { CheckFlags } from './options.ts';

/** Runs the command; the answer is the exit code. Throws InvalidInput and what reading throws. */
export async function check(flags: CheckFlags, io: CliIo): Promise<ExitCode> {
  if (flags.explain !== undefined || flags.list === true) return tell(flags, io);
  const selection = { families: flags.family ?? [], ids: flags.id ?? [] };
  const policy = await loadPolicy(flags.file, io);
  const ignores = [...ignoresOf(flags), ...ignoresOfPolicy(policy)];
  // Before anything is read: a typing error should not cost a minute.
  selectChecks(families, selection);
  knownIgnores(families, ignores);
  mustBeVersion(flags.to);
  const knowledge = await loadKnowledge(flags.knowledge, io);
  const format = await formatter(flags);
  const source = await openSource(flags, io);
  try {
    const { facts, damaged } = await source.read();
    const takenAt = new Date(io.now()).toISOString();
    const request = flags.to === undefined ? null : { to: flags.to, strategy: flags.strategy };
    const { view, target } = viewOf(facts, knowledge, takenAt.slice(0, 10), request);
    const report = runChecks({
      ...{
        table: families,
        view,
        target,
        selection,
        ignores,
        implied: impliedBy(policy, view),
        takenAt,
        toolVersion: toolVersion(),
      },
    });
    io.stdout(format(report, io));
    if (damaged !== null) io.stderr(`meshlift: ${damaged}.\n  What could be read was checked.\n`);
    if (target?.outcome === 'unknown') io.stderr(`meshlift: ${target.why}.\n  ${target.remedy}\n`);
    return codeOf(report, damaged);
  } finally {
    await source.close();
  }
}

function tell({ explain, output, family = [], id = [] }: CheckFlags, io: CliIo): ExitCode {
  const style = styleOf(io);
  if (output !== 'table' && output !== 'json') {
    const remedy = 'Leave out -o, or use -o json.';
    throw new InvalidInput(`-o ${output} is for results.`, { object: '-o', remedy });
  }
  const asked = selectChecks(families, { families: family, ids: id });
  io.stdout(
    explain === undefined ? listing(asked, output, style) : explanation(checkOf(families, explain), output, style),
  );
  return exitCodes.fine;
}

function mustBeVersion(to: string | undefined): void {
  if (to === undefined || parseVersion(to) !== null) return;
  throw new InvalidInput(`"${to}" is no version of Istio.`, {
    object: '--to',
    remedy: 'Write it like 1.30.5 or 1.30.',
  });
}

function ignoresOf({ ignore = [], reason = [] }: CheckFlags): readonly Ignore[] {
  if (ignore.length === 0 && reason.length === 0) return [];
  if (ignore.length === 0 || (reason.length !== 1 && reason.length !== ignore.length)) {
    throw new InvalidInput(
      `--ignore is given ${String(ignore.length)} times and --reason ${String(reason.length)} times.`,
      {
        object: '--ignore',
        remedy: 'Give one --reason for all, or one for each --ignore in the same order.',
      },
    );
  }
  return ignore.map((text, index) => {
    const [id = '', ...object] = text.split('=');
    return { id, object: object.join('='), reason: reason[index] ?? reason[0] ?? '' };
  });
}

// A finding that blocks is certain, whatever else could not be seen.
function codeOf({ counts, target }: CheckReport, damaged: string | null): ExitCode {
  if (counts.blocks > 0) return exitCodes.blocked;
  if (damaged !== null) return exitCodes.usage;
  const blind = counts.skipped > 0 || counts.unseen > 0 || target?.known === false;
  return blind ? exitCodes.unseen : exitCodes.fine;
}
