import { describe, expect, test } from 'vitest';
import type { Loss } from '../bench/fitness/load.ts';
import { scoreOf, shuffled, type Judged } from '../bench/fitness/score.ts';
import { runsOf } from '../bench/fitness/table.ts';

const judged = (name: string, predicted: boolean, lost: boolean): Judged => ({ name, predicted, lost });
const loss = (failed: number, cut = 0): Loss => ({ sent: 100, failed, cut, kinds: {} });

describe('scores of predictions', () => {
  const hit = judged('hit', true, true);
  const quiet = judged('quiet', false, false);

  test('count what was missed and what did not come', () => {
    const cases = [hit, { ...hit, name: 'again' }, quiet, judged('alarm', true, false), judged('missed', false, true)];
    expect(scoreOf(cases)).toEqual({
      ...{ falseAlarms: ['alarm'], missed: ['missed'] },
      ...{ recall: 2 / 3, precision: 2 / 3 },
    });
  });

  test('are no numbers where nothing was lost or said', () => {
    expect(scoreOf([quiet])).toMatchObject({ recall: NaN, precision: NaN });
    expect(scoreOf([judged('missed', false, true)])).toMatchObject({ recall: 0, precision: NaN });
  });

  test('become bad when predictions go to other workloads', () => {
    const cases = [hit, { ...hit, name: 'again' }, quiet, { ...quiet, name: 'more' }];
    expect(scoreOf(cases)).toMatchObject({ recall: 1, precision: 1 });
    expect(scoreOf(shuffled(cases))).toMatchObject({ recall: 0, precision: 0 });
  });
});

describe('several runs of one workload', () => {
  test.each([
    [[loss(0), loss(0)], false, true],
    [[loss(3), loss(0, 2)], true, true],
    [[loss(3), loss(0)], true, false],
    [[loss(3), loss(0), loss(0)], false, false],
    [[loss(1), loss(0), loss(2)], true, false],
  ])('%j', (losses, lost, agreed) => {
    expect(runsOf(losses)).toMatchObject({ lost, agreed });
  });

  test('show the worst of those that decide', () => {
    expect(runsOf([loss(1), loss(0), loss(2, 3)])?.worst).toEqual(loss(2, 3));
    expect(runsOf([])).toBeNull();
  });
});
