/** A report as Markdown for a pull request: what matters open, what proves it folded. */
import type { RunReport } from './report.ts';
import type { Cell, Table } from './tables.ts';
import {
  factsTable,
  gapsTitle,
  gatesTable,
  integrityTable,
  leftOutTable,
  proxiesTable,
  remarksTable,
  stageTrafficTable,
  stagesTable,
  stepsTable,
  stopsTable,
  takeoversTable,
  totalTrafficTable,
  writesTable,
} from './tables.ts';
import { grouped, visible } from './words.ts';

/** Rows of one table, and characters of one cell; a pull request takes 65,536 characters. */
const maxRows = 100;
const maxCell = 120;

/** A report as GitHub-flavoured Markdown. Foreign text can't become a link, a mention or HTML. */
export function reportMarkdown(report: RunReport): string {
  const { outcome, traffic, notMeasured, from, to } = report;
  const parts = [
    `# Istio ${prose(from)} to ${prose(to)}: ${outcome.status === 'no word' ? 'no end recorded' : outcome.status}`,
    prose(outcome.sentence),
    `> ${prose(traffic.statement)}`,
    `## ${gapsTitle(notMeasured)}`,
    notMeasured
      .slice(0, maxRows)
      .map(({ text }) => `- ${prose(text)}`)
      .join('\n'),
    section(factsTable(report)),
    section(stagesTable(report)),
    section(totalTrafficTable(report)),
    section(stopsTable(report)),
    section(takeoversTable(report)),
    ...[gatesTable, stageTrafficTable, proxiesTable, stepsTable, writesTable, remarksTable, leftOutTable].map((make) =>
      folded(make(report)),
    ),
    section(integrityTable(report)),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function section(table: Table): string {
  return table.rows.length === 0 ? '' : `## ${table.title}\n\n${grid(table)}`;
}

function folded(table: Table): string {
  if (table.rows.length === 0) return '';
  const title = `${table.title} (${grouped(table.rows.length)})`;
  return `<details><summary>${title}</summary>\n\n${grid(table)}\n\n</details>`;
}

function grid({ head, rows }: Table): string {
  const kinds = rows[0]?.map(([, kind]) => kind) ?? [];
  const lines = [
    head,
    head.map((_, column) => (kinds[column] === 'number' ? '---:' : '---')),
    ...rows.slice(0, maxRows).map((row) => row.map(cell)),
  ].map((cells) => `| ${cells.join(' | ')} |`);
  const more = rows.length - maxRows;
  return [...lines, ...(more > 0 ? ['', `${grouped(more)} more rows are in the JSON report.`] : [])].join('\n');
}

function cell([whole, kind]: Cell): string {
  const characters = [...whole];
  const text = characters.length <= maxCell ? whole : `${characters.slice(0, maxCell - 1).join('')}…`;
  if (kind === 'name') return code(text);
  return kind === 'bad' ? `**${prose(text)}**` : prose(text);
}

/** Text that means only itself: no link, no mention, no reference to an issue, no HTML, no formatting. */
function prose(text: string): string {
  return visible(text)
    .replace(/[\\*_[\]~$]/g, (character) => `\\${character}`)
    .replace(/&/g, '&amp;')
    .replace(/#(?=\w)/g, '&#35;')
    .replace(/`/g, '&#96;')
    .replace(/\|/g, '&#124;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/@/g, '&#64;')
    .replace(/:\/\//g, '&#58;//')
    .replace(/www\./gi, (word) => `${word.slice(0, 3)}&#46;`);
}

/** A name as it stands in the cluster. In a code span only what ends it, or the table's cell, has a meaning. */
function code(text: string): string {
  const plain = visible(text).trim();
  if (plain === '') return '–';
  return /[`|]/.test(plain) ? prose(plain) : `\`${plain}\``;
}
