import { expect, test } from 'vitest';
import { zipOf } from './zip.test-helper.ts';
import { zipEntries } from './zip.ts';

test('files of an archive are unpacked, stored and deflated ones', () => {
  const archive = zipOf({ 'a/one': 'first', 'a/': '', 'a/two': 'second '.repeat(100) }, ['a/two']);
  expect(zipEntries(archive).map(({ name, data }) => [name, data().toString()])).toEqual([
    ['a/one', 'first'],
    ['a/two', 'second '.repeat(100)],
  ]);
});

test.each([
  ['no archive', Buffer.from('<html>')],
  ['half of one', zipOf({ one: 'first' }).subarray(0, 60)],
  ['a directory that is cut', Buffer.concat([zipOf({ one: 'first', two: 'second' }).subarray(40)])],
])('%s is refused', (_what, archive) => {
  expect(() => zipEntries(archive).map(({ data }) => data())).toThrow(/could not be read/);
});
