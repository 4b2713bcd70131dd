import { expect, it } from 'vitest';
import { bytes, cpuMillis, quantity } from './quantities.ts';

it.each([
  ['250m', 250],
  ['0.1', 100],
  ['2', 2000],
  [1, 1000],
  ['1500u', 2],
  ['', 0],
  ['many', 0],
  [undefined, 0],
])('%j of CPU is %d thousandths', (value, millis) => {
  expect(cpuMillis(value)).toBe(millis);
});

it.each([
  ['128Mi', 134_217_728],
  ['1Ki', 1024],
  ['1.5Gi', 1_610_612_736],
  ['1M', 1_000_000],
  ['1e3', 1000],
  ['129e6', 129_000_000],
  ['1Ti', 1_099_511_627_776],
  [100, 100],
  ['12Xi', 0],
])('%j of memory is %d bytes', (value, size) => {
  expect(bytes(value)).toBe(size);
});

it('takes what is no quantity for none', () => {
  expect([quantity('1.2.3'), quantity('-'), quantity(null), quantity({})]).toEqual([0, 0, 0, 0]);
});
