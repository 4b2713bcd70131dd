/** The steps of one stage, each with all its tries. */
import type { Placed } from './placed.ts';
import { secondsBetween, sumSeconds } from './placed.ts';
import type { ExecutionReport, StepReport } from './report.ts';
import { writesOf } from './writes.ts';

interface Trace {
  title: string;
  readonly executions: ExecutionReport[];
  /** When the cluster showed that nothing is left to do. */
  seenDone: string | null;
  detail: string;
}

/** Steps in the order in which they were first touched. `titles`: of the plan, by id. */
export function stepsOf(group: readonly Placed[], titles: ReadonlyMap<string, string>): readonly StepReport[] {
  const traces = new Map<string, Trace>();
  for (const entry of group) follow(traces, entry, titles);
  const repeated = repeats(group);
  return [...traces].map(([step, trace]) => reportOf(step, trace, repeated.get(step) ?? 0));
}

function follow(traces: Map<string, Trace>, { event, at, epoch }: Placed, titles: ReadonlyMap<string, string>): void {
  if (event.type !== 'step') return;
  const { step, what, detail } = event;
  const trace = traces.get(step) ?? { title: titles.get(step) ?? step, executions: [], seenDone: null, detail: '' };
  traces.set(step, trace);
  if (what === 'started') {
    if (detail !== '') trace.title = detail;
    trace.executions.push({ epoch, from: at, to: null, end: 'no word' });
    return;
  }
  if (what === 'skipped') trace.seenDone = at;
  else end(trace, { to: at, end: what });
  trace.detail = what === 'done' ? '' : detail;
}

/** Ends the last try. */
function end({ executions }: Trace, how: Pick<ExecutionReport, 'to' | 'end'>): void {
  const execution = executions.at(-1);
  if (execution !== undefined) executions[executions.length - 1] = { ...execution, ...how };
}

/** Writes sent again within one try. */
function repeats(group: readonly Placed[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { step, again } of writesOf(group)) if (again) counts.set(step, (counts.get(step) ?? 0) + 1);
  return counts;
}

function reportOf(step: string, trace: Trace, repeated: number): StepReport {
  const { title, executions, seenDone, detail } = trace;
  const last = executions.at(-1);
  const outcome = outcomeOf(last, seenDone);
  const timed = executions.flatMap(({ from, to }) => (to === null ? [] : [secondsBetween(from, to)]));
  return {
    step,
    title,
    outcome,
    start: executions[0]?.from ?? null,
    end: last?.end === outcome ? last.to : seenDone,
    seconds: timed.length === 0 ? null : sumSeconds(timed),
    retries: Math.max(0, executions.length - 1) + repeated,
    executions,
    detail: outcome === 'done' && last?.end === 'done' ? '' : detail,
  };
}

function outcomeOf(last: ExecutionReport | undefined, seenDone: string | null): StepReport['outcome'] {
  if (last === undefined) return 'skipped';
  if (seenDone !== null && seenDone >= last.from) return 'done';
  return last.end;
}
