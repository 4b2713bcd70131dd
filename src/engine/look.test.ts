import { describe, expect, it } from 'vitest';
import { Transient } from '../errors.ts';
import { emptyFacts } from '../../test/facts.ts';
import { mesh } from '../mesh/status.test-helper.ts';
import type { View } from '../steps/step.ts';
import { quickClock } from './clock.test-helper.ts';
import { createLook } from './look.ts';

/** Reads that take a while; each view says when it was begun. */
function reading(tookMs: number, fail: (number: number) => boolean = () => false) {
  const clock = quickClock();
  const begun: number[] = [];
  const read = async (): Promise<View> => {
    const seenAt = clock.now();
    begun.push(seenAt);
    await clock.sleep(tookMs);
    if (fail(begun.length)) throw new Transient('reset');
    return { facts: emptyFacts(), mesh: mesh(), seenAt };
  };
  return { clock, begun, read };
}

describe('createLook', () => {
  it('reads once for all who ask at the same time', async () => {
    const { clock, begun, read } = reading(50);
    const look = createLook(read, clock);
    const [one, two] = await Promise.all([look(), look()]);
    expect(begun).toHaveLength(1);
    expect(one).toBe(two);
  });

  it('never answers with what was read before the question', async () => {
    const { clock, begun, read } = reading(1000);
    const look = createLook(read, clock);
    const asked: number[] = [];
    const seen: number[] = [];
    const questions = [0, 300, 700, 1500, 1700, 4000].map(async (at) => {
      if (at > 0) await clock.sleep(at);
      asked.push(clock.now());
      const { seenAt } = await look();
      seen.push(seenAt - at);
    });
    await Promise.all(questions);
    expect(seen.every((late) => late >= 0)).toBe(true);
    // 300, 700 and 1500 share the second read.
    expect(begun.length).toBeLessThan(asked.length);
  });

  it('pauses between reads for as long as the last one took', async () => {
    const { clock, begun, read } = reading(1000);
    const look = createLook(read, clock);
    for (let index = 0; index < 3; index += 1) await look();
    expect(begun).toEqual([0, 2000, 4000]);
  });

  it('pauses at least for the gap, and not longer than that when time has passed already', async () => {
    const { clock, begun, read } = reading(10);
    const look = createLook(read, clock, 200);
    await look();
    await look();
    await clock.sleep(5000);
    await look();
    expect(begun).toEqual([0, 210, 5220]);
  });

  it.each([
    ['slept for hours in the middle of a read', 8 * 3_600_000, true],
    ['had its clock set back', -3_600_000, false],
  ])('is not blind for long on a machine that %s', async (_name, jump, within) => {
    const { clock, begun, read } = reading(100);
    let moved = 0;
    const bent = { now: () => clock.now() + moved, sleep: clock.sleep };
    const jumping = () => read().finally(() => (moved = within ? jump : 0));
    const look = createLook(jumping, bent);
    await look();
    moved = jump;
    await look();
    expect(begun).toHaveLength(2);
    expect(Math.max(...clock.slept)).toBeLessThanOrEqual(60_000);
  });

  it('tells all who asked that a read failed, and reads anew for the next', async () => {
    const { clock, begun, read } = reading(10, (number) => number === 1);
    const look = createLook(read, clock);
    const both = await Promise.allSettled([look(), look()]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect((await look()).seenAt).toBeGreaterThan(0);
    expect(begun).toHaveLength(2);
  });
});
