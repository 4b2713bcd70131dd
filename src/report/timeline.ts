/** The time line: stages as bands, steps as bars, failures and breaches as marks. SVG without anything from outside. */
import { escapeText, type Tick } from '../probe/plot.ts';
import type { Axis } from './axis.ts';
import type { ExecutionReport, RunReport, StageReport, StepReport, StopReport } from './report.ts';
import { clock, duration, plural, visible } from './words.ts';

const width = 760;
const right = 12;
const bands = 34;

/** Up to here each step has a line with its title; beyond, bars share lines. */
const maxTitled = 45;
const maxLanes = 120;

interface Bar {
  readonly step: StepReport;
  readonly execution: ExecutionReport;
  /** Same for all tries of a step in a stage. */
  readonly line: string;
  /** RFC 3339; of a try without an end, the last that is known of its stage. */
  readonly to: string;
}

interface Frame {
  readonly axis: Axis;
  readonly left: number;
  readonly laneHeight: number;
  readonly bottom: number;
  readonly height: number;
  /** Pixels a second. */
  readonly scale: number;
  readonly x: (at: string) => number;
}

/** The time line as one `<svg>`; '' when nothing happened. */
export function drawTimeline(report: RunReport, axis: Axis): string {
  if (report.time === null || report.stages.length === 0) return '';
  const bars = barsOf(report.stages);
  const lines = [...new Set(bars.map(({ line }) => line))];
  const titled = lines.length <= maxTitled;
  const lanes = titled ? bars.map((bar) => ({ bar, lane: lines.indexOf(bar.line) })) : packed(bars);
  const frame = frameOf(axis, titled, Math.min(maxLanes, Math.max(0, ...lanes.map(({ lane }) => lane + 1))));
  const { height } = frame;
  const parts = [
    ...report.stages.flatMap((stage, index) => stage.visits.map((visit) => band(stage, visit, index, frame))),
    ...axis.ticks.map((one) => tick(one, frame)),
    ...axis.breaks.map((one) => stopBand(one, frame)),
    ...(titled
      ? lines.map((line, lane) =>
          name(
            bars.find((bar) => bar.line === line),
            lane,
            frame,
          ),
        )
      : []),
    ...lanes.filter(({ lane }) => lane < maxLanes).map(({ bar, lane }) => barOf(bar, lane, frame)),
    ...report.stops.filter(({ what }) => what !== 'paused' && what !== 'finished').map((stop) => mark(stop, frame)),
  ];
  const label = `Time line of ${plural(bars.length, 'step')} in ${plural(report.stages.length, 'stage')}; the tables have the same times.`;
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeText(label)}">${parts.join('')}</svg>`;
}

function frameOf(axis: Axis, titled: boolean, lanes: number): Frame {
  const [left, laneHeight] = titled ? [250, 15] : [12, 6];
  const bottom = bands + lanes * laneHeight + 8;
  const scale = (width - left - right) / axis.max;
  const x = (at: string): number => left + axis.place(at) * scale;
  return { axis, left, laneHeight, bottom, height: bottom + 22, scale, x };
}

function barsOf(stages: readonly StageReport[]): readonly Bar[] {
  return stages.flatMap((stage) =>
    stage.steps.flatMap((step) =>
      step.executions.map((execution) => {
        const visit = stage.visits.findLast(({ epoch, from }) => epoch === execution.epoch && from <= execution.from);
        const line = JSON.stringify([stage.phase, stage.stage, step.step]);
        return { step, execution, line, to: execution.to ?? visit?.to ?? execution.from };
      }),
    ),
  );
}

/** Bars that follow each other share a lane. */
function packed(bars: readonly Bar[]): readonly { readonly bar: Bar; readonly lane: number }[] {
  const free: string[] = [];
  const sorted = [...bars].sort((a, b) => (a.execution.from < b.execution.from ? -1 : 1));
  return sorted.map((bar) => {
    const found = free.findIndex((until) => until <= bar.execution.from);
    const lane = found < 0 ? free.length : found;
    free[lane] = bar.to;
    return { bar, lane };
  });
}

function band(stage: StageReport, visit: StageReport['visits'][number], index: number, frame: Frame): string {
  const [from, to] = [frame.x(visit.from), frame.x(visit.to)];
  const wide = Math.max(1, to - from);
  const tip = title(`${stage.stage}: ${stage.outcome}, ${clock(visit.from)} to ${clock(visit.to)}`);
  const words = text(from + wide / 2, index % 2 === 0 ? 12 : 26, fitted(stage.stage, wide), 'middle');
  const kind = stage.outcome === 'passed' ? '' : ' open';
  return `<rect class="band b${index % 2}${kind}" x="${n(from)}" y="0" width="${n(wide)}" height="${n(frame.bottom)}">${tip}</rect>${words}`;
}

/** The name when it has room; nothing is better than half a name. */
function fitted(words: string, wide: number): string {
  return words.length * 6.2 > wide * 1.6 ? '' : words;
}

function stopBand({ from, to, stop }: Axis['breaks'][number], { left, scale, bottom }: Frame): string {
  const tip = title(`${stop.what} for ${duration(stop.seconds)}: ${stop.why}`);
  const [x, wide] = [left + from * scale, Math.max(2, (to - from) * scale)];
  return `<rect class="stop" x="${n(x)}" y="0" width="${n(wide)}" height="${n(bottom)}">${tip}</rect>`;
}

function name(bar: Bar | undefined, lane: number, { left, laneHeight }: Frame): string {
  return text(left - 6, bands + (lane + 1) * laneHeight - 4, tail(bar?.step.step ?? ''), 'end');
}

function barOf({ step, execution, to: until }: Bar, lane: number, { x, laneHeight }: Frame): string {
  const [from, to] = [x(execution.from), x(until)];
  const y = bands + lane * laneHeight;
  const kind = execution.end === 'no word' ? 'open' : execution.end;
  const tip = title(`${step.title}: ${execution.end}, ${clock(execution.from)} to ${clock(execution.to)}`);
  const cross = execution.end === 'failed' ? text(to + 5, y + laneHeight - 4, '✕', 'middle', 'label bad') : '';
  return `<rect class="bar ${kind}" x="${n(from)}" y="${n(y + 1)}" width="${n(Math.max(1.5, to - from))}" height="${n(laneHeight - 3)}">${tip}</rect>${cross}`;
}

/** The end of a step's id: that is where the ids of a wave differ. */
function tail(id: string): string {
  const short = id.replace(/^renew\//, '');
  const characters = [...short];
  return characters.length <= 38 ? short : `…${characters.slice(-37).join('')}`;
}

function mark(stop: StopReport, { x, bottom }: Frame): string {
  const at = n(x(stop.at));
  const tip = title(`${stop.what}: ${stop.why}`);
  return `<path class="mark" d="M${at} 0V${n(bottom)}">${tip}</path><path class="flag" d="M${at} 0l7 4l-7 4z">${tip}</path>`;
}

function tick({ at, label }: Tick, { left, scale, bottom }: Frame): string {
  const x = left + at * scale;
  return `<path class="grid" d="M${n(x)} ${bands - 4}V${n(bottom)}"/>${text(x, bottom + 14, label, 'middle')}`;
}

function title(words: string): string {
  return `<title>${escapeText(visible(words))}</title>`;
}

function text(x: number, y: number, words: string, anchor: 'start' | 'middle' | 'end', kind = 'label'): string {
  if (words === '') return '';
  return `<text x="${n(x)}" y="${n(y)}" text-anchor="${anchor}" class="${kind}">${escapeText(visible(words))}</text>`;
}

function n(value: number): string {
  return value.toFixed(1);
}
