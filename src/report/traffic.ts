/** What the probes saw, stage by stage and in total. The journal holds running totals of each process. */
import type { JournalEvent } from '../journal/entry.ts';
import type { Placed } from './placed.ts';
import type { StageTraffic, TargetTraffic, TrafficNumbers, TrafficReport } from './report.ts';
import { grouped, percent, plural } from './words.ts';

type Line = Extract<JournalEvent, { readonly type: 'traffic' }>;

/** Traffic of a run. */
export function trafficOf(story: readonly Placed[]): TrafficReport {
  const stages = united(perRecord(story));
  const targets = perTarget(stages);
  const total = sum(targets);
  const failureRateBelow = total.failed === 0 && total.sent > 0 ? Math.min(1, 3 / total.sent) : null;
  return { stages, targets, total, failureRateBelow, statement: statementOf(total, failureRateBelow) };
}

/** Each record minus the one before of the same process and target. A count that fell began anew. */
function perRecord(story: readonly Placed[]): readonly StageTraffic[] {
  const last = new Map<string, Line>();
  return story.flatMap(({ event, at, epoch, phase }) => {
    if (event.type !== 'traffic') return [];
    const key = JSON.stringify([epoch, event.target]);
    const known = last.get(key);
    const before = known === undefined || event.sent < known.sent ? null : known;
    last.set(key, event);
    const { stage, target, p99Ms, longestGapMs } = event;
    const sent = event.sent - (before?.sent ?? 0);
    const failed = event.failed - (before?.failed ?? 0);
    return [{ phase, stage, epoch, at, target, sent, failed, p99Ms, longestGapMs, ended: endedSince(event, before) }];
  });
}

/** Records are written every now and then: a stage of a process counts as one, at its last record. */
function united(records: readonly StageTraffic[]): readonly StageTraffic[] {
  const found = new Map<string, StageTraffic>();
  for (const record of records) {
    const { phase, stage, epoch, target } = record;
    const key = JSON.stringify([epoch, phase, stage, target]);
    const known = found.get(key);
    found.set(key, known === undefined ? record : { ...record, ...sum([known, record]) });
  }
  return [...found.values()];
}

function endedSince({ ended }: Line, before: Line | null): TrafficNumbers['ended'] {
  const rows = Object.entries(ended).map(([how, count]) => ({ how, count: count - (before?.ended[how] ?? 0) }));
  return rows.filter(({ count }) => count !== 0).sort((a, b) => (a.how < b.how ? -1 : 1));
}

function perTarget(stages: readonly StageTraffic[]): readonly TargetTraffic[] {
  const names = [...new Set(stages.map(({ target }) => target))].sort();
  return names.map((target) => ({ target, ...sum(stages.filter((one) => one.target === target)) }));
}

function sum(parts: readonly TrafficNumbers[]): TrafficNumbers {
  const ended = new Map<string, number>();
  for (const { how, count } of parts.flatMap((part) => part.ended)) ended.set(how, (ended.get(how) ?? 0) + count);
  return {
    sent: parts.reduce((total, part) => total + part.sent, 0),
    failed: parts.reduce((total, part) => total + part.failed, 0),
    p99Ms: Math.max(0, ...parts.map((part) => part.p99Ms)),
    longestGapMs: Math.max(0, ...parts.map((part) => part.longestGapMs)),
    ended: [...ended].map(([how, count]) => ({ how, count })).sort((a, b) => (a.how < b.how ? -1 : 1)),
  };
}

const probesOnly = "This counts the probes' own requests; what users sent is not counted.";

function statementOf({ sent, failed }: TrafficNumbers, bound: number | null): string {
  if (sent === 0 && failed === 0) return 'No traffic was measured: nothing can be said about lost requests.';
  const counted = `${grouped(failed)} of ${plural(sent, 'request')} failed`;
  if (bound === null) {
    const rate = sent === 0 ? '' : ` (${percent(failed / sent)})`;
    return `${counted}${rate}; connections that were cut are counted as failures. ${probesOnly}`;
  }
  const meaning = `If failures are independent, the failure rate is below ${percent(bound)} (3 / ${grouped(sent)}) with 95 % confidence.`;
  return `${counted}, and no held connection was cut. ${meaning} ${probesOnly}`;
}
