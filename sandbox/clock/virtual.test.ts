import { expect, test } from 'vitest';
import { VirtualScheduler } from './virtual.ts';

test('does things in the order of time, then of asking', () => {
  const clock = new VirtualScheduler(1000);
  const done: string[] = [];
  const note = (name: string) => () => void done.push(`${name}@${clock.now()}`);
  clock.after(20, note('late'));
  clock.after(10, note('a'));
  clock.after(10, note('b'));
  clock.after(10, note('cancelled'))();
  clock.after(5, () => clock.after(5, note('nested')));
  clock.advance(15);
  expect(done).toEqual(['a@1010', 'b@1010', 'nested@1010']);
  expect(clock.now()).toBe(1015);
  clock.advance(5);
  expect(done.at(-1)).toBe('late@1020');
});

test('keeps the order of many timers', () => {
  const clock = new VirtualScheduler(0);
  const done: number[] = [];
  for (let i = 0; i < 500; i++) clock.after((i * 7919) % 101, () => void done.push(clock.now()));
  clock.advance(1000);
  expect(done).toHaveLength(500);
  expect(done).toEqual([...done].sort((a, b) => a - b));
});

test('runs until a condition holds or the limit is over', () => {
  const clock = new VirtualScheduler(0);
  let count = 0;
  const again = () => void clock.after(10, () => (count++, again()));
  again();
  expect(clock.runUntil(() => count === 3, 1000)).toBe(true);
  expect(clock.now()).toBe(30);
  expect(clock.runUntil(() => count === 1000, 100)).toBe(false);
  expect(clock.now()).toBe(130);
});
