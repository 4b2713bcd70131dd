import { describe, expect, it } from 'vitest';
import { facts } from '../../test/mesh-facts.ts';
import { Blocked, Transient } from '../errors.ts';
import { memoryStore, type Fate, type Store } from '../journal/store.test-helper.ts';
import { mesh } from '../mesh/status.test-helper.ts';
import { execute, type Executed } from './execute.ts';
import { emptyPlan, testSession } from './session.test-helper.ts';

/** An empty plan on a store. */
function run(store: Store, planText = 'the plan'): Promise<Executed> {
  const view = { facts: facts(), mesh: mesh({}), seenAt: 0 };
  const { world } = testSession({ world: { api: store.api, read: () => Promise.resolve(view) } });
  return execute(world, emptyPlan(), { phase: 'forward', identity: 'me@here 1', planText });
}

const finished = { outcome: { end: 'finished' }, wentBack: null };

describe('the beginning of a run', () => {
  it('bears one failing answer, whichever it is', async () => {
    const calm = memoryStore();
    expect(await run(calm)).toEqual(finished);
    for (const fate of ['dropped', 'answer lost'] as const) {
      for (let place = 0; place < calm.writes.length; place += 1) {
        const store = memoryStore();
        store.fates.push(...Array.from({ length: place }, (): Fate | 'fine' => 'fine'), fate);
        expect([fate, place, await run(store)]).toEqual([fate, place, finished]);
      }
    }
  });

  it('bears a server that cannot be read for a while', async () => {
    const store = memoryStore();
    store.readErrors.push(...Array.from({ length: 4 }, () => new Transient('reset')));
    expect(await run(store)).toEqual(finished);
    const reads = memoryStore();
    const { get } = reads.api;
    let number = 0;
    Object.assign(reads.api, {
      get: (...args: Parameters<typeof get>) => {
        number += 1;
        return number % 2 === 1 ? Promise.reject(new Transient('reset')) : get(...args);
      },
    });
    expect(await run(reads)).toEqual(finished);
  });

  it('gives up after a minute, and at once where it is refused', async () => {
    const store = memoryStore();
    store.readErrors.push(...Array.from({ length: 1000 }, () => new Transient('no answer')));
    await expect(run(store)).rejects.toThrow('no answer');
    expect(store.readErrors.length).toBeGreaterThan(900);
    const refused = memoryStore();
    refused.readErrors.push(new Blocked('403'));
    await expect(run(refused)).rejects.toThrow('403');
  });

  it('is not tried again when the name is that of another plan', async () => {
    const store = memoryStore();
    await run(store);
    const count = store.writes.length;
    await expect(run(store, 'another plan')).rejects.toThrow('holds another plan');
    expect(store.writes.slice(count).filter((write) => write.includes('plan-0000'))).toHaveLength(1);
  });
});

describe('what other processes ask for', () => {
  const head = 'configmaps/istio-system/meshlift-r';
  const key = 'meshlift.dev/request';
  const view = { facts: facts(), mesh: mesh({}), seenAt: 0 };
  const options = { phase: 'forward', identity: 'me@here 1', planText: 'the plan' } as const;

  function ask(store: Store, what: string): void {
    const object = store.objects.get(head);
    if (object === undefined) throw new Error('the run has no head yet');
    const metadata = { ...object.metadata, annotations: { [key]: what } };
    store.objects.set(head, { ...object, metadata });
  }

  it('is done although it comes when the run has just ended', async () => {
    const store = memoryStore();
    const { get } = store.api;
    let asked = false;
    const late: typeof get = (...args) => {
      const state = String((store.objects.get(head)?.['data'] as { state?: string } | undefined)?.state);
      if (!asked && state.includes('"finished"')) {
        asked = true;
        ask(store, 'rollback');
      }
      return get(...args);
    };
    Object.assign(store.api, { get: late });
    const { world } = testSession({ world: { api: store.api, read: () => Promise.resolve(view) } });
    const done = await execute(world, emptyPlan(), options);
    expect(asked).toBe(true);
    expect(done.wentBack).toEqual({
      why: 'another process asked for a rollback',
      outcome: { end: 'finished' },
    });
    expect(store.objects.get(head)?.metadata.annotations).toEqual({});
  });

  it('is left for the next process when it could not be read in the end', async () => {
    const store = memoryStore();
    const { get } = store.api;
    Object.assign(store.api, {
      get: ((...args) => {
        const state = String((store.objects.get(head)?.['data'] as { state?: string } | undefined)?.state);
        if (!state.includes('"finished"') || args[0].name !== 'meshlift-r') return get(...args);
        ask(store, 'rollback');
        return Promise.reject(new Transient('reset'));
      }) as typeof get,
    });
    const { world } = testSession({ world: { api: store.api, read: () => Promise.resolve(view) } });
    expect(await execute(world, emptyPlan(), options)).toEqual(finished);
    expect(store.objects.get(head)?.metadata.annotations).toEqual({ [key]: 'rollback' });
  });

  it('is left alone by a process that another one has overtaken', async () => {
    const store = memoryStore();
    const lease = 'leases/istio-system/meshlift';
    const { world } = testSession({ world: { api: store.api } });
    const read = async (): Promise<typeof view> => {
      const held = store.objects.get(lease);
      if (held === undefined) throw new Error('nobody holds the lease');
      const spec = { ...(held['spec'] as object), holderIdentity: 'you@there 2' };
      store.objects.set(lease, { ...held, metadata: { ...held.metadata, resourceVersion: 'other' }, spec });
      ask(store, 'pause');
      await world.clock.sleep(20_000);
      return view;
    };
    const done = await execute({ ...world, read }, emptyPlan(), options);
    expect(done.outcome).toMatchObject({ end: 'stopped', stop: { kind: 'lost' } });
    expect(store.objects.get(head)?.metadata.annotations).toEqual({ [key]: 'pause' });
  });
});
