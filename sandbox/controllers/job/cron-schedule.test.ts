import { expect, test } from 'vitest';
import { InvalidInput } from '../../../src/errors.ts';
import { parseSchedule } from './cron-schedule.ts';

const next = (schedule: string, after: string) => {
  const time = parseSchedule(schedule).next(Date.parse(after));
  return time === undefined ? undefined : new Date(time).toISOString().slice(0, 16);
};

test.each([
  ['* * * * *', '2026-01-01T00:00:00Z', '2026-01-01T00:01'],
  ['30 4 * * *', '2026-01-01T04:30:00Z', '2026-01-02T04:30'],
  ['*/20 9-17 * * mon-fri', '2026-01-02T17:45:00Z', '2026-01-05T09:00'],
  ['0 0 31 * *', '2026-01-31T00:00:00Z', '2026-03-31T00:00'],
  ['0 0 29 feb *', '2026-01-01T00:00:00Z', '2028-02-29T00:00'],
  ['0 0 13 * 5', '2026-01-01T00:00:00Z', '2026-01-02T00:00'],
  ['0 12 * * 7', '2026-01-01T00:00:00Z', '2026-01-04T12:00'],
  ['@hourly', '2026-01-01T00:59:59Z', '2026-01-01T01:00'],
  ['0 0 30 2 *', '2026-01-01T00:00:00Z', undefined],
])('%s after %s is %s', (schedule, after, expected) => {
  expect(next(schedule, after)).toBe(expected);
});

test.each(['', '* * * *', '60 * * * *', '* * * foo *', '5-1 * * * *', '*/0 * * * *'])('refuses %j', (schedule) => {
  expect(() => parseSchedule(schedule)).toThrow(InvalidInput);
});
