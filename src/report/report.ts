/** The evidence of a run as a document: `kind: RunReport`. Every number comes from the journal, which it holds. */
import type { JournalEntry, JournalEvent, Phase, RunState, WriteRecord } from '../journal/entry.ts';
import type { UpgradePlan } from '../planner/plan.ts';

/** A journal entry in short: when, lease epoch, what, hash. Its number is its place, its predecessor the one before. */
export type CompactEntry = readonly [at: string, epoch: number, event: JournalEvent, hash: string];

/** From one moment to another, RFC 3339. */
export interface Span {
  readonly from: string;
  readonly to: string;
  readonly seconds: number;
}

/** One process that worked on the run. */
export interface ProcessReport {
  readonly epoch: number;
  /** 'user@host pid'. */
  readonly by: string;
  readonly from: string;
  readonly to: string;
  /** 'no word': it was killed, cut off or overtaken, or it still runs; the journal can't tell which. */
  readonly end: 'finished' | 'paused' | 'halted' | 'breach' | 'no word';
}

/** One try of a step. `to` is null when no end was written. */
export interface ExecutionReport {
  readonly epoch: number;
  readonly from: string;
  readonly to: string | null;
  readonly end: 'done' | 'failed' | 'no word';
}

/** One step of a stage. */
export interface StepReport {
  readonly step: string;
  readonly title: string;
  /** `skipped`: the cluster showed that it was done, and no process of this run began it. `no word`: begun, its end is not known. */
  readonly outcome: 'done' | 'skipped' | 'failed' | 'no word';
  readonly start: string | null;
  readonly end: string | null;
  /** Time spent in tries with a known end; null when there is none. */
  readonly seconds: number | null;
  /** Times that it was begun again, and writes that were sent again within a try. */
  readonly retries: number;
  readonly executions: readonly ExecutionReport[];
  /** Of the last failure or of the skip; else ''. */
  readonly detail: string;
}

/** One condition of a gate, as it was measured last. */
export interface GateReport {
  readonly gate: string;
  /** What had to hold; '' when the plan does not say. */
  readonly condition: string;
  readonly at: string;
  readonly verdict: 'passed' | 'waiting' | 'failed' | 'unknown';
  readonly value: string;
}

/** One stage of one direction. */
export interface StageReport {
  readonly phase: Phase;
  readonly stage: string;
  readonly title: string;
  readonly outcome: 'passed' | 'not passed';
  readonly start: string;
  /** When it was passed, or the last that is known of it. */
  readonly end: string;
  /** Time in it, without pauses. */
  readonly seconds: number;
  /** More than one when it was interrupted and entered again. */
  readonly visits: readonly (Span & { readonly epoch: number })[];
  readonly steps: readonly StepReport[];
  readonly gates: readonly GateReport[];
}

/** One write. */
export interface WriteReport extends WriteRecord {
  readonly at: string;
  readonly phase: Phase;
  readonly step: string;
  readonly by: string;
  readonly epoch: number;
  /** `unknown`: no answer was written down. */
  readonly outcome: 'ok' | 'refused' | 'unknown';
  /** resourceVersion afterwards, or the error. */
  readonly detail: string;
  /** Same verb and object as an earlier one of the same try of its step that was not accepted. */
  readonly again: boolean;
  /** How an unknown outcome was cleared up later; '' when it was known at once; null when it never was. */
  readonly resolved: string | null;
}

/** How many proxies of a workload have a version. Version and revision are null when they were not seen. */
export interface VersionCount {
  readonly version: string | null;
  readonly revision: string | null;
  readonly proxies: number;
}

/** The proxies of one workload at both ends. */
export interface WorkloadProxies {
  /** 'Deployment shop/web'; '' for pods without a known owner. */
  readonly workload: string;
  readonly before: readonly VersionCount[];
  /** Null when the end was not measured. */
  readonly after: readonly VersionCount[] | null;
}

/** Proxies by version at one moment. */
export interface CoursePoint {
  readonly at: string;
  /** False: follows from a finished renewal. */
  readonly measured: boolean;
  readonly counts: readonly { readonly version: string | null; readonly proxies: number }[];
}

/** Versions of all proxies. */
export interface ProxiesReport {
  readonly beforeAt: string | null;
  readonly afterAt: string | null;
  readonly workloads: readonly WorkloadProxies[];
  readonly course: readonly CoursePoint[];
}

/** What probes saw. `failed` counts failed requests and connections that were cut. */
export interface TrafficNumbers {
  readonly sent: number;
  readonly failed: number;
  /** Milliseconds; the worst window since the process that measured began. */
  readonly p99Ms: number;
  readonly longestGapMs: number;
  /** Held connections that ended, by how. */
  readonly ended: readonly { readonly how: string; readonly count: number }[];
}

/** Traffic of one target in one stage. */
export interface StageTraffic extends TrafficNumbers {
  readonly phase: Phase;
  readonly stage: string;
  readonly epoch: number;
  readonly at: string;
  readonly target: string;
}

/** Traffic of one target over the run. */
export interface TargetTraffic extends TrafficNumbers {
  readonly target: string;
}

/** All traffic, and what may be said of it. */
export interface TrafficReport {
  readonly stages: readonly StageTraffic[];
  readonly targets: readonly TargetTraffic[];
  readonly total: TrafficNumbers;
  /** Only without failures in n requests: 3 / n, the bound of the failure rate with 95 % confidence. */
  readonly failureRateBelow: number | null;
  /** The claim in words, with what it means. */
  readonly statement: string;
}

/** A time in which the run stood still. `until` is null when it did not go on. */
export interface StopReport {
  /** 'finished': between the end of one command and the begin of the next. */
  readonly what: 'finished' | 'paused' | 'halted' | 'breach' | 'no word';
  readonly at: string;
  readonly until: string | null;
  readonly seconds: number | null;
  readonly why: string;
}

/** Another process went on with the run. */
export interface TakeoverReport {
  readonly at: string;
  readonly from: { readonly by: string; readonly epoch: number };
  readonly to: { readonly by: string; readonly epoch: number };
  /** How the one before had ended. */
  readonly after: ProcessReport['end'];
}

/** Something that a step measured or noted. */
export interface Remark {
  readonly at: string;
  readonly step: string;
  readonly name: string;
  readonly value: string;
}

/** What the report can't say. */
export interface NotMeasured {
  /** Stable: 'traffic', 'traffic-lost', 'stage-traffic', 'write', 'proxies', 'gate', 'step', 'state'. */
  readonly code: string;
  readonly text: string;
}

/** The document; each field is described in docs/report.md. */
export interface RunReport {
  readonly apiVersion: 'meshlift.dev/v1alpha1';
  readonly kind: 'RunReport';
  readonly run: string;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly tool: string;
  readonly cluster: UpgradePlan['cluster'];
  readonly from: string;
  readonly to: string;
  readonly revisions: UpgradePlan['revisions'];
  readonly outcome: {
    /** As the journal says; 'no word': begun and not ended. */
    readonly status: Exclude<RunState['status'], 'running'> | 'no word';
    readonly phase: Phase;
    /** Stage that it stands in; '' at the end. */
    readonly stage: string;
    readonly why: string;
    readonly sentence: string;
  };
  readonly notMeasured: readonly NotMeasured[];
  /** `activeSeconds`: without the times in which it stood still. Null without entries. */
  readonly time: (Span & { readonly activeSeconds: number }) | null;
  readonly traffic: TrafficReport;
  readonly proxies: ProxiesReport;
  readonly stages: readonly StageReport[];
  readonly writes: readonly WriteReport[];
  readonly processes: readonly ProcessReport[];
  readonly stops: readonly StopReport[];
  readonly takeovers: readonly TakeoverReport[];
  readonly evidence: readonly Remark[];
  readonly notes: readonly Remark[];
  /** Where the run's head said that it stands. */
  readonly state: RunState;
  readonly plan: UpgradePlan;
  readonly journal: { readonly entries: number; readonly head: string };
  readonly entries: readonly CompactEntry[];
  /** SHA-256 of all the above as canonical JSON. */
  readonly digest: string;
}

/** What a report is made of. */
export interface ReportInput {
  readonly plan: UpgradePlan;
  readonly entries: readonly JournalEntry[];
  readonly state: RunState;
  /** RFC 3339. */
  readonly createdAt: string;
  /** 'meshlift 0.1.0'. */
  readonly tool: string;
}
