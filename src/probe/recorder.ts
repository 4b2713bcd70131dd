import { Bins, GapFinder, SecondSeries } from './bins.ts';
import type { BinCounts, GapReport, SecondPoint } from './bins.ts';
import { Histogram } from './histogram.ts';
import type { LatencySummary } from './histogram.ts';
import { DriftAccount } from './schedule.ts';
import type { SenderTally } from './schedule.ts';
import { failureName } from './taxonomy.ts';
import type { Failure, FailureKind } from './taxonomy.ts';

/** Equal failures of one target, counted together. Times in milliseconds since the start, by when the request had to leave. */
export interface FailureTally {
  /** Kind with status and flag: "refused", "status 503 UF". */
  readonly name: string;
  readonly kind: FailureKind;
  readonly code?: string;
  readonly flag?: string;
  readonly count: number;
  /** How many of them went over a connection that had already carried a request. */
  readonly onReusedConnection: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** Detail of the first one. */
  readonly example: string;
}

/** Counts of one target over the whole probe or over a part of it. */
export interface Tally {
  readonly sender: SenderTally;
  readonly ok: number;
  readonly failed: number;
  /** Times that a request was sent again because no server can have processed it (GOAWAY); no failures. */
  readonly resent: number;
  readonly failures: readonly FailureTally[];
  /** Of right answers that were asked for in time; from the intended time to the complete answer. */
  readonly latency: LatencySummary;
}

/** Counters that can be read at any time. */
class Counters {
  readonly drift = new DriftAccount();
  readonly latency = new Histogram();
  ok = 0;
  failed = 0;
  resent = 0;
  #failures = new Map<string, FailureTally>();

  fail(failed: Failure, intendedAtMs: number): void {
    this.failed += 1;
    const name = failureName(failed);
    const known = this.#failures.get(name);
    this.#failures.set(
      name,
      known ? addFailure(known, failed, intendedAtMs) : firstFailure(name, failed, intendedAtMs),
    );
  }

  tally(): Tally {
    const failures = [...this.#failures.values()].sort((left, right) => right.count - left.count);
    const { ok, failed, resent } = this;
    return { sender: this.drift.tally(), ok, failed, resent, failures, latency: this.latency.summary() };
  }
}

function firstFailure(name: string, failed: Failure, atMs: number): FailureTally {
  const { kind, code, flag, reused, detail } = failed;
  const labels = { ...(code === undefined ? {} : { code }), ...(flag === undefined ? {} : { flag }) };
  return {
    name,
    kind,
    ...labels,
    count: 1,
    onReusedConnection: reused ? 1 : 0,
    firstAtMs: atMs,
    lastAtMs: atMs,
    example: detail,
  };
}

function addFailure(known: FailureTally, failed: Failure, atMs: number): FailureTally {
  return {
    ...known,
    count: known.count + 1,
    onReusedConnection: known.onReusedConnection + (failed.reused ? 1 : 0),
    firstAtMs: Math.min(known.firstAtMs, atMs),
    lastAtMs: Math.max(known.lastAtMs, atMs),
  };
}

/** The course of one target's requests over time. */
export interface Course {
  readonly bins: BinCounts;
  readonly gaps: GapReport;
  readonly seconds: readonly SecondPoint[];
}

/** One request from its intended time to its fate; times in milliseconds since the start. */
export interface Shot {
  readonly intendedAtMs: number;
  /** It left more than 20 ms after its time, so its latency would measure the sender. */
  readonly late: boolean;
}

/** Writes down what happens to the requests to one target. */
export class Recorder {
  readonly #total = new Counters();
  readonly #bins = new Bins();
  readonly #gaps: GapFinder;
  readonly #seconds: SecondSeries;
  readonly #ratePerSecond: number;
  #window = new Counters();
  #windowGaps: GapFinder;

  constructor(ratePerSecond: number, timeoutMs: number, firstAtMs: number) {
    this.#ratePerSecond = ratePerSecond;
    this.#gaps = new GapFinder(ratePerSecond, firstAtMs);
    this.#windowGaps = new GapFinder(ratePerSecond, firstAtMs);
    this.#seconds = new SecondSeries(timeoutMs);
  }

  /** A request leaves at `nowMs`. */
  sent(intendedAtMs: number, nowMs: number): Shot {
    this.#bins.intended(intendedAtMs);
    this.#window.drift.sent(intendedAtMs, nowMs);
    return { intendedAtMs, late: this.#total.drift.sent(intendedAtMs, nowMs) };
  }

  /** The right answer came at `nowMs`. */
  answered(shot: Shot, nowMs: number): void {
    this.#bins.answered(nowMs);
    this.#gaps.answered(nowMs);
    this.#windowGaps.answered(nowMs);
    this.#total.ok += 1;
    this.#window.ok += 1;
    if (shot.late) return;
    const latency = nowMs - shot.intendedAtMs;
    this.#total.latency.record(latency);
    this.#window.latency.record(latency);
    this.#seconds.record(shot.intendedAtMs, latency);
  }

  /** A request that no server processed leaves once more; its latency still counts from its intended time. */
  resent(): void {
    this.#total.resent += 1;
    this.#window.resent += 1;
  }

  /** The request failed. A want of this machine is accounted to the sender, not to the target. */
  failed(shot: Shot, failed: Failure): void {
    if (failed.kind === 'local') {
      this.#total.drift.localError();
      return this.#window.drift.localError();
    }
    this.#bins.failed(shot.intendedAtMs);
    this.#total.fail(failed, shot.intendedAtMs);
    this.#window.fail(failed, shot.intendedAtMs);
  }

  total(): Tally {
    return this.#total.tally();
  }

  /** Buckets and percentiles of the whole probe. */
  latency(): Histogram {
    return this.#total.latency;
  }

  /** `endMs`: up to when an answer was due. */
  course(endMs: number): Course {
    return { bins: this.#bins.counts(), gaps: this.#gaps.report(endMs), seconds: this.#seconds.points() };
  }

  /** Counts and longest gap since the last call; a gap that began before counts with the part since then. */
  takeWindow(nowMs: number): Tally & { readonly longestGapMs: number } {
    const taken = { ...this.#window.tally(), longestGapMs: this.#windowGaps.report(nowMs).longest.ms };
    this.#window = new Counters();
    this.#windowGaps = new GapFinder(this.#ratePerSecond, nowMs);
    return taken;
  }
}
