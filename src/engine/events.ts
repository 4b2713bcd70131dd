/** What a run tells while it goes on: for the progress line, the event stream and nobody's memory. */
import type { Phase } from '../journal/entry.ts';
import type { GateResult } from './gates.ts';

/** Traffic of one probe target since the run began. */
export interface TrafficLine {
  readonly target: string;
  readonly sent: number;
  readonly failed: number;
  readonly p99Ms: number;
  readonly longestGapMs: number;
  readonly ended: Readonly<Record<string, number>>;
  /** What the latest failure was: 'reset: the stream was reset with code 7'. Not there before the first. */
  readonly failure?: string;
}

/** One thing that happened, or where the run stands. */
export type EngineEvent =
  | { readonly type: 'phase'; readonly phase: Phase; readonly what: string }
  | { readonly type: 'stage'; readonly stage: string; readonly title: string; readonly what: 'entered' | 'passed' }
  | {
      readonly type: 'step';
      readonly step: string;
      readonly title: string;
      readonly what: 'started' | 'done' | 'skipped' | 'failed' | 'retry';
      readonly detail: string;
    }
  | { readonly type: 'gate'; readonly stage: string; readonly results: readonly GateResult[] }
  | { readonly type: 'note'; readonly step: string; readonly text: string }
  | { readonly type: 'traffic'; readonly lines: readonly TrafficLine[] }
  | {
      readonly type: 'progress';
      readonly stage: string;
      /** Renewals of the whole program. */
      readonly workloads: { readonly done: number; readonly moving: number; readonly waiting: number };
      /** Seconds; null when nothing can be said yet. */
      readonly leftSeconds: number | null;
    }
  | { readonly type: 'stop'; readonly kind: string; readonly why: string };
