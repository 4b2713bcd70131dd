/** Builds the report of a run from its journal. */
import { digestOf } from '../journal/canonical.ts';
import { noEntry } from '../journal/chain.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { compact } from './compact.ts';
import { notMeasuredOf } from './missing.ts';
import { outcomeOf } from './outcome.ts';
import { placed, secondsBetween, sumSeconds, type Placed } from './placed.ts';
import { proxiesOf } from './proxies.ts';
import type { Remark, ReportInput, RunReport, StopReport } from './report.ts';
import { stagesOf } from './stages.ts';
import { processesOf, stopsOf, takeoversOf } from './stops.ts';
import { trafficOf } from './traffic.ts';
import { writesOf } from './writes.ts';

/** The report of a run, finished or not. Pure; the same input gives the same report. */
export function buildReport({ plan, entries, state, createdAt, tool }: ReportInput): RunReport {
  const story = placed(entries);
  const stages = stagesOf(story, plan);
  const [proxies, traffic, writes] = [proxiesOf(story, plan), trafficOf(story), writesOf(story)];
  const [processes, stops] = [processesOf(story), stopsOf(story)];
  const time = timeOf(entries, stops);
  const outcome = outcomeOf({ story, plan, stages, proxies, traffic, activeSeconds: time?.activeSeconds ?? 0 });
  const { run, cluster, from, to, revisions } = plan;
  const body = {
    apiVersion: 'meshlift.dev/v1alpha1' as const,
    kind: 'RunReport' as const,
    ...{ run, createdAt, tool, cluster, from, to, revisions, outcome },
    notMeasured: notMeasuredOf({ traffic, proxies, stages, writes, processes, outcome, plan, state }),
    ...{ time, traffic, proxies, stages, writes, processes, stops },
    takeovers: takeoversOf(processes),
    ...remarksOf(story),
    ...{ state, plan },
    journal: { entries: entries.length, head: entries.at(-1)?.hash ?? noEntry.hash },
    entries: compact(entries),
  };
  return { ...body, digest: digestOf(body) };
}

function timeOf(entries: readonly JournalEntry[], stops: readonly StopReport[]): RunReport['time'] {
  const [from, to] = [entries[0]?.at, entries.at(-1)?.at];
  if (from === undefined || to === undefined) return null;
  const seconds = secondsBetween(from, to);
  const still = stops.map((stop) => stop.seconds ?? secondsBetween(stop.at, to));
  return { from, to, seconds, activeSeconds: sumSeconds([seconds, ...still.map((one) => -one)]) };
}

function remarksOf(story: readonly Placed[]): Pick<RunReport, 'evidence' | 'notes'> {
  const evidence: Remark[] = [];
  const notes: Remark[] = [];
  for (const { at, event } of story) {
    if (event.type === 'evidence')
      evidence.push({ at, step: event.step, name: event.name, value: String(event.value) });
    if (event.type === 'note') notes.push({ at, step: event.step, name: '', value: event.text });
    if (event.type === 'run' && event.what === 'stopping')
      notes.push({ at, step: '', name: 'stopping', value: event.detail });
  }
  return { evidence, notes };
}
