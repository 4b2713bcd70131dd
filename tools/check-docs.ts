/**
 * Compares docs/checks/ with the table of checks: a page for each, and an index. With --write it writes them and removes pages of
 * checks that are gone. Exit code 1 when something differs.
 */
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import type { Check, Family } from '../src/checks/check.ts';
import { families } from '../src/checks/table.ts';

const directory = 'docs/checks';
const notice = '<!-- Made by "npx tsx tools/check-docs.ts --write" from src/checks: do not edit. -->';

function page(family: Family, check: Check): string {
  const part = (title: string, text: string): string => `## ${title}\n\n${text}\n`;
  const severities = check.severities.map((severity) => meanings[severity]);
  return [
    `${notice}\n\n# ${check.id}: ${check.title}\n`,
    `Family: ${family.title} (\`${family.name}\`). ${severities.join(' ')}\n`,
    part('What it looks at', check.looksAt),
    part('Why', check.why),
    part('What to do', check.remedy),
    part('What it needs', needsOf(check)),
    part('Source', `${check.source}\n\nOne check alone: \`meshlift check --id ${check.id}\``),
  ].join('\n');
}

const meanings = {
  blocks: 'It can **block** an upgrade.',
  warns: 'It can **warn**.',
  informs: 'It can **inform**.',
} as const;

function needsOf({ needs }: Check): string {
  const lists = needs.filter((need) => need !== 'target');
  const target = needs.includes('target') ? 'A target (`--to VERSION`). ' : '';
  if (lists.length === 0) return `${target}Nothing else.`;
  return `${target}These must have been read, or it is skipped and the report says so: ${lists.map((need) => `\`${need}\``).join(', ')}.`;
}

function index(): string {
  const rows = (family: Family): string =>
    family.checks
      .map(({ id, severities, title }) => `| [${id}](${id}.md) | ${severities.join(', ')} | ${title} |`)
      .join('\n');
  const sections = families
    .filter(({ checks }) => checks.length > 0)
    .map(
      (family) =>
        `## ${family.title} (\`${family.name}\`)\n\n| id | severity | what should be |\n|---|---|---|\n${rows(family)}\n`,
    );
  const count = families.reduce((sum, { checks }) => sum + checks.length, 0);
  return `${notice}\n\n# Checks\n\n${String(count)} checks; how they are run: [meshlift check](../check.md).\n\n${sections.join('\n')}`;
}

function wantedFiles(): ReadonlyMap<string, string> {
  const pages = families.flatMap((family) =>
    family.checks.map((check) => [`${check.id}.md`, page(family, check)] as const),
  );
  return new Map([['README.md', index()], ...pages]);
}

function read(name: string): string | null {
  try {
    return readFileSync(`${directory}/${name}`, 'utf8');
  } catch {
    return null;
  }
}

const write = process.argv.includes('--write');
const wanted = wantedFiles();
mkdirSync(directory, { recursive: true });
const stale = readdirSync(directory).filter((name) => !wanted.has(name));
const different = [...wanted].filter(([name, text]) => read(name) !== text);
if (write) {
  for (const name of stale) rmSync(`${directory}/${name}`);
  for (const [name, text] of different) writeFileSync(`${directory}/${name}`, text);
  console.log(`${directory}: ${String(different.length)} written, ${String(stale.length)} removed`);
} else {
  for (const name of stale) console.error(`${directory}/${name}: no check of that id`);
  for (const [name] of different)
    console.error(`${directory}/${name} differs; run "npx tsx tools/check-docs.ts --write"`);
  process.exitCode = stale.length + different.length === 0 ? 0 : 1;
}
