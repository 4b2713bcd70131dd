/** `meshlift knowledge`: load, choose, print. */
import { InvalidInput } from '../../errors.ts';
import type { Knowledge } from '../../knowledge/model.ts';
import { minorOf, parseVersion } from '../../knowledge/versions.ts';
import { exitCodes, type ExitCode } from '../exit-code.ts';
import type { CliIo } from '../io.ts';
import { styleOf } from '../text.ts';
import { toolVersion } from '../version.ts';
import { loadKnowledge } from './load.ts';
import type { KnowledgeFlags, Section } from './options.ts';
import { renderKnowledge } from './render.ts';
import { knowledgeReport, type KnowledgeReport, type Move } from './report.ts';

/** Runs the command; the answer is the exit code: 6 for a version, or flags of one, that nothing is known of. Throws InvalidInput. */
export async function knowledge(section: Section | null, flags: KnowledgeFlags, io: CliIo): Promise<ExitCode> {
  const known = await loadKnowledge(flags.knowledge, io);
  const move = moveOf(flags, known);
  if (move !== null && 'unknown' in move) return tellUnknown(move.unknown, io);
  const today = new Date(io.now()).toISOString().slice(0, 10);
  const report = knowledgeReport({ knowledge: known, section, move, today, toolVersion: toolVersion() });
  if (section === 'flags' && move !== null && report.flagChanges === null) {
    return tellUnknown(`the flags of Istio ${move.from} or ${move.to}`, io);
  }
  io.stdout(await text(report, section, flags, io));
  return exitCodes.fine;
}

function tellUnknown(what: string, io: CliIo): ExitCode {
  io.stderr(`meshlift: nothing is known of ${what}.\n  Add it with --knowledge FILE, or use a newer meshlift.\n`);
  return exitCodes.unseen;
}

function moveOf({ from, to }: KnowledgeFlags, known: Knowledge): Move | { readonly unknown: string } | null {
  if (from === undefined && to === undefined) return null;
  if (from === undefined) {
    const remedy = 'Add --from with the version that runs.';
    throw new InvalidInput('--to says where a move ends, and nothing says where it begins.', {
      object: '--to',
      remedy,
    });
  }
  const sides = { from: full(from, '--from', known), to: full(to ?? newest(known), '--to', known) };
  const { from: first, to: last } = sides;
  if (first === null) return { unknown: `Istio ${from}` };
  return last === null ? { unknown: `Istio ${to ?? newest(known)}` } : { from: first, to: last };
}

function newest({ releases }: Knowledge): string {
  return releases.at(-1)?.latest.value ?? '';
}

/** The version with its patch: of a minor alone the newest known. Null when the minor is not known. */
function full(version: string, flag: string, { releases }: Knowledge): string | null {
  const parsed = parseVersion(version);
  if (parsed === null) {
    const remedy = 'Write it like 1.30.5 or 1.30.';
    throw new InvalidInput(`"${version}" is no version of Istio.`, { object: flag, remedy });
  }
  const release = releases.find(({ minor }) => minor === minorOf(version));
  if (release === undefined) return null;
  return parsed.patch === null ? release.latest.value : version.replace(/^v/, '');
}

async function text(
  report: KnowledgeReport,
  section: Section | null,
  { output }: KnowledgeFlags,
  io: CliIo,
): Promise<string> {
  switch (output) {
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`;
    case 'yaml': {
      const { stringify } = await import('yaml');
      return stringify(report, { aliasDuplicateObjects: false, lineWidth: 0 });
    }
    case 'table':
      return renderKnowledge(report, section, styleOf(io));
  }
}
