/** Open-loop load on several workloads at once, and what each of them lost of it. */
import { systemClock } from '../../src/probe/clock.ts';
import type { ProbeReport, TargetReport } from '../../src/probe/report.ts';
import { startProbe, type ProbeHandle } from '../../src/probe/run.ts';
import { probeSpec, type ProbeInput } from '../../src/probe/spec.ts';
import { parseTarget } from '../../src/probe/target.ts';
import type { Reached } from './cluster.ts';
import type { FitnessSpec } from './spec.ts';

/** What one workload lost during one restart. */
export interface Loss {
  readonly sent: number;
  readonly failed: number;
  /** Kept connections that ended without a word while something was under way. */
  readonly cut: number;
  /** Kinds of failure with their counts, as the probe names them. */
  readonly kinds: Readonly<Record<string, number>>;
}

/** Losses by name of the workload, and whether the probes kept their schedules. Plain JSON. */
export interface Measured {
  readonly losses: Readonly<Record<string, Loss>>;
  readonly onSchedule: boolean;
  /** Why not: the worst of the probes; '' when they did. */
  readonly late: string;
}

const schemes = { http: 'http', http2: 'h2c', grpc: 'grpc', tcp: 'tcp', ws: 'ws' } as const;
const defaultLongMs = 3000;

interface Shape {
  readonly input: Omit<ProbeInput, 'targets'>;
  readonly from: 'plain' | 'mesh';
  /** Path of the URL, or null when this is nothing for the workload. */
  readonly path: (spec: FitnessSpec) => string | null;
}

const shortPath = ({ load }: FitnessSpec) => (load === 'connections' ? null : '/');

/** Short calls of both callers, long ones, and messages on connections that stay open. */
const shapes: readonly Shape[] = [
  { input: { ratePerSecond: 15, connections: 6 }, from: 'plain', path: shortPath },
  {
    input: { ratePerSecond: 15, connections: 6 },
    from: 'mesh',
    path: (spec) => (spec.gateway ? null : shortPath(spec)),
  },
  {
    input: { ratePerSecond: 4, connections: 48 },
    from: 'plain',
    path: ({ load, longMs = defaultLongMs }) =>
      load === 'connections' || longMs === 0 ? null : `/?answerMs=${longMs}`,
  },
  {
    input: { ratePerSecond: 10, connections: 4, hold: 8, holdIntervalMs: 200 },
    from: 'plain',
    path: ({ load }) => (load === 'connections' ? '/' : null),
  },
];

interface Running {
  readonly names: readonly string[];
  readonly probe: ProbeHandle;
}

function start({ input, from, path }: Shape, reached: readonly Reached[]): Running | null {
  const mine = reached.flatMap((one) => {
    const { spec } = one;
    const at = path(spec);
    const scheme = schemes[spec.portName ?? 'http'];
    return at === null ? [] : [{ name: spec.name, target: parseTarget(`${scheme}://${one[from]}${at}`) }];
  });
  if (mine.length === 0) return null;
  const targets = mine.map(({ target }) => target);
  const spec = probeSpec({ targets, durationMs: 300_000, timeoutMs: 15_000, ...input });
  const deps = { clock: systemClock, wallClock: () => Date.now() };
  return { names: mine.map(({ name }) => name), probe: startProbe(spec, deps) };
}

/** Sends from now on; what is returned ends it and tells what was lost. */
export function startLoad(reached: readonly Reached[]): () => Promise<Measured> {
  const running = shapes.map((shape) => start(shape, reached)).filter((one) => one !== null);
  return async () => {
    const reports = await Promise.all(running.map(({ probe }) => probe.stop()));
    const losses: Record<string, Loss> = {};
    for (const [at, { targets }] of reports.entries()) {
      for (const [index, target] of targets.entries()) {
        const name = running[at]?.names[index] ?? '';
        losses[name] = sum(losses[name], lossOf(target));
      }
    }
    return { losses, onSchedule: reports.every(keptSchedule), late: reports.map(lateness).join('') };
  };
}

const keptSchedule = ({ verdict, sender }: ProbeReport): boolean => verdict.scheduleKept && sender.scheduled > 0;

function lateness(report: ProbeReport): string {
  const { onScheduleShare, maxLateMs } = report.sender;
  if (keptSchedule(report)) return '';
  return ` ${(onScheduleShare * 100).toFixed(2)} % within 20 ms, worst ${maxLateMs.toFixed(0)} ms;`;
}

function lossOf({ ok, failed, failures, held }: TargetReport): Loss {
  const kinds = Object.fromEntries(failures.map(({ name, count }) => [name, count]));
  return { sent: ok + failed, failed, cut: held?.abrupt ?? 0, kinds };
}

function sum(one: Loss | undefined, other: Loss): Loss {
  if (one === undefined) return other;
  const kinds = { ...one.kinds };
  for (const [name, count] of Object.entries(other.kinds)) kinds[name] = (kinds[name] ?? 0) + count;
  return { sent: one.sent + other.sent, failed: one.failed + other.failed, cut: one.cut + other.cut, kinds };
}
