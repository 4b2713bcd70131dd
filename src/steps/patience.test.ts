import { expect, it } from 'vitest';
import { changed, comebackMs, freshPatience, isOver, notSeen, seenAgain } from './patience.ts';

const limit = 30_000;
const begun = freshPatience(0);
/** Cannot be asked from one second to another. */
const outage = (from: number, to: number, patience = begun) => seenAgain(notSeen(patience, from * 1000), to * 1000);
const over = (patience: typeof begun, seconds: number) => isOver(patience, seconds * 1000, limit);

it('is over when nothing has changed for longer than the limit', () => {
  expect([over(begun, 30), over(begun, 30.001)]).toEqual([false, true]);
  expect([over(changed(begun, 20_000), 50), over(changed(begun, 20_000), 50.001)]).toEqual([false, true]);
});

it('does not count an outage, nor what controllers need to come back after it', () => {
  const after = outage(5, 35);
  expect([over(after, 30 + 30 + comebackMs / 1000), over(after, 30 + 30 + comebackMs / 1000 + 0.001)]).toEqual([
    false,
    true,
  ]);
});

it('gives controllers less time after a short outage', () => {
  const after = outage(5, 6);
  expect([over(after, 5 + 1 + 6 + 31), over(after, 5 + 1 + 6 + 31.001)]).toEqual([false, true]);
});

it('does not forget an outage at the first change after it', () => {
  const after = changed(outage(5, 35), 40_000);
  expect([over(after, 35 + comebackMs / 1000 + 30), over(after, 35 + comebackMs / 1000 + 30.001)]).toEqual([
    false,
    true,
  ]);
});

it('ends with a server that fails every third second', () => {
  let patience = begun;
  let seconds = 0;
  for (; seconds < 1000 && !over(patience, seconds); seconds += 3) patience = outage(seconds, seconds + 1, patience);
  expect(seconds).toBeLessThan((30 + comebackMs / 1000) * 1.6);
});
