import { describe, expect, it } from 'vitest';
import { Bins, GapFinder, SecondSeries } from './bins.ts';

describe('Bins', () => {
  it('counts requests and failures by intended time, answers by arrival', () => {
    const bins = new Bins();
    [0, 50, 100].forEach((at) => bins.intended(at));
    bins.answered(320);
    bins.failed(100);
    expect(bins.counts()).toEqual({ intended: [2, 1, 0, 0], answered: [0, 0, 0, 1], failed: [0, 1, 0, 0] });
  });
});

describe('GapFinder', () => {
  it('finds the longest silence between answers', () => {
    const gaps = new GapFinder(100);
    [5, 15, 25, 2025, 2035, 2200].forEach((at) => gaps.answered(at));
    const report = gaps.report(2210);
    expect(report.longest).toEqual({ fromMs: 25, toMs: 2025, ms: 2000 });
    expect(report.over.map((gap) => gap.ms)).toEqual([2000, 165]);
  });

  it('counts the silence before the first answer and the one that lasts', () => {
    const gaps = new GapFinder(100);
    gaps.answered(300);
    expect(gaps.report(900).over).toEqual([
      { fromMs: 0, toMs: 300, ms: 300 },
      { fromMs: 300, toMs: 900, ms: 600 },
    ]);
  });

  it('is silent from start to end when nothing ever answered', () => {
    expect(new GapFinder(10).report(4000).longest.ms).toBe(4000);
  });

  it('does not call the interval of a slow schedule a gap', () => {
    const gaps = new GapFinder(1);
    [0, 1000, 2000].forEach((at) => gaps.answered(at));
    expect(gaps.report(2000)).toMatchObject({ toleranceMs: 3000, over: [] });
  });
});

describe('SecondSeries', () => {
  it('summarizes each second by intended time, also when an answer comes seconds later', () => {
    const series = new SecondSeries(1000);
    for (let second = 0; second < 20; second += 1) series.record(second * 1000, second + 1);
    series.record(18_500, 900);
    const points = series.points();
    expect(points).toHaveLength(20);
    expect(points[0]).toEqual({ atMs: 0, count: 1, p50Ms: 1, p99Ms: 1, maxMs: 1 });
    expect(points[18]).toEqual({ atMs: 18_000, count: 2, p50Ms: 19, p99Ms: 900, maxMs: 900 });
  });
});
