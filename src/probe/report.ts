import type { BinCounts, GapReport, SecondPoint } from './bins.ts';
import { BIN_MS } from './bins.ts';
import type { HeldReport } from './held.ts';
import type { Histogram, HistogramBucket } from './histogram.ts';
import type { Course, Tally } from './recorder.ts';
import { sumSenders } from './schedule.ts';
import type { SenderTally } from './schedule.ts';
import type { ProbeSpec } from './spec.ts';
import type { ProbeProtocol, ProbeTarget } from './target.ts';

/** The record of one target; field meanings in docs/probe.md. */
export interface TargetReport extends Tally {
  readonly target: string;
  readonly protocol: ProbeProtocol;
  readonly tls: boolean;
  /** Addresses that the name had at the start; empty when it had none. */
  readonly addresses: readonly string[];
  /** Requests without an answer when the probe was stopped early; neither right nor failed. */
  readonly unfinished: number;
  /** Requests were sent and not one was answered rightly. */
  readonly neverAnswered: boolean;
  readonly gaps: GapReport;
  readonly bins: BinCounts & { readonly widthMs: number };
  readonly seconds: readonly SecondPoint[];
  /** Microseconds and count, of the same latencies as `latency`. */
  readonly histogram: readonly HistogramBucket[];
  /** Only when connections were held. */
  readonly held?: HeldReport;
}

/**
 * - pass: failures within the budget, and the probe kept its schedule
 * - fail: more failures than the budget
 * - schedule-not-kept: no such failures, but the probe itself was too slow to be believed
 * - nothing-measured: stopped before anything was answered or failed
 */
export type ProbeOutcome = 'pass' | 'fail' | 'schedule-not-kept' | 'nothing-measured';

/** The conclusion of a probe. */
export interface ProbeVerdict {
  readonly outcome: ProbeOutcome;
  /** Failed requests and abrupt ends of held connections. */
  readonly failed: number;
  readonly maxFailed: number;
  readonly scheduleKept: boolean;
  /** With no failure in n answers, the failure rate is below this with 95 % confidence (3 / n). */
  readonly failureRateBelow?: number;
  /** Sentences for a person, the most important first. */
  readonly reasons: readonly string[];
}

/** The document that `meshlift probe` writes; described in docs/probe.md. */
export interface ProbeReport {
  readonly apiVersion: 'meshlift.dev/v1alpha1';
  readonly kind: 'ProbeReport';
  /** ISO 8601. */
  readonly startedAt: string;
  /** From the first intended send to the end. */
  readonly durationMs: number;
  readonly stoppedEarly: boolean;
  /** Settings that matter for reading the numbers; never header values or keys. */
  readonly settings: {
    readonly ratePerSecond: number;
    /** null: until stopped. */
    readonly durationMs: number | null;
    readonly timeoutMs: number;
    readonly connections: number;
    readonly hold: number;
    readonly headerNames: readonly string[];
  };
  readonly verdict: ProbeVerdict;
  readonly sender: SenderTally;
  readonly targets: readonly TargetReport[];
}

/** Share and delay beyond which the probe does not believe itself. */
const MAX_LATE_SHARE = 0.01;
const MAX_LATE_MS = 1000;
/** Late sends worth this much time are forgiven also in a short probe: no gap that is reported is shorter. */
const FORGIVEN_LATE_SECONDS = 0.1;

/** What is known of one target at the end. */
export interface TargetRecord {
  readonly target: ProbeTarget;
  readonly addresses: readonly string[];
  readonly unfinished: number;
  readonly tally: Tally;
  readonly course: Course;
  readonly latency: Histogram;
  readonly held: HeldReport | undefined;
}

/** How and when a probe ran. */
export interface RunFacts {
  readonly startedAt: string;
  readonly durationMs: number;
  readonly stoppedEarly: boolean;
}

/** Puts the document together and judges it. */
export function buildReport(spec: ProbeSpec, facts: RunFacts, records: readonly TargetRecord[]): ProbeReport {
  const targets = records.map(targetReport);
  const sender = sumSenders(targets.map((target) => target.sender));
  return {
    apiVersion: 'meshlift.dev/v1alpha1',
    kind: 'ProbeReport',
    ...facts,
    settings: {
      ratePerSecond: spec.ratePerSecond,
      durationMs: Number.isFinite(spec.durationMs) ? spec.durationMs : null,
      timeoutMs: spec.timeoutMs,
      connections: spec.connections,
      hold: spec.hold,
      headerNames: Object.keys(spec.request.headers),
    },
    verdict: judge(spec, sender, targets),
    sender,
    targets,
  };
}

function targetReport(record: TargetRecord): TargetReport {
  const { target, tally, course, held } = record;
  return {
    target: target.name,
    protocol: target.protocol,
    tls: target.tls,
    addresses: record.addresses,
    ...tally,
    unfinished: record.unfinished,
    neverAnswered: tally.ok === 0 && tally.failed > 0,
    gaps: course.gaps,
    bins: { widthMs: BIN_MS, ...course.bins },
    seconds: course.seconds,
    histogram: record.latency.buckets(),
    ...(held ? { held } : {}),
  };
}

function judge(spec: ProbeSpec, sender: SenderTally, targets: readonly TargetReport[]): ProbeVerdict {
  const failed = targets.reduce((sum, target) => sum + target.failed + (target.held?.abrupt ?? 0), 0);
  const ok = targets.reduce((sum, target) => sum + target.ok, 0);
  const scheduleKept = keptSchedule(spec, sender);
  const outcome = outcomeOf(failed > spec.maxFailed, ok + failed > 0, scheduleKept);
  const reasons = [
    ...targets.filter((target) => target.neverAnswered).map((target) => `${target.target} never answered.`),
    ...(failed > 0 ? [`${failed} failed, ${spec.maxFailed} allowed.`] : []),
    ...(scheduleKept || sender.scheduled === 0 ? [] : [scheduleReason(sender)]),
    ...(outcome === 'nothing-measured' ? ['Nothing was measured.'] : []),
  ];
  return {
    outcome,
    failed,
    maxFailed: spec.maxFailed,
    scheduleKept,
    ...(failed === 0 && ok > 0 ? { failureRateBelow: Math.min(1, 3 / ok) } : {}),
    reasons,
  };
}

function keptSchedule(spec: ProbeSpec, sender: SenderTally): boolean {
  const share = MAX_LATE_SHARE * sender.scheduled;
  const forgiven = FORGIVEN_LATE_SECONDS * spec.ratePerSecond * spec.targets.length;
  return (
    sender.senderLate <= Math.max(share, forgiven) && sender.localErrors <= share && sender.maxLateMs <= MAX_LATE_MS
  );
}

function outcomeOf(overBudget: boolean, measured: boolean, scheduleKept: boolean): ProbeOutcome {
  if (overBudget) return 'fail';
  if (!measured) return 'nothing-measured';
  return scheduleKept ? 'pass' : 'schedule-not-kept';
}

function scheduleReason(sender: SenderTally): string {
  const share = (sender.onScheduleShare * 100).toFixed(2);
  const local = sender.localErrors > 0 ? `, ${sender.localErrors} not sent for want of this machine's resources` : '';
  return (
    `The probe did not keep its own schedule: ${share} % sent within 20 ms, ` +
    `worst delay ${Math.round(sender.maxLateMs)} ms${local}. Latencies and gaps may be its own.`
  );
}
