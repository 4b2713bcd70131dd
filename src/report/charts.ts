/** Plots of a report: requests by stage, and proxies by version over time. */
import { drawPlot, escapeText } from '../probe/plot.ts';
import type { Axis } from './axis.ts';
import type { RunReport } from './report.ts';
import { grouped, visible } from './words.ts';

const width = 760;
const left = 130;
const right = 150;
const row = 20;

interface Sum {
  readonly stage: string;
  readonly sent: number;
  readonly failed: number;
}

/** Requests and failures of every stage as bars; '' when none were counted. */
export function drawRequests({ traffic }: RunReport): string {
  const sums = byStage(traffic.stages);
  if (sums.length === 0) return '';
  const most = Math.max(1, ...sums.map(({ sent }) => sent));
  const bars = sums.map((sum, index) => requestBar(sum, index, most));
  const height = 24 + sums.length * row + 6;
  const heading = `<text x="0" y="14" class="title">Requests by stage</text>`;
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Requests and failures by stage; the table has the same numbers.">${heading}${bars.join('')}</svg>`;
}

function byStage(stages: RunReport['traffic']['stages']): readonly Sum[] {
  const sums = new Map<string, Sum>();
  for (const { phase, stage, sent, failed } of stages) {
    const key = JSON.stringify([phase, stage]);
    const before = sums.get(key);
    sums.set(key, { stage, sent: (before?.sent ?? 0) + sent, failed: (before?.failed ?? 0) + failed });
  }
  return [...sums.values()];
}

function requestBar({ stage, sent, failed }: Sum, index: number, most: number): string {
  const y = 24 + index * row;
  const scale = (width - left - right) / most;
  const long = sent * scale;
  // A failure is seen however few they are among many.
  const bad = failed === 0 ? 0 : Math.max(3, Math.min(failed, sent) * scale);
  const words = `${grouped(sent)}, ${grouped(failed)} failed`;
  return [
    `<text x="${left - 6}" y="${y + 13}" text-anchor="end" class="label">${escapeText(visible(stage || 'before'))}</text>`,
    `<rect class="bar done" x="${left}" y="${y + 3}" width="${long.toFixed(1)}" height="${row - 7}"/>`,
    bad === 0
      ? ''
      : `<rect class="bar failed" x="${left}" y="${y + 3}" width="${bad.toFixed(1)}" height="${row - 7}"/>`,
    `<text x="${(left + Math.max(long, bad) + 6).toFixed(1)}" y="${y + 13}" class="label${failed === 0 ? '' : ' bad'}">${words}</text>`,
  ].join('');
}

const colors = ['#8a6d3b', '#2f7ed8', '#2b9348', '#9b5de5', '#777777'];

/** Proxies by version over the run; '' when they were not recorded. */
export function drawVersions({ proxies: { course }, time }: RunReport, axis: Axis): string {
  if (course.length === 0 || time === null) return '';
  const versions = [...new Set(course.flatMap(({ counts }) => counts.map(({ version }) => version)))].sort();
  const series = versions.slice(0, colors.length).map((version, index) => ({
    label: visible(version ?? 'unknown'),
    points: stairs(course, version, axis),
    shape: index % 2 === 0 ? ('dashed' as const) : ('line' as const),
    color: colors[index] ?? '#777777',
  }));
  return drawPlot({
    title: 'Proxies by version',
    xLabel: 'time of day (UTC)',
    yLabel: 'proxies',
    xMax: axis.max,
    xTicks: axis.ticks,
    series,
  });
}

function stairs(course: RunReport['proxies']['course'], version: string | null, axis: Axis): [number, number][] {
  let last = 0;
  return course.flatMap(({ at, counts }, index) => {
    const now = counts.find((one) => one.version === version)?.proxies ?? 0;
    const x = axis.place(at);
    const points: [number, number][] =
      index === 0
        ? [[x, now]]
        : [
            [x, last],
            [x, now],
          ];
    last = now;
    return points;
  });
}
