/** The short table that a terminal shows at the end of a run. */
import type { RunReport, StageReport } from './report.ts';
import { duration, grouped, milliseconds, plural, visible } from './words.ts';

/** Gaps that are named; more are counted. */
const maxGaps = 5;

/** Lines for a terminal, without colours. */
export function reportText(report: RunReport): string {
  const lines = [
    report.outcome.sentence,
    '',
    ...columns([
      ['STAGE', 'RESULT', 'TIME', 'STEPS', 'RETRIES', 'REQUESTS', 'FAILED', 'GAP'],
      ...report.stages.map((stage) => row(report, stage)),
    ]),
    '',
    report.traffic.statement,
    ...stops(report),
    ...gaps(report),
  ];
  return `${lines.map(visible).join('\n')}\n`;
}

function row({ traffic }: RunReport, { phase, stage, outcome, seconds, steps }: StageReport): readonly string[] {
  const counted = traffic.stages.filter((one) => one.phase === phase && one.stage === stage);
  const sum = (pick: (one: (typeof counted)[number]) => number): number =>
    counted.reduce((total, one) => total + pick(one), 0);
  const done = steps.filter((step) => step.outcome === 'done' || step.outcome === 'skipped').length;
  const requests =
    counted.length === 0
      ? ['–', '–', '–']
      : [
          grouped(sum(({ sent }) => sent)),
          grouped(sum(({ failed }) => failed)),
          milliseconds(Math.max(...counted.map(({ longestGapMs }) => longestGapMs))),
        ];
  const retries = steps.reduce((total, step) => total + step.retries, 0);
  return [stage, outcome, duration(seconds), `${done}/${steps.length}`, grouped(retries), ...requests];
}

function stops(report: RunReport): string[] {
  const all = report.stops.filter(({ what }) => what !== 'finished');
  if (all.length === 0) return [];
  return [
    '',
    'Interruptions:',
    ...all.map(({ what, seconds, why }) => `  ${what}, ${duration(seconds)}: ${why || 'no reason given'}`),
  ];
}

function gaps({ notMeasured }: RunReport): string[] {
  if (notMeasured.length === 0) return [];
  const more = notMeasured.length - maxGaps;
  return [
    '',
    'Not measured:',
    ...notMeasured.slice(0, maxGaps).map(({ text }) => `  ${text}`),
    ...(more > 0 ? [`  and ${plural(more, 'more gap')}: see the report`] : []),
  ];
}

/** Columns as wide as their widest cell, the first two left, the others right. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const cells = rows.map((row) => row.map(visible));
  const widths = (rows[0] ?? []).map((_, index) => Math.max(...cells.map((row) => row[index]?.length ?? 0)));
  return cells.map((row) =>
    row
      .map((cell, index) => (index < 2 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
