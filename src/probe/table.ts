import type { HeldReport } from './held.ts';
import type { FailureTally } from './recorder.ts';
import type { ProbeOutcome, ProbeReport, TargetReport } from './report.ts';
import type { ProbeProgress } from './spec.ts';

const headings: Readonly<Record<ProbeOutcome, string>> = {
  pass: 'PASS',
  fail: 'FAIL',
  'schedule-not-kept': 'NOT BELIEVABLE',
  'nothing-measured': 'NOTHING MEASURED',
};

/** The verdict in one line, for a person. */
export function verdictLine(report: ProbeReport): string {
  const { verdict } = report;
  const bound = verdict.failureRateBelow;
  const proven = bound === undefined ? [] : [`Failure rate below ${formatShare(bound)} with 95 % confidence.`];
  return [`${headings[verdict.outcome]}:`, ...verdict.reasons, ...proven].join(' ');
}

/** The report as a table for a terminal. */
export function reportTable(report: ProbeReport): string {
  const header = ['TARGET', 'PROTOCOL', 'DUE', 'OK', 'FAILED', 'P50', 'P99', 'P99.9', 'MAX', 'GAP'];
  const rows = report.targets.map(row);
  const details = report.targets.flatMap((target) => targetLines(target));
  const { sender } = report;
  const kept = `Sender: ${formatShare(sender.onScheduleShare)} within 20 ms of schedule, worst ${formatMs(sender.maxLateMs)}.`;
  const early = report.stoppedEarly ? [`Stopped after ${formatMs(report.durationMs)}.`] : [];
  return `${[...columns([header, ...rows]), ...details, '', kept, ...early, verdictLine(report)].join('\n')}\n`;
}

/** One line about a running probe. */
export function progressLine(progress: ProbeProgress): string {
  const late = progress.senderLate > 0 ? `  sender late ${progress.senderLate}` : '';
  return (
    `${(progress.elapsedMs / 1000).toFixed(0)} s  ${progress.answersPerSecond.toFixed(0)} answers/s  ` +
    `failed ${progress.failed}  p99 ${formatMs(progress.p99Ms)}${late}`
  );
}

/** Milliseconds with three digits, as seconds from 1,000 on: "0.42 ms", "12.3 ms", "2.01 s". */
export function formatMs(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(ms >= 100_000 ? 0 : 2)} s`;
  return `${ms.toFixed(ms >= 100 ? 0 : ms >= 10 ? 1 : 2)} ms`;
}

/** A share of 1 in percent; never rounded up to 100 % and never down to 0 %. */
export function formatShare(share: number): string {
  const percent = share * 100;
  const text = percent >= 0.01 ? percent.toFixed(2) : percent.toPrecision(2);
  return share < 1 && text === '100.00' ? '>99.99 %' : `${text} %`;
}

/** Failures as "3x status 503 UF (upstream connect error…)". */
export function failureLine(item: FailureTally): string {
  const reused = item.onReusedConnection > 0 ? `, ${item.onReusedConnection} on a reused connection` : '';
  return `${item.count}x ${item.name} from ${formatMs(item.firstAtMs)} to ${formatMs(item.lastAtMs)}${reused}: ${item.example}`;
}

/** How often requests were sent again, for a person. */
export function resentLine(resent: number): string {
  return `${resent} sent again: GOAWAY told that no server had processed them`;
}

/** The ends of held connections by how, most frequent first: "3x goaway, 1x rst". */
export function heldLine(held: HeldReport): string {
  const counts = new Map<string, number>();
  for (const end of held.ends) counts.set(end.how, (counts.get(end.how) ?? 0) + 1);
  const kinds = [...counts].sort((left, right) => right[1] - left[1]).map(([how, count]) => `${count}x ${how}`);
  const ends = kinds.length === 0 ? 'none ended' : kinds.join(', ');
  return `held connections: ${held.open} of ${held.wanted} open, ${held.graceful} ended gracefully, ${held.abrupt} abruptly (${ends})`;
}

function row(target: TargetReport): string[] {
  const { latency } = target;
  const counts = [target.sender.scheduled, target.ok, target.failed].map(String);
  const times = [latency.p50Ms, latency.p99Ms, latency.p999Ms, latency.maxMs, target.gaps.longest.ms].map(formatMs);
  return [target.target, `${target.protocol}${target.tls ? '+tls' : ''}`, ...counts, ...times];
}

function targetLines(target: TargetReport): string[] {
  const lines = [
    ...(target.neverAnswered ? ['target never answered'] : []),
    ...target.failures.map(failureLine),
    ...(target.resent > 0 ? [resentLine(target.resent)] : []),
    ...(target.unfinished > 0 ? [`${target.unfinished} unfinished when the probe was stopped`] : []),
    ...(target.held ? [heldLine(target.held)] : []),
  ];
  return lines.length === 0 ? [] : ['', target.target, ...lines.map((line) => `  ${printable(line)}`)];
}

/** What a server sent must not steer the terminal. */
function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const width = (index: number): number => Math.max(...rows.map((cells) => cells[index]?.length ?? 0));
  const widths = (rows[0] ?? []).map((_, index) => width(index));
  return rows.map((cells) =>
    cells
      .map((cell, index) => (index < 2 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
