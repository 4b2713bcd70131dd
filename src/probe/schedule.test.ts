import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { setDeadline } from './clock.ts';
import type { ProbeClock } from './clock.ts';
import { createSchedule, DriftAccount, sumSenders } from './schedule.ts';

describe('createSchedule', () => {
  it('hands out every time exactly once, whenever it is asked', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 100, max: 5000 }),
        fc.array(fc.integer({ min: 0, max: 900 }), { maxLength: 30 }),
        (ratePerSecond, durationMs, waits) => {
          const schedule = createSchedule({ startAt: 1000, ratePerSecond, durationMs });
          let now = 1000;
          const got = waits.flatMap((wait) => schedule.due((now += wait)));
          expect(got.every((time) => time <= now)).toBe(true);
          got.push(...schedule.due(Infinity));
          const count = Math.max(1, Math.round((durationMs * ratePerSecond) / 1000));
          expect(got).toEqual(Array.from({ length: count }, (_, index) => 1000 + (index * 1000) / ratePerSecond));
          expect(schedule.next()).toBeUndefined();
          expect(schedule.last()).toBe(got.at(-1));
        },
      ),
    );
  });

  it('does not drift over an hour', () => {
    const schedule = createSchedule({ startAt: 0, ratePerSecond: 30, durationMs: Infinity });
    schedule.due(3_600_000);
    expect(schedule.next()).toBeCloseTo(3_600_000 + 1000 / 30, 3);
  });
});

describe('DriftAccount', () => {
  it('counts what left more than 20 ms late, and what could not leave', () => {
    const account = new DriftAccount();
    expect([account.sent(0, 20), account.sent(10, 31), account.sent(20, 520), account.sent(30, 30)]).toEqual([
      false,
      true,
      true,
      false,
    ]);
    account.localError();
    expect(account.tally()).toEqual({
      scheduled: 4,
      senderLate: 2,
      maxLateMs: 500,
      localErrors: 1,
      onScheduleShare: 0.25,
    });
  });

  it('sums by sends, not by targets', () => {
    const busy = new DriftAccount();
    for (let index = 0; index < 9; index += 1) busy.sent(index, index);
    const late = new DriftAccount();
    late.sent(0, 50);
    expect(sumSenders([busy.tally(), late.tally()])).toMatchObject({
      scheduled: 10,
      senderLate: 1,
      maxLateMs: 50,
      onScheduleShare: 0.9,
    });
  });
});

describe('setDeadline', () => {
  it('gives one more turn when the timer itself came late, so that waiting answers are read first', () => {
    let now = 0;
    const timers: { readonly ms: number; readonly run: () => void }[] = [];
    const clock: ProbeClock = {
      now: () => now,
      setTimer: (ms, run) => {
        timers.push({ ms, run });
        return () => undefined;
      },
    };
    let expired = 0;
    setDeadline(clock, 100, () => (expired += 1));
    now = 400;
    timers[0]?.run();
    expect(expired).toBe(0);
    expect(timers[1]?.ms).toBe(20);
    now = 421;
    timers[1]?.run();
    expect(expired).toBe(1);
  });
});
