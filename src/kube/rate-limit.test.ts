import { describe, expect, it } from 'vitest';
import { rateLimiter } from './rate-limit.ts';

function limiterAt(clock: { now: number }) {
  const waits: number[] = [];
  const sleep = async (ms: number) => {
    waits.push(ms);
  };
  return { waits, limiter: rateLimiter({ perSecond: 10, burst: 2 }, { now: () => clock.now, sleep }) };
}

describe('rateLimiter', () => {
  it('lets the burst through and gives each further one its own turn', async () => {
    const { limiter, waits } = limiterAt({ now: 0 });
    for (let count = 0; count < 5; count += 1) await limiter.take();
    expect(waits).toEqual([100, 200, 300]);
  });

  it('fills with time, up to the burst', async () => {
    const clock = { now: 0 };
    const { limiter, waits } = limiterAt(clock);
    for (let count = 0; count < 2; count += 1) await limiter.take();
    clock.now = 60_000;
    for (let count = 0; count < 3; count += 1) await limiter.take();
    expect(waits).toEqual([100]);
  });
});
