import { describe, expect, it } from 'vitest';
import { duration } from './flags.ts';
import { plural, some, table, wrap } from './text.ts';

describe('duration', () => {
  it.each([
    ['30s', 30_000],
    ['1m30s', 90_000],
    ['500ms', 500],
    ['1.5s', 1500],
    ['10', 10_000],
  ])('%s is %d ms', (text, ms) => expect(duration(text)).toBe(ms));

  it.each(['', '0', '0s', '-5s', '5x', 's', '5s!', '1 m'])('refuses "%s"', (text) => {
    expect(() => duration(text)).toThrow('Give a time above zero');
  });
});

describe('text', () => {
  it('wraps at spaces and never breaks a word', () => {
    expect(wrap('one two three', 9, '- ', '  ')).toEqual(['- one two', '  three']);
    expect(wrap('unbreakable', 4)).toEqual(['unbreakable']);
  });

  it('aligns columns and leaves no space at the end', () => {
    expect(
      table(
        [
          ['a', 'bb'],
          ['ccc', ''],
        ],
        '',
      ),
    ).toEqual(['a    bb', 'ccc']);
  });

  it('counts', () => {
    expect([plural(1, 'pod'), plural(12_000, 'proxy', 'proxies')]).toEqual(['1 pod', '12,000 proxies']);
    expect(some(['a', 'b', 'c'], 2)).toBe('a, b and 1 more');
    expect(some(['a', 'b'], 2)).toBe('a, b');
  });
});
