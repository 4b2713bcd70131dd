/** A report as one HTML file: nothing loaded from elsewhere, no script, all foreign text escaped, readable on paper. */
import { escapeText } from '../probe/plot.ts';
import { createAxis } from './axis.ts';
import { drawRequests, drawVersions } from './charts.ts';
import type { RunReport } from './report.ts';
import { style } from './style.ts';
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
import { drawTimeline } from './timeline.ts';
import { grouped, visible } from './words.ts';

/** Rows of one table; all are in the JSON report. */
const maxRows = 5000;

/** A report as a page. */
export function reportHtml(report: RunReport): string {
  const { outcome, traffic, from, to, run } = report;
  const heading = `Istio ${from} to ${to}: ${outcome.status === 'no word' ? 'no end recorded' : outcome.status}`;
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>${safe(`${heading} (${run})`)}</title><style>${style}</style></head><body><main>`,
    `<h1>${safe(heading)}</h1>`,
    `<p class="verdict ${colorOf(report)}">${safe(outcome.sentence)}</p>`,
    `<p>${safe(traffic.statement)}</p>`,
    gaps(report),
    section(factsTable(report)),
    pictures(report),
    trafficSection(report),
    ...[stagesTable, stopsTable, takeoversTable, proxiesTable, gatesTable].map((make) => section(make(report))),
    ...[leftOutTable, stepsTable, remarksTable, writesTable].map((make) => section(make(report))),
    section(integrityTable(report)),
    '<p class="small">The JSON form of this report holds the whole journal: <code>meshlift verify --report FILE</code> finds every change in it. The last hash above is that of the journal in the cluster.</p>',
    '</main></body></html>\n',
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function colorOf({ outcome: { status }, traffic: { total } }: RunReport): 'good' | 'bad' | 'open' {
  if (total.failed > 0 || status === 'halted') return 'bad';
  // Without traffic nobody knows whether requests were lost.
  return (status === 'finished' || status === 'completed') && total.sent > 0 ? 'good' : 'open';
}

function gaps({ notMeasured }: RunReport): string {
  const items = notMeasured.slice(0, maxRows).map(({ text }) => `<li>${safe(text)}</li>`);
  const list = items.length === 0 ? '' : `<ul>${items.join('')}</ul>`;
  return `<section class="gaps"><h2>${safe(gapsTitle(notMeasured))}</h2>${list}</section>`;
}

const key = [
  ['background:var(--bar)', 'step, done'],
  ['background:var(--bad)', 'step, failed'],
  ['border:1.5px solid var(--open)', 'step, its end is not recorded'],
  ['background:var(--open);opacity:.35', 'stood still (long ones are cut short)'],
].map(([look, words]) => `<span><i style="${look}"></i>${words}</span>`);

function pictures(report: RunReport): string {
  if (report.time === null) return '';
  const axis = createAxis(report.time, report.stops);
  const line = drawTimeline(report, axis);
  if (line === '') return '';
  const legend = `<p class="small key">${key.join('')}</p>`;
  const versions = drawVersions(report, axis);
  const note =
    versions === ''
      ? ''
      : '<p class="small">Measured at both ends; in between it follows from the finished renewals.</p>';
  return `<section><h2>Time line (UTC)</h2>${line}${legend}${versions}${note}</section>`;
}

function trafficSection(report: RunReport): string {
  const tables = [totalTrafficTable(report), stageTrafficTable(report)].filter(({ rows }) => rows.length > 0);
  if (tables.length === 0) return '';
  const note =
    '<p class="small">Gap and p99 of a stage are the worst since the measuring process began. Cut connections count as failed.</p>';
  return `<section><h2>Traffic</h2>${drawRequests(report)}${tables.map(grid).join('')}${note}</section>`;
}

function section(table: Table): string {
  if (table.rows.length === 0) return '';
  return `<section><h2>${safe(table.title)}</h2>${grid(table)}</section>`;
}

function grid({ title, head, rows }: Table): string {
  const header = head.map((words, column) => `<th scope="col"${alignment(rows[0]?.[column])}>${safe(words)}</th>`);
  const body = rows.slice(0, maxRows).map((row) => `<tr>${row.map(cell).join('')}</tr>`);
  const more = rows.length - maxRows;
  const rest = more > 0 ? `<p class="small">${grouped(more)} more rows are in the JSON report.</p>` : '';
  return `<div class="scroll"><table aria-label="${safe(title)}"><thead><tr>${header.join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div>${rest}`;
}

const alignment = (cellOf: Cell | undefined): string => (cellOf?.[1] === 'number' ? ' class="number"' : '');

/** Up to here a name is not broken. */
const maxWhole = 22;

function cell([words, kind]: Cell, column: number): string {
  const look = kind === 'name' && words.length <= maxWhole ? 'name whole' : kind;
  const named = look === 'text' ? '' : ` class="${look}"`;
  return column === 0 ? `<th scope="row"${named}>${safe(words)}</th>` : `<td${named}>${safe(words)}</td>`;
}

function safe(words: string): string {
  return escapeText(visible(words));
}
