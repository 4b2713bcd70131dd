/** A log-linear histogram of microseconds: 128 steps per power of two, so a value is known within 0.4 %. */

const STEP_BITS = 7;
const STEPS = 1 << STEP_BITS;
const EXACT = STEPS * 2;
/** Five minutes; what is longer is counted in the last bucket and stays exact only in `max`. */
const HIGHEST_MICROS = 300_000_000;

/** One bucket that holds something: its middle in microseconds and how many values fell in. */
export type HistogramBucket = readonly [micros: number, count: number];

/** A distribution of latencies in milliseconds. All is zero while nothing was recorded. */
export interface LatencySummary {
  readonly count: number;
  readonly minMs: number;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

/** Counts latencies; memory is fixed (about 3,000 numbers), whatever the number of values. */
export class Histogram {
  #counts = new Float64Array(bucketOf(HIGHEST_MICROS) + 1);
  #count = 0;
  #sum = 0;
  #min = Infinity;
  #max = 0;

  /** Values recorded. */
  get count(): number {
    return this.#count;
  }

  /** Adds one latency in milliseconds; a negative one counts as 0, one above 5 min is clipped except in the maximum. */
  record(ms: number): void {
    const micros = Math.max(0, Math.round(ms * 1000));
    const bucket = bucketOf(Math.min(micros, HIGHEST_MICROS));
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#count += 1;
    this.#sum += micros;
    this.#min = Math.min(this.#min, micros);
    this.#max = Math.max(this.#max, micros);
  }

  /** Adds all that another histogram holds; the same as recording both into one. */
  merge(other: Histogram): void {
    other.#counts.forEach((count, bucket) => (this.#counts[bucket] = (this.#counts[bucket] ?? 0) + count));
    this.#count += other.#count;
    this.#sum += other.#sum;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
  }

  /** The value in milliseconds that `percent` (0 to 100) of all values do not exceed, within 1 %; 0 when empty. */
  percentile(percent: number): number {
    if (this.#count === 0) return 0;
    const rank = Math.max(1, Math.ceil((percent / 100) * this.#count));
    if (rank >= this.#count) return this.#max / 1000;
    let seen = 0;
    for (const [bucket, count] of this.#counts.entries()) {
      seen += count;
      if (seen >= rank) return this.#clamp(middleOf(bucket)) / 1000;
    }
    return this.#max / 1000;
  }

  /** The usual numbers of the distribution. */
  summary(): LatencySummary {
    const ms = (micros: number): number => micros / 1000;
    return {
      count: this.#count,
      minMs: this.#count === 0 ? 0 : ms(this.#min),
      meanMs: this.#count === 0 ? 0 : ms(this.#sum / this.#count),
      p50Ms: this.percentile(50),
      p90Ms: this.percentile(90),
      p99Ms: this.percentile(99),
      p999Ms: this.percentile(99.9),
      maxMs: ms(this.#max),
    };
  }

  /** The buckets that are not empty, in rising order. */
  buckets(): HistogramBucket[] {
    const found: HistogramBucket[] = [];
    this.#counts.forEach((count, bucket) => {
      if (count > 0) found.push([middleOf(bucket), count]);
    });
    return found;
  }

  /** The middle of the lowest or highest bucket may lie outside of what was really seen. */
  #clamp(micros: number): number {
    return Math.min(this.#max, Math.max(this.#min, micros));
  }
}

function bucketOf(micros: number): number {
  if (micros < EXACT) return micros;
  const shift = Math.floor(Math.log2(micros)) - STEP_BITS;
  return EXACT + (shift - 1) * STEPS + (Math.floor(micros / 2 ** shift) - STEPS);
}

function middleOf(bucket: number): number {
  if (bucket < EXACT) return bucket;
  const shift = Math.floor((bucket - EXACT) / STEPS) + 1;
  const low = (((bucket - EXACT) % STEPS) + STEPS) * 2 ** shift;
  return low + 2 ** (shift - 1);
}
