import { expect, it } from 'vitest';
import { scaledCount } from './scaled-count.ts';

it.each([
  ['2', 10, 2],
  ['25%', 10, 3],
  ['29%', 100, 29],
  ['', 10, 0],
  ['many', 10, 0],
  ['x%', 10, 0],
])('%j of %d, rounded up, is %d', (value, of, found) => {
  expect(scaledCount(value, of, Math.ceil)).toBe(found);
});

it('rounds as it is told', () => {
  expect(scaledCount('25%', 10, Math.floor)).toBe(2);
  expect(scaledCount('29%', 100, Math.floor)).toBe(29);
});
