/** What a run writes down: intent before each write, result after it, gates with their values, who and when. */
/** Which program of a plan is running. */
export type Phase = 'forward' | 'back' | 'complete';

/** A write as it was sent. */
export interface WriteRecord {
  readonly verb: 'create' | 'patch' | 'delete' | 'evict' | 'tool';
  /** 'deployments.apps', 'pods'; for `tool` its name. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  /** What it rests on: 'resourceVersion 123', 'uid …'; '' for none. */
  readonly precondition: string;
  /** The patch or the object in short; no secrets. */
  readonly what: string;
}

/** One thing that happened. */
export type JournalEvent =
  | {
      readonly type: 'run';
      readonly what: 'started' | 'resumed' | 'paused' | 'halted' | 'finished' | 'breach' | 'stopping';
      readonly phase: Phase;
      /** user@host of the process, and the lease's epoch. */
      readonly by: string;
      readonly detail: string;
      /** At the start of a way back: the new control plane is removed at its end. */
      readonly removeNew?: true;
    }
  | { readonly type: 'stage'; readonly stage: string; readonly what: 'entered' | 'passed' }
  | {
      readonly type: 'step';
      readonly step: string;
      readonly what: 'started' | 'done' | 'skipped' | 'failed';
      readonly detail: string;
    }
  | { readonly type: 'write'; readonly id: string; readonly step: string; readonly write: WriteRecord }
  | {
      readonly type: 'written';
      readonly id: string;
      /** `unknown`: no answer came; whether it took effect is seen on the object. */
      readonly outcome: 'ok' | 'refused' | 'unknown';
      /** resourceVersion afterwards, or the error. */
      readonly detail: string;
    }
  | {
      readonly type: 'gate';
      readonly stage: string;
      readonly gate: string;
      readonly verdict: 'passed' | 'waiting' | 'failed' | 'unknown';
      /** Measured value in words: '412 of 412 proxies in sync'. */
      readonly value: string;
    }
  | {
      readonly type: 'traffic';
      readonly stage: string;
      readonly target: string;
      readonly sent: number;
      readonly failed: number;
      /** Milliseconds. */
      readonly p99Ms: number;
      readonly longestGapMs: number;
      /** Held connections that ended, by how: 'abrupt', or 'told' where the client was told beforehand. */
      readonly ended: Readonly<Record<string, number>>;
    }
  | {
      readonly type: 'proxies';
      readonly when: 'before' | 'after';
      /** Of a large mesh one of several entries, which follow each other from 1 on; left out: this is the only one. */
      readonly part?: { readonly number: number; readonly of: number };
      /** 'namespace/pod' → [version, revision, workload]; null when unknown. */
      readonly proxies: Readonly<Record<string, readonly [string | null, string | null, string]>>;
    }
  | { readonly type: 'evidence'; readonly step: string; readonly name: string; readonly value: string | number }
  | { readonly type: 'note'; readonly step: string; readonly text: string };

/** An entry of the chain. */
export interface JournalEntry {
  /** From 1 on, without gaps. */
  readonly seq: number;
  /** RFC 3339 with milliseconds. */
  readonly at: string;
  /** Lease epoch of the writer: grows with every takeover. */
  readonly epoch: number;
  readonly event: JournalEvent;
  /** SHA-256 (hex) of the entry before; 64 zeros for the first. */
  readonly previous: string;
  /** SHA-256 (hex) over `previous` and this entry without `hash`, as canonical JSON. */
  readonly hash: string;
}

/** Where a run stands, as another process sees it. */
export interface RunState {
  readonly run: string;
  readonly phase: Phase;
  readonly status: 'running' | 'paused' | 'halted' | 'finished' | 'rolled-back' | 'completed';
  /** Stage that it is in; '' before the first. */
  readonly stage: string;
  /** Why it stands still; '' when it doesn't. */
  readonly why: string;
  readonly updatedAt: string;
}
