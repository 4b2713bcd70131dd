/** Small SVG plots as text; colours and line styles also differ on paper. */

/** One line or set of bars; points in data units, in rising x. */
export interface Series {
  readonly label: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly shape: 'line' | 'dashed' | 'bars';
  readonly color: string;
}

/** A plot; both axes start at the given minimum. */
export interface Plot {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly xTicks: readonly Tick[];
  readonly xMax: number;
  /** Logarithmic from this value up; linear from 0 when absent. */
  readonly yLogFrom?: number;
  readonly series: readonly Series[];
}

/** A mark on an axis. */
export interface Tick {
  readonly at: number;
  readonly label: string;
}

const WIDTH = 760;
const HEIGHT = 220;
const LEFT = 62;
const RIGHT = 12;
const TOP = 26;
const BOTTOM = 40;

/** Text that is safe inside HTML and SVG, in elements and in quoted attributes. */
export function escapeText(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

/** A plot as one `<svg>` element. */
export function drawPlot(plot: Plot): string {
  const highest = Math.max(0, ...plot.series.flatMap((series) => series.points.map(([, y]) => y)));
  const yScale = plot.yLogFrom === undefined ? linear(highest) : logarithmic(plot.yLogFrom, highest);
  const x = (value: number): number => LEFT + (value / (plot.xMax || 1)) * (WIDTH - LEFT - RIGHT);
  const y = (value: number): number => HEIGHT - BOTTOM - yScale.place(value) * (HEIGHT - TOP - BOTTOM);
  const parts = [
    ...yScale.ticks.map((tick) => yTick(tick, y(tick.at))),
    ...plot.xTicks.map((tick) => xTick(tick, x(tick.at))),
    ...plot.series.map((series) => drawSeries(series, x, y)),
    text(LEFT, 14, plot.title, 'start', 'title'),
    text(WIDTH - RIGHT, HEIGHT - 6, plot.xLabel, 'end'),
    text(LEFT - 6, TOP - 8, plot.yLabel, 'end'),
    ...plot.series.map((series, index) => legend(series, index, plot.series.length)),
  ];
  const label = escapeText(plot.title);
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">${parts.join('')}</svg>`;
}

/** Round marks from 0 to `max`, about five. */
export function roundTicks(max: number, label: (value: number) => string): Tick[] {
  if (max <= 0) return [{ at: 0, label: label(0) }];
  const rough = max / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  return Array.from({ length: Math.floor(max / step) + 1 }, (_, index) => index * step).map((at) => ({
    at,
    label: label(at),
  }));
}

interface Scale {
  readonly place: (value: number) => number;
  readonly ticks: readonly Tick[];
}

function linear(highest: number): Scale {
  const top = highest === 0 ? 1 : highest;
  return { place: (value) => value / top, ticks: roundTicks(top, (value) => String(Number(value.toPrecision(6)))) };
}

function logarithmic(lowest: number, highest: number): Scale {
  const low = Math.log10(lowest);
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(highest, lowest))));
  const exponents = Array.from({ length: Math.floor(high - low) + 1 }, (_, index) => low + index);
  return {
    place: (value) => (Math.log10(Math.max(value, lowest)) - low) / (high - low),
    ticks: exponents.map((exponent) => ({
      at: 10 ** exponent,
      label: String(Number((10 ** exponent).toPrecision(3))),
    })),
  };
}

function drawSeries(series: Series, x: (value: number) => number, y: (value: number) => number): string {
  const color = escapeText(series.color);
  if (series.shape === 'bars') {
    const bars = series.points.filter(([, value]) => value > 0);
    return bars
      .map(([at, value]) => `<path d="M${n(x(at))} ${n(y(0))}V${n(y(value))}" stroke="${color}" stroke-width="2"/>`)
      .join('');
  }
  if (series.points.length === 0) return '';
  const path = series.points
    .map(([at, value], index) => `${index === 0 ? 'M' : 'L'}${n(x(at))} ${n(y(value))}`)
    .join('');
  const dash = series.shape === 'dashed' ? ' stroke-dasharray="4 3"' : '';
  return `<path d="${path}" fill="none" stroke="${color}" stroke-width="1.3"${dash}/>`;
}

function yTick(tick: Tick, y: number): string {
  const line = `<path class="grid" d="M${LEFT} ${n(y)}H${WIDTH - RIGHT}"/>`;
  return `${line}${text(LEFT - 6, y + 4, tick.label, 'end')}`;
}

function xTick(tick: Tick, x: number): string {
  const line = `<path class="grid" d="M${n(x)} ${TOP}V${HEIGHT - BOTTOM}"/>`;
  return `${line}${text(x, HEIGHT - BOTTOM + 14, tick.label, 'middle')}`;
}

function legend(series: Series, index: number, count: number): string {
  const x = WIDTH - RIGHT - (count - index) * 110;
  const dash = series.shape === 'dashed' ? ' stroke-dasharray="4 3"' : '';
  const width = series.shape === 'bars' ? 6 : 2;
  const mark = `<path d="M${x} 10h18" stroke="${escapeText(series.color)}" stroke-width="${width}"${dash}/>`;
  return `${mark}${text(x + 23, 14, series.label, 'start')}`;
}

function text(x: number, y: number, content: string, anchor: 'start' | 'middle' | 'end', kind = 'label'): string {
  return `<text x="${n(x)}" y="${n(y)}" text-anchor="${anchor}" class="${kind}">${escapeText(content)}</text>`;
}

function n(value: number): string {
  return value.toFixed(1);
}
