import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram } from './histogram.ts';

const latency = fc.oneof(
  fc.double({ min: 0.001, max: 1, noNaN: true }),
  fc.double({ min: 1, max: 1000, noNaN: true }),
  fc.double({ min: 1000, max: 300_000, noNaN: true }),
);

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  values.forEach((value) => histogram.record(value));
  return histogram;
}

describe('Histogram', () => {
  it('knows every percentile within 1 %, from 1 µs to 5 min', () => {
    fc.assert(
      fc.property(
        fc.array(latency, { minLength: 1, maxLength: 300 }),
        fc.double({ min: 0, max: 100, noNaN: true }),
        (values, percent) => {
          const sorted = [...values].sort((left, right) => left - right);
          const exact = sorted[Math.max(1, Math.ceil((percent / 100) * sorted.length)) - 1] ?? NaN;
          // Half a microsecond is the rounding of the input.
          expect(Math.abs(histogramOf(values).percentile(percent) - exact)).toBeLessThanOrEqual(exact * 0.01 + 0.0005);
        },
      ),
    );
  });

  it('merges as if all had been recorded into one', () => {
    fc.assert(
      fc.property(fc.array(latency), fc.array(latency), (left, right) => {
        const merged = histogramOf(left);
        merged.merge(histogramOf(right));
        const whole = histogramOf([...left, ...right]);
        expect(merged.buckets()).toEqual(whole.buckets());
        expect(merged.percentile(99)).toBe(whole.percentile(99));
        expect(merged.summary().meanMs).toBeCloseTo(whole.summary().meanMs, 6);
      }),
    );
  });

  it('rises with the percentile and ends at the exact maximum', () => {
    fc.assert(
      fc.property(fc.array(latency, { minLength: 1 }), (values) => {
        const histogram = histogramOf(values);
        const curve = [0, 10, 50, 90, 99, 99.9, 100].map((percent) => histogram.percentile(percent));
        expect(curve).toEqual([...curve].sort((left, right) => left - right));
        expect(histogram.percentile(100)).toBeCloseTo(Math.max(...values), 2);
      }),
    );
  });

  it('is all zero while empty', () => {
    expect(new Histogram().summary()).toEqual({
      count: 0,
      minMs: 0,
      meanMs: 0,
      p50Ms: 0,
      p90Ms: 0,
      p99Ms: 0,
      p999Ms: 0,
      maxMs: 0,
    });
  });

  it('clips what is longer than 5 min but keeps the maximum', () => {
    const histogram = histogramOf([1, 400_000]);
    expect(histogram.summary().maxMs).toBe(400_000);
    expect(histogram.buckets().map(([, count]) => count)).toEqual([1, 1]);
  });
});
