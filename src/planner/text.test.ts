import { describe, expect, it } from 'vitest';
import { duration } from './text.ts';

describe('duration', () => {
  it.each([
    [0, '0 s'],
    [45.2, '46 s'],
    [60, '1 min'],
    [200, '3 min 20 s'],
    [3600, '1 h 0 min'],
    [7500, '2 h 5 min'],
  ])('%d seconds are %s', (seconds, words) => {
    expect(duration(seconds)).toBe(words);
  });
});
