/** The time axis of a report's pictures: long times in which nothing happened are cut short, and shown as such. */
import type { Tick } from '../probe/plot.ts';
import type { StopReport } from './report.ts';
import { clock } from './words.ts';

/** A piece of the axis that is shorter than its time. */
export interface Break {
  readonly from: number;
  readonly to: number;
  readonly stop: StopReport;
}

/** Places times on a line from 0 to `max`. */
export interface Axis {
  readonly max: number;
  readonly place: (at: string) => number;
  readonly ticks: readonly Tick[];
  readonly breaks: readonly Break[];
}

/** Share of the working time that a stop takes at most. */
const stopShare = 0.05;

/** An axis from the first to the last moment of a run. */
export function createAxis(span: { readonly from: string; readonly to: string }, stops: readonly StopReport[]): Axis {
  const [start, end] = [Date.parse(span.from), Date.parse(span.to)];
  const ended = stops.flatMap((stop) =>
    stop.until === null ? [] : [{ stop, from: Date.parse(stop.at), to: Date.parse(stop.until) }],
  );
  const working = Math.max(1, end - start - ended.reduce((sum, { from, to }) => sum + to - from, 0));
  const longest = Math.max(1, working * stopShare);
  const cuts = ended.map(({ stop, from, to }) => ({ stop, from, to, saved: Math.max(0, to - from - longest) }));
  const place = (at: string): number => {
    const time = Math.min(end, Math.max(start, Date.parse(at)));
    const saved = cuts.reduce((sum, cut) => sum + cut.saved * share(time, cut), 0);
    return (time - start - saved) / 1000;
  };
  return {
    max: Math.max(0.001, place(span.to)),
    place,
    ticks: ticksOf(
      span,
      cuts.filter(({ saved }) => saved > 0),
      place,
    ),
    breaks: cuts.map(({ stop }) => ({ stop, from: place(stop.at), to: place(stop.until ?? stop.at) })),
  };
}

/** How much of a piece is over at a time, from 0 to 1. */
function share(time: number, { from, to }: { readonly from: number; readonly to: number }): number {
  return to <= from ? (time >= to ? 1 : 0) : Math.min(1, Math.max(0, (time - from) / (to - from)));
}

const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400];

/** Marks at round times of day, none inside what is cut short. */
function ticksOf(
  span: { readonly from: string; readonly to: string },
  cuts: readonly { readonly from: number; readonly to: number }[],
  place: (at: string) => number,
): readonly Tick[] {
  const length = place(span.to);
  const step = (steps.find((one) => length / one <= 7) ?? Math.ceil(length / 7)) * 1000;
  const [start, end] = [Date.parse(span.from), Date.parse(span.to)];
  const pieces = [start, ...cuts.flatMap(({ from, to }) => [from, to]), end];
  const ticks: Tick[] = [];
  for (let index = 0; index + 1 < pieces.length; index += 2) {
    const [from = 0, to = 0] = pieces.slice(index, index + 2);
    for (let time = Math.ceil(from / step) * step; time <= to; time += step) {
      const at = new Date(time).toISOString();
      ticks.push({ at: place(at), label: step < 1000 ? at.slice(14, 21) : clock(at) });
    }
  }
  return ticks;
}
