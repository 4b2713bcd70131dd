/**
 * Compares the pages in docs/ with the program: for every command `docs/COMMAND.md` must hold, after the line
 * `<!-- help: COMMAND -->`, a fenced text block with the very words of its --help. With --write it puts them there.
 * Exit code 1 when a page differs.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { createProgram } from '../src/cli/main.ts';
import { processIo } from '../src/cli/process-io.ts';

interface Help {
  /** For example 'snapshot save'. */
  readonly command: string;
  readonly text: string;
}

function helps(command: Command, path: readonly string[]): Help[] {
  const own =
    path.length > 0 && command.commands.length === 0
      ? [{ command: path.join(' '), text: command.helpInformation() }]
      : [];
  return [...own, ...command.commands.flatMap((child) => helps(child, [...path, child.name()]))];
}

/** The page with the block of one command replaced; null when it has no place for it. */
function withHelp(page: string, { command, text }: Help): string | null {
  const start = `<!-- help: ${command} -->\n\`\`\`text\n`;
  const at = page.indexOf(start);
  const end = page.indexOf('\n```', at + start.length - 1);
  if (at < 0 || end < 0) return null;
  return `${page.slice(0, at + start.length)}${text.trimEnd()}${page.slice(end)}`;
}

function check(help: Help, write: boolean): string | null {
  const file = `docs/${help.command.split(' ')[0] ?? ''}.md`;
  if (!existsSync(file)) return `${file} is missing: every command has a page`;
  const page = readFileSync(file, 'utf8');
  const wanted = withHelp(page, help);
  if (wanted === null) return `${file} has no block "<!-- help: ${help.command} -->" followed by \`\`\`text`;
  if (wanted === page) return null;
  if (!write) return `${file}: the help of "${help.command}" differs; run "npx tsx tools/docs-check.ts --write"`;
  writeFileSync(file, wanted);
  console.log(`${file}: help of "${help.command}" written`);
  return null;
}

const write = process.argv.includes('--write');
const program = createProgram(processIo(process), () => undefined);
const problems = helps(program, [])
  .map((help) => check(help, write))
  .filter((problem) => problem !== null);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
