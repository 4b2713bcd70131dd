import { expect, test } from 'vitest';
import { VirtualScheduler } from './virtual.ts';
import { WorkQueue } from './work-queue.ts';

class Expected extends Error {}
const retries = (error: unknown) => error instanceof Expected;

test('works once on a key that was asked for several times', () => {
  const clock = new VirtualScheduler(0);
  const done: string[] = [];
  const queue = new WorkQueue(clock, (key) => void done.push(key), { delayMs: 5 });
  for (const key of ['a', 'b', 'a']) queue.add(key);
  clock.advance(5);
  expect(done).toEqual(['a', 'b']);
  queue.add('a');
  clock.advance(5);
  expect(done).toEqual(['a', 'b', 'a']);
});

test('waits 5, 10, 20 … ms after failures and starts anew after a success', () => {
  const clock = new VirtualScheduler(0);
  const times: number[] = [];
  let failing = true;
  const work = () => {
    times.push(clock.now());
    if (failing) throw new Expected();
  };
  const queue = new WorkQueue(clock, work, { retries });
  queue.add('a');
  clock.advance(100);
  expect(times).toEqual([0, 5, 15, 35, 75]);
  expect(queue.failures('a')).toBe(5);
  failing = false;
  clock.advance(1000);
  expect(times.at(-1)).toBe(155);
  expect(queue.failures('a')).toBe(0);
});

test('waits at most 1,000 s', () => {
  const clock = new VirtualScheduler(0);
  const times: number[] = [];
  const work = () => {
    times.push(clock.now());
    throw new Expected();
  };
  new WorkQueue(clock, work, { retries }).add('a');
  clock.advance(10_000_000);
  const waits = times.map((time, index) => time - (times[index - 1] ?? 0));
  expect(Math.max(...waits)).toBe(1_000_000);
});

test('of several later wishes the earliest holds, and stopping takes all back', () => {
  const clock = new VirtualScheduler(0);
  const times: number[] = [];
  const queue = new WorkQueue(clock, () => void times.push(clock.now()));
  queue.addAfter('a', 50);
  queue.addAfter('a', 20);
  queue.addAfter('a', 80);
  clock.advance(100);
  expect(times).toEqual([20]);
  queue.add('a');
  queue.addAfter('a', 10);
  queue.stop();
  queue.add('a');
  clock.advance(100);
  expect(times).toEqual([20]);
});

test('passes on errors that are nobody’s expected failure', () => {
  const clock = new VirtualScheduler(0);
  const work = () => {
    throw new TypeError('a bug');
  };
  new WorkQueue(clock, work, { retries }).add('a');
  expect(() => clock.advance(1)).toThrow('a bug');
});
