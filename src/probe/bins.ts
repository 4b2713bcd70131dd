/** What happened when: counts per 100 ms, silences, and latency per second. Times are milliseconds since the start. */

/** Width of one bin in milliseconds. */
export const BIN_MS = 100;

/** Counts per bin; the arrays have one length, index i covers [i * 100, (i + 1) * 100) ms. */
export interface BinCounts {
  /** Requests by the time at which they had to leave. */
  readonly intended: readonly number[];
  /** Right answers by the time at which they came. */
  readonly answered: readonly number[];
  /** Failed requests by the time at which they had to leave. */
  readonly failed: readonly number[];
}

/** Counts per 100 ms for one target. */
export class Bins {
  #intended: number[] = [];
  #answered: number[] = [];
  #failed: number[] = [];

  intended(atMs: number): void {
    add(this.#intended, atMs);
  }

  answered(atMs: number): void {
    add(this.#answered, atMs);
  }

  failed(intendedAtMs: number): void {
    add(this.#failed, intendedAtMs);
  }

  counts(): BinCounts {
    const length = Math.max(this.#intended.length, this.#answered.length, this.#failed.length);
    const fill = (bins: readonly number[]): number[] => Array.from({ length }, (_, index) => bins[index] ?? 0);
    return { intended: fill(this.#intended), answered: fill(this.#answered), failed: fill(this.#failed) };
  }
}

function add(bins: number[], atMs: number): void {
  const index = Math.max(0, Math.floor(atMs / BIN_MS));
  while (bins.length <= index) bins.push(0);
  bins[index] = (bins[index] ?? 0) + 1;
}

/** A time without any right answer. */
export interface Gap {
  readonly fromMs: number;
  readonly toMs: number;
  readonly ms: number;
}

/** Gaps of one target. */
export interface GapReport {
  readonly longest: Gap;
  /** Only gaps above this are listed in `over`: three intervals of the schedule, at least 100 ms. */
  readonly toleranceMs: number;
  /** In order of time; at most 1,000. */
  readonly over: readonly Gap[];
}

const MAX_GAPS = 1000;

/** Finds silences between right answers; the first starts with the first request, the last ends with the last one. */
export class GapFinder {
  readonly #toleranceMs: number;
  #lastAt: number;
  #longest: Gap | undefined;
  #over: Gap[] = [];

  /** `fromMs`: when the first answer could have come. */
  constructor(ratePerSecond: number, fromMs = 0) {
    this.#toleranceMs = Math.max(BIN_MS, 3000 / ratePerSecond);
    this.#lastAt = fromMs;
  }

  answered(atMs: number): void {
    this.#note(atMs);
    this.#lastAt = atMs;
  }

  /** The gaps, with the silence that still lasts at `atMs` (usually the time of the last request). */
  report(atMs: number): GapReport {
    const open = gapBetween(this.#lastAt, Math.max(atMs, this.#lastAt));
    const isOver = open.ms > this.#toleranceMs && this.#over.length < MAX_GAPS;
    const longest = longer(this.#longest, open);
    return { longest, toleranceMs: this.#toleranceMs, over: isOver ? [...this.#over, open] : [...this.#over] };
  }

  #note(atMs: number): void {
    const gap = gapBetween(this.#lastAt, atMs);
    this.#longest = longer(this.#longest, gap);
    if (gap.ms > this.#toleranceMs && this.#over.length < MAX_GAPS) this.#over.push(gap);
  }
}

function gapBetween(fromMs: number, toMs: number): Gap {
  return { fromMs, toMs, ms: toMs - fromMs };
}

function longer(left: Gap | undefined, right: Gap): Gap {
  return left === undefined || right.ms > left.ms ? right : left;
}

/** Latency of the right answers to the requests intended within one second. */
export interface SecondPoint {
  /** Start of the second. */
  readonly atMs: number;
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Latency per second; keeps the values of a second only as long as an answer may still come. */
export class SecondSeries {
  readonly #keepSeconds: number;
  #open = new Map<number, number[]>();
  #closed: SecondPoint[] = [];

  /** `timeoutMs`: after it no answer to an older request can come. */
  constructor(timeoutMs: number) {
    this.#keepSeconds = Math.ceil(timeoutMs / 1000) + 2;
  }

  record(intendedAtMs: number, latencyMs: number): void {
    const second = Math.floor(intendedAtMs / 1000);
    const values = this.#open.get(second);
    if (values) return void values.push(latencyMs);
    this.#open.set(second, [latencyMs]);
    for (const old of [...this.#open.keys()].filter((key) => key < second - this.#keepSeconds)) this.#close(old);
  }

  points(): SecondPoint[] {
    const open = [...this.#open].map(([second, values]) => summarize(second, values));
    return [...this.#closed, ...open].sort((left, right) => left.atMs - right.atMs);
  }

  #close(second: number): void {
    this.#closed.push(summarize(second, this.#open.get(second) ?? []));
    this.#open.delete(second);
  }
}

function summarize(second: number, values: readonly number[]): SecondPoint {
  const sorted = [...values].sort((left, right) => left - right);
  const rank = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { atMs: second * 1000, count: sorted.length, p50Ms: rank(0.5), p99Ms: rank(0.99), maxMs: rank(1) };
}
