import { describe, expect, it } from 'vitest';
import { Aborted, Blocked, Transient } from '../errors.ts';
import { takeLease, type LeaseOptions } from './lease.ts';
import { memoryStore, type Store } from './store.test-helper.ts';

const key = 'leases/istio-system/meshlift';

/** A clock that jumps to the next sleeper; `each` is called at every jump. */
function jumping(each: (now: number) => void = () => undefined) {
  let now = 1_000_000;
  return {
    now: () => now,
    pass: (ms: number) => (now += ms),
    sleep: (ms: number, signal?: AbortSignal): Promise<void> => {
      if (signal?.aborted === true) return Promise.reject(new Aborted('Stopped.'));
      now += ms;
      each(now);
      return Promise.resolve();
    },
  };
}

type Clock = ReturnType<typeof jumping>;

function options(store: Store, identity: string, clock: Clock, more: Partial<LeaseOptions> = {}): LeaseOptions {
  return { api: store.api, namespace: 'istio-system', identity, now: clock.now, sleep: clock.sleep, ...more };
}

/** The Lease as it lies there. */
function spec(store: Store): Record<string, unknown> {
  return store.objects.get(key)?.['spec'] as Record<string, unknown>;
}

describe('takeLease', () => {
  it('makes the Lease when there is none, as other tools write it', async () => {
    const store = memoryStore();
    const clock = jumping();
    const lease = await takeLease(options(store, 'me', clock));
    expect(lease.epoch).toBe(1);
    expect(lease.isValid()).toBe(true);
    expect(spec(store)).toEqual({
      ...{ holderIdentity: 'me', leaseDurationSeconds: 15, leaseTransitions: 1 },
      ...{ acquireTime: '1970-01-01T00:16:40.000000Z', renewTime: '1970-01-01T00:16:40.000000Z' },
    });
  });

  it('takes one that was released at once, with the next epoch', async () => {
    const store = memoryStore();
    const clock = jumping();
    const first = await takeLease(options(store, 'first', clock));
    await first.release();
    expect(first.isValid()).toBe(false);
    expect(spec(store)['holderIdentity']).toBe('');
    const began = clock.now();
    expect((await takeLease(options(store, 'second', clock))).epoch).toBe(2);
    expect(clock.now()).toBe(began);
  });

  it('takes its own again after a crash, with the next epoch', async () => {
    const store = memoryStore();
    const clock = jumping();
    await takeLease(options(store, 'me', clock));
    expect((await takeLease(options(store, 'me', clock))).epoch).toBe(2);
  });

  it('refuses when the holder renews it, naming the holder', async () => {
    const store = memoryStore();
    await takeLease(options(store, 'other@host 7', jumping()));
    const waited: string[] = [];
    const clock = jumping(() => {
      const lease = store.objects.get(key);
      if (lease !== undefined) lease.metadata.resourceVersion = `renewed ${waited.length}`;
    });
    const asked = takeLease(options(store, 'me', clock, { onWait: (holder) => waited.push(holder) }));
    await expect(asked).rejects.toMatchObject({
      errorClass: 'Blocked',
      message: 'other@host 7 is running on this mesh.',
      object: 'Lease istio-system/meshlift',
    });
    expect(waited).toEqual(['other@host 7']);
    expect(spec(store)['holderIdentity']).toBe('other@host 7');
  });

  it('waits for the whole duration on its own clock, then takes over', async () => {
    const store = memoryStore();
    await takeLease(options(store, 'dead', jumping()));
    const seen: string[] = [];
    const clock = jumping(() => seen.push(String(spec(store)['holderIdentity'])));
    const began = clock.now();
    const lease = await takeLease(options(store, 'me', clock));
    expect(clock.now() - began).toBe(15_000);
    expect(seen).toEqual(seen.map(() => 'dead'));
    expect(lease.epoch).toBe(2);
    expect(spec(store)['holderIdentity']).toBe('me');
  });

  it('waits as long as the holder asked for, when that is longer', async () => {
    const store = memoryStore();
    await takeLease(options(store, 'dead', jumping(), { durationMs: 60_000 }));
    const clock = jumping();
    const began = clock.now();
    await takeLease(options(store, 'me', clock));
    expect(clock.now() - began).toBe(60_000);
  });

  it('does not trust the times in the Lease: clocks differ', async () => {
    const store = memoryStore();
    const fast = jumping();
    fast.pass(86_400_000);
    await takeLease(options(store, 'dead', fast));
    const clock = jumping();
    const began = clock.now();
    await takeLease(options(store, 'me', clock));
    expect(clock.now() - began).toBe(15_000);
  });

  it('is refused to the second of two that take it over at the same moment', async () => {
    const store = memoryStore();
    await takeLease(options(store, 'dead', jumping()));
    const results = await Promise.allSettled(['a', 'b'].map((name) => takeLease(options(store, name, jumping()))));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const refused = results.find((one) => one.status === 'rejected');
    expect(refused?.reason === undefined || refused.reason instanceof Blocked).toBe(true);
  });

  it.each(['dropped', 'answer lost'] as const)('holds it when the write is %s', async (fate) => {
    const store = memoryStore();
    store.fates.push(fate);
    const clock = jumping();
    const lease = await takeLease(options(store, 'me', clock));
    expect(spec(store)['holderIdentity']).toBe('me');
    expect(lease.epoch).toBe(spec(store)['leaseTransitions']);
  });

  it('rests between tries while writes fail', async () => {
    const store = memoryStore();
    store.fates.push('dropped', 'dropped', 'dropped');
    const clock = jumping();
    const began = clock.now();
    await takeLease(options(store, 'me', clock));
    expect(clock.now() - began).toBe(3000);
  });

  it('throws what it cannot read, and ends by the signal', async () => {
    const store = memoryStore();
    store.readErrors.push(new Blocked('403'));
    await expect(takeLease(options(store, 'me', jumping()))).rejects.toBeInstanceOf(Blocked);
    await takeLease(options(store, 'other', jumping()));
    const stop = new AbortController();
    stop.abort();
    await expect(takeLease(options(store, 'me', jumping()), stop.signal)).rejects.toBeInstanceOf(Aborted);
  });
});

/** A clock whose sleepers wait until time is let pass. */
function steered() {
  let now = 1_000_000;
  let sleeper: { readonly at: number; readonly wake: () => void } | null = null;
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    now: () => now,
    sleep: (ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        const onAbort = (): void => reject(new Aborted('Stopped.'));
        if (signal?.aborted === true) return onAbort();
        signal?.addEventListener('abort', onAbort, { once: true });
        const wake = (): void => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        };
        sleeper = { at: now + ms, wake };
      }),
    /** Lets milliseconds pass, waking who sleeps. */
    pass: async (ms: number): Promise<void> => {
      for (const end = now + ms; now < end;) {
        const next = sleeper;
        now = Math.min(end, next?.at ?? end);
        if (next !== null && next.at <= now) {
          sleeper = null;
          next.wake();
        }
        await settle();
      }
    },
  };
}

describe('a lease that is kept', () => {
  async function kept() {
    const store = memoryStore();
    const clock = steered();
    const lost: string[] = [];
    const lease = await takeLease({ api: store.api, namespace: 'istio-system', identity: 'me', ...clock });
    lease.keep((why) => lost.push(why));
    return { store, clock, lost, lease };
  }

  it('stays valid as long as it is renewed', async () => {
    const { store, clock, lost, lease } = await kept();
    await clock.pass(60_000);
    expect(lease.isValid()).toBe(true);
    expect(lost).toEqual([]);
    expect(store.writes.length).toBeGreaterThanOrEqual(15);
    expect(spec(store)['renewTime']).toBe('1970-01-01T00:17:40.000000Z');
    await lease.release();
  });

  it('is not valid a fifth of its time before it ends unrenewed, and is again when it was renewed', async () => {
    const { store, clock, lost, lease } = await kept();
    store.fates.push(...Array.from({ length: 6 }, () => 'dropped' as const));
    await clock.pass(11_999);
    expect(lease.isValid()).toBe(true);
    await clock.pass(1);
    expect(lease.isValid()).toBe(false);
    expect(lost).toEqual([]);
    await clock.pass(12_000);
    expect(lease.isValid()).toBe(true);
    await lease.release();
  });

  it('goes on after a renewal whose answer was lost', async () => {
    const { store, clock, lost, lease } = await kept();
    store.fates.push('answer lost');
    await clock.pass(30_000);
    expect(lease.isValid()).toBe(true);
    expect(lost).toEqual([]);
    await lease.release();
    expect(spec(store)['holderIdentity']).toBe('');
  });

  it('is lost for good when another took it, and says who', async () => {
    const { store, clock, lost, lease } = await kept();
    const object = store.objects.get(key);
    if (object !== undefined) {
      object.metadata.resourceVersion = 'taken';
      object['spec'] = { holderIdentity: 'other', leaseTransitions: 2 };
    }
    await clock.pass(3000);
    expect(lost).toEqual(['other took the lease over']);
    expect(lease.isValid()).toBe(false);
    await clock.pass(60_000);
    expect(lost).toHaveLength(1);
    await lease.release();
    expect(spec(store)['holderIdentity']).toBe('other');
  });

  it('is not lost while nobody can be asked who holds it', async () => {
    const { store, clock, lost, lease } = await kept();
    store.fates.push('dropped');
    store.readErrors.push(new Transient('reset'));
    await clock.pass(6000);
    expect(lost).toEqual([]);
    expect(lease.isValid()).toBe(true);
    await lease.release();
  });

  it('is given back also when a renewal is on its way', async () => {
    const { store, clock, lease } = await kept();
    const released: Promise<void>[] = [];
    store.onWrite = () => {
      store.onWrite = () => undefined;
      released.push(lease.release());
    };
    await clock.pass(3000);
    expect(released).toHaveLength(1);
    await Promise.all(released);
    expect(spec(store)['holderIdentity']).toBe('');
  });

  it('throws when giving back is refused, but not when it cannot arrive', async () => {
    const { store, lease } = await kept();
    store.fates.push('dropped');
    await lease.release();
    store.fates.push(new Blocked('403'));
    await expect(lease.release()).rejects.toBeInstanceOf(Blocked);
  });
});
