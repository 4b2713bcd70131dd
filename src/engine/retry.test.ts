import { describe, expect, it } from 'vitest';
import { Aborted, Blocked, Conflict, InvalidInput, NotFound, Transient } from '../errors.ts';
import { quickClock } from './clock.test-helper.ts';
import { retrying, type RetryOptions } from './retry.ts';

function setup(errors: readonly Error[]) {
  const clock = quickClock();
  const left = [...errors];
  const stop = new AbortController();
  const waits: number[] = [];
  const tries: number[] = [];
  const action = (): Promise<string> => {
    tries.push(clock.now());
    const error = left.shift();
    return error === undefined ? Promise.resolve('done') : Promise.reject(error);
  };
  const options: RetryOptions = {
    ...{ clock, signal: stop.signal, limitMs: 60_000 },
    onRetry: (_error, ms) => void waits.push(ms),
  };
  return { stop, waits, tries, run: (more: Partial<RetryOptions> = {}) => retrying(action, { ...options, ...more }) };
}

const reset = (): Transient => new Transient('reset');

describe('retrying', () => {
  it('tries again what may work the next time, and what another writer overtook', async () => {
    const { run, tries } = setup([reset(), new Conflict('changed')]);
    await expect(run()).resolves.toBe('done');
    expect(tries).toHaveLength(3);
  });

  it.each([new Blocked('403'), new NotFound('404'), new InvalidInput('422'), new Aborted('stop'), new Error('bug')])(
    'does not try again after %s',
    async (error) => {
      const { run, tries } = setup([error]);
      await expect(run()).rejects.toBe(error);
      expect(tries).toHaveLength(1);
    },
  );

  it('takes a Conflict for an answer where it is one', async () => {
    const taken = new Conflict('taken');
    const { run, tries } = setup([reset(), taken]);
    await expect(run({ conflicts: false })).rejects.toBe(taken);
    expect(tries).toHaveLength(2);
  });

  it('waits twice as long each time, ten seconds at most', async () => {
    const { run, waits } = setup(Array.from({ length: 8 }, reset));
    await run();
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  });

  it('waits as long as the server asks, when that is longer', async () => {
    const { run, waits } = setup([
      new Transient('429', { retryAfterSeconds: 30 }),
      new Transient('429', { retryAfterSeconds: 0.1 }),
    ]);
    await run();
    expect(waits).toEqual([30_000, 500]);
  });

  it('does not wait longer than its limit, whatever the server asks', async () => {
    const day = new Transient('429', { retryAfterSeconds: 86_400 });
    const { run, tries } = setup([reset(), day, day]);
    await expect(run()).rejects.toBe(day);
    expect(tries).toEqual([0, 250, 60_000]);
  });

  it('counts the limit from the first failure, then throws the last one', async () => {
    const last = new Transient('last');
    const { run, tries } = setup([reset(), reset(), reset(), last]);
    await expect(run({ limitMs: 1750 })).rejects.toBe(last);
    expect(tries).toEqual([0, 250, 750, 1750]);
  });

  it('ends while it waits when it is stopped, and begins no wait afterwards', async () => {
    const stopped = setup([reset(), reset()]);
    const running = stopped.run({ onRetry: () => stopped.stop.abort() });
    await expect(running).rejects.toBeInstanceOf(Aborted);
    expect(stopped.tries).toHaveLength(1);
    const first = reset();
    const before = setup([first]);
    before.stop.abort();
    await expect(before.run()).rejects.toBe(first);
    expect(before.waits).toEqual([]);
  });
});
