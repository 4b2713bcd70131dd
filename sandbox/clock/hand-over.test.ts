import { expect, test } from 'vitest';
import { HandOverScheduler } from './hand-over.ts';
import { VirtualScheduler } from './virtual.ts';

/** Two virtual clocks; the second stands for the machine's. */
function clocks(machineNow: number) {
  const past = new VirtualScheduler(1000);
  const machine = new VirtualScheduler(machineNow);
  return { past, machine, clock: new HandOverScheduler(past) };
}

test('does what is left when its time comes on the other clock, in order, and once', () => {
  const { past, machine, clock } = clocks(2000);
  const done: string[] = [];
  const note = (name: string) => () => void done.push(`${name}@${clock.now()}`);
  clock.after(1500, note('late'));
  clock.after(1100, note('soon'));
  clock.after(1100, note('second'));
  clock.after(500, note('past'));
  clock.after(1200, note('cancelled'))();
  past.advance(1000);
  clock.handOver(machine);
  past.advance(10_000);
  expect(done).toEqual(['past@1500']);
  machine.advance(600);
  expect(done).toEqual(['past@1500', 'soon@2100', 'second@2100', 'late@2500']);
});

test('stays ahead of a machine whose time has not come that far', () => {
  const { past, machine, clock } = clocks(1000);
  past.advance(5000);
  clock.handOver(machine);
  expect(clock.now()).toBe(6000);
  machine.advance(10);
  expect(clock.now()).toBe(6010);
});

test('waits longer than a timer of Node can', () => {
  const { past, machine, clock } = clocks(1000);
  let done = 0;
  past.advance(1);
  clock.handOver(machine);
  clock.after(2 ** 32, () => (done = clock.now()));
  machine.advance(2 ** 31);
  expect(done).toBe(0);
  machine.advance(2 ** 31);
  expect(done).toBe(1001 + 2 ** 32);
});

test('does nothing after its stop', () => {
  const { past, machine, clock } = clocks(1000);
  let done = 0;
  clock.after(10, () => (done += 1));
  clock.handOver(machine);
  clock.after(20, () => (done += 1));
  clock.stop();
  clock.after(30, () => (done += 1));
  past.advance(100);
  machine.advance(100);
  expect(done).toBe(0);
});
