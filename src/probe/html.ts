import type { HeldReport } from './held.ts';
import type { HistogramBucket } from './histogram.ts';
import { drawPlot, escapeText, roundTicks } from './plot.ts';
import type { Plot } from './plot.ts';
import type { ProbeReport, TargetReport } from './report.ts';
import { formatMs, formatShare, heldLine, resentLine, verdictLine } from './table.ts';

const MAX_COLUMNS = 600;
const MAX_ROWS = 200;

const style = `
body{font:14px/1.4 system-ui,sans-serif;color:#1a1a1a;background:#fff;max-width:800px;margin:2em auto;padding:0 1em}
h1{font-size:1.4em}h2{font-size:1.1em;margin-top:2em;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;margin:.8em 0}th,td{text-align:right;padding:.25em .5em;border-bottom:1px solid #ccc;vertical-align:top}
th:first-child,td:first-child,td.text{text-align:left;overflow-wrap:anywhere}
svg{width:100%;height:auto;margin:.4em 0}.grid{stroke:#ddd;stroke-width:1}
.label{font:11px system-ui,sans-serif;fill:#444}.title{font:bold 12px system-ui,sans-serif;fill:#1a1a1a}
.verdict{padding:.6em .8em;border:2px solid #555;border-left-width:10px}.pass{border-color:#1a7f37}.fail{border-color:#b42318}
@media print{body{margin:0;max-width:none;font-size:11px}section{break-inside:avoid}}`;

/** The report as one HTML page: no script, nothing loaded from elsewhere, all foreign text escaped, readable on paper. */
export function reportHtml(report: ProbeReport): string {
  const { verdict, sender } = report;
  const kept = `Sender: ${formatShare(sender.onScheduleShare)} sent within 20 ms of schedule, ${sender.senderLate} late, worst delay ${formatMs(sender.maxLateMs)}.`;
  const early = report.stoppedEarly ? ' Stopped early.' : '';
  const header = ['Target', 'Due', 'OK', 'Failed', 'p50', 'p90', 'p99', 'p99.9', 'Max', 'Longest gap'];
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>Probe report</title><style>${style}</style></head><body>`,
    `<h1>Probe report</h1><p class="verdict ${verdict.outcome}">${escapeText(verdictLine(report))}</p>`,
    `<p>${escapeText(`Started ${report.startedAt}, ${formatMs(report.durationMs)}, ${report.settings.ratePerSecond} requests a second to each target.${early}`)}<br>${escapeText(kept)}</p>`,
    table(header, report.targets.map(summaryRow)),
    ...report.targets.map(section),
    '</body></html>\n',
  ].join('\n');
}

function summaryRow(target: TargetReport): string[] {
  const { latency } = target;
  const times = [latency.p50Ms, latency.p90Ms, latency.p99Ms, latency.p999Ms, latency.maxMs, target.gaps.longest.ms];
  return [target.target, ...[target.sender.scheduled, target.ok, target.failed].map(String), ...times.map(formatMs)];
}

function section(target: TargetReport): string {
  const addresses = target.addresses.length === 0 ? 'no address' : target.addresses.join(', ');
  return [
    `<section><h2>${escapeText(target.target)}</h2>`,
    `<p>${escapeText(`${target.protocol}${target.tls ? ' over TLS' : ''}, ${addresses}`)}</p>`,
    target.neverAnswered ? '<p><strong>Target never answered.</strong></p>' : '',
    drawPlot(ratePlot(target)),
    drawPlot(latencyPlot(target)),
    drawPlot(distributionPlot(target)),
    failureTable(target),
    target.resent > 0 ? `<p>${escapeText(resentLine(target.resent))}.</p>` : '',
    gapTable(target),
    target.held ? heldTable(target.held) : '',
    '</section>',
  ].join('\n');
}

/** Counts per bin, bins put together so that at most 600 columns remain; in requests a second. */
function ratePlot(target: TargetReport): Plot {
  const { bins } = target;
  const count = bins.intended.length;
  const group = Math.max(1, Math.ceil(count / MAX_COLUMNS));
  const seconds = (group * bins.widthMs) / 1000;
  const rates = (values: readonly number[]): [number, number][] =>
    Array.from({ length: Math.ceil(values.length / group) }, (_, column) => {
      const sum = values.slice(column * group, (column + 1) * group).reduce((total, value) => total + value, 0);
      return [column * seconds, sum / seconds];
    });
  const xMax = (count * bins.widthMs) / 1000;
  return {
    title: `Rate, per ${Math.round(seconds * 1000)} ms`,
    xLabel: 'seconds since start',
    yLabel: '1/s',
    xMax,
    xTicks: roundTicks(xMax, String),
    series: [
      { label: 'failed', points: rates(bins.failed), shape: 'bars', color: '#b42318' },
      { label: 'due', points: rates(bins.intended), shape: 'dashed', color: '#777777' },
      { label: 'answered', points: rates(bins.answered), shape: 'line', color: '#1a5fb4' },
    ],
  };
}

function latencyPlot(target: TargetReport): Plot {
  const xMax = (target.bins.intended.length * target.bins.widthMs) / 1000;
  const step = Math.max(1, Math.ceil(target.seconds.length / MAX_COLUMNS));
  const points = (pick: (index: number) => number): [number, number][] =>
    target.seconds.flatMap((point, index) => (index % step === 0 ? [[point.atMs / 1000, pick(index)]] : []));
  const worst = (of: (index: number) => number) => (index: number) =>
    Math.max(...Array.from({ length: Math.min(step, target.seconds.length - index) }, (_, more) => of(index + more)));
  return {
    title: step === 1 ? 'Latency, per second' : `Latency, worst second of ${step}`,
    xLabel: 'seconds since start',
    yLabel: 'ms (log)',
    xMax,
    xTicks: roundTicks(xMax, String),
    yLogFrom: 0.1,
    series: [
      {
        label: 'max',
        points: points(worst((at) => target.seconds[at]?.maxMs ?? 0)),
        shape: 'dashed',
        color: '#777777',
      },
      { label: 'p99', points: points(worst((at) => target.seconds[at]?.p99Ms ?? 0)), shape: 'line', color: '#b45f06' },
      { label: 'p50', points: points(worst((at) => target.seconds[at]?.p50Ms ?? 0)), shape: 'line', color: '#1a5fb4' },
    ],
  };
}

/** Latency by percentile; each step to the right is ten times rarer. */
function distributionPlot(target: TargetReport): Plot {
  const rarest = Math.max(1, Math.log10(Math.max(1, target.latency.count)));
  const marks = [0, 1, 2, 3, 4, 5, 6].filter((nines) => nines <= rarest);
  return {
    title: 'Latency, by percentile',
    xLabel: 'percentile',
    yLabel: 'ms (log)',
    xMax: rarest,
    xTicks: marks.map((nines) => ({ at: nines, label: `${Number((100 * (1 - 10 ** -nines)).toFixed(4))} %` })),
    yLogFrom: 0.1,
    series: [{ label: 'latency', points: percentileCurve(target.histogram), shape: 'line', color: '#1a5fb4' }],
  };
}

function percentileCurve(buckets: readonly HistogramBucket[]): [number, number][] {
  const total = buckets.reduce((sum, [, count]) => sum + count, 0);
  let below = 0;
  return buckets.map(([micros, count]) => {
    const at = -Math.log10(1 - below / total);
    below += count;
    return [at, micros / 1000];
  });
}

function failureTable(target: TargetReport): string {
  if (target.failures.length === 0) return '<p>No failed request.</p>';
  const header = ['Failure', 'Count', 'Reused connection', 'First', 'Last', 'Example'];
  return table(
    header,
    target.failures.map((item) => [
      item.name,
      String(item.count),
      String(item.onReusedConnection),
      formatMs(item.firstAtMs),
      formatMs(item.lastAtMs),
      item.example,
    ]),
  );
}

function gapTable(target: TargetReport): string {
  const { over, toleranceMs } = target.gaps;
  if (over.length === 0) return `<p>No gap between answers above ${formatMs(toleranceMs)}.</p>`;
  const worst = [...over].sort((left, right) => right.ms - left.ms).slice(0, 20);
  const rows = worst.map((gap) => [formatMs(gap.ms), formatMs(gap.fromMs), formatMs(gap.toMs)]);
  return table([`Gap above ${formatMs(toleranceMs)}`, 'From', 'To'], rows);
}

function heldTable(held: HeldReport): string {
  const rows = held.ends
    .slice(0, MAX_ROWS)
    .map((end) => [
      end.how,
      end.graceful ? 'yes' : 'no',
      end.code === undefined ? '' : String(end.code),
      formatMs(end.atMs),
      formatMs(end.lastedMs),
      end.detail,
    ]);
  const summary = `<p>${escapeText(heldLine(held))}</p>`;
  if (rows.length === 0) return summary;
  return summary + table(['End', 'Graceful', 'Code', 'At', 'Lasted', 'Detail'], rows);
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = header.map((cell) => `<th>${escapeText(cell)}</th>`).join('');
  const body = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${escapeText(cell)}</td>`).join('')}</tr>`);
  return `<table><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table>`;
}
