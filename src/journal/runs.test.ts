import { describe, expect, it } from 'vitest';
import { Blocked, Conflict, InvalidInput, NotFound, Transient } from '../errors.ts';
import type { RunState } from './entry.ts';
import { createRun, listRuns, readPlanText, readRun, request, saveState } from './runs.ts';
import { partBytes } from './objects.ts';
import { memoryStore } from './store.test-helper.ts';

const place = { namespace: 'istio-system', run: 'r' };
const state: RunState = {
  ...{ run: 'r', phase: 'forward', status: 'running', stage: '', why: '' },
  updatedAt: '2026-03-02T08:00:00.000Z',
};

describe('createRun', () => {
  it('stores plan and state, the plan first', async () => {
    const store = memoryStore();
    await createRun(store.api, place, 'the plan', state);
    expect(store.writes).toEqual([
      'create configmaps/istio-system/meshlift-r-plan-0000',
      'create configmaps/istio-system/meshlift-r',
    ]);
    expect(await readPlanText(store.api, place)).toBe('the plan');
    expect(await readRun(store.api, place)).toMatchObject({ place, state, request: null });
  });

  it('keeps a plan that is larger than one object, byte by byte', async () => {
    const store = memoryStore();
    const plan = `${'ä'.repeat(partBytes.plan)}end`;
    await createRun(store.api, place, plan, state);
    expect(store.objects.size).toBe(4);
    expect(await readPlanText(store.api, place)).toBe(plan);
  });

  it('keeps the state of a run that is there already with the same plan', async () => {
    const store = memoryStore();
    await createRun(store.api, place, 'the plan', state);
    await saveState(store.api, place, { ...state, status: 'paused' });
    await createRun(store.api, place, 'the plan', state);
    expect((await readRun(store.api, place)).state.status).toBe('paused');
  });

  it('refuses another plan of the same name, shorter or longer', async () => {
    const store = memoryStore();
    await createRun(store.api, place, 'x'.repeat(partBytes.plan + 1), state);
    for (const plan of ['x'.repeat(partBytes.plan), 'y'.repeat(partBytes.plan + 1), 'x'.repeat(partBytes.plan + 2)]) {
      await expect(createRun(store.api, place, plan, state)).rejects.toMatchObject({
        errorClass: 'Conflict',
        message: expect.stringContaining('holds another plan') as unknown,
      });
    }
  });

  it('takes a lost answer for what it was', async () => {
    const store = memoryStore();
    store.fates.push('answer lost', 'answer lost');
    await createRun(store.api, place, 'the plan', state);
    expect(await readPlanText(store.api, place)).toBe('the plan');
  });

  it('fails when a write never arrived, or was refused', async () => {
    const store = memoryStore();
    store.fates.push('dropped');
    await expect(createRun(store.api, place, 'the plan', state)).rejects.toBeInstanceOf(Transient);
    store.fates.push(new Blocked('403'));
    await expect(createRun(store.api, place, 'the plan', state)).rejects.toBeInstanceOf(Blocked);
  });

  it('fails with what reading says when it cannot see what is there', async () => {
    const store = memoryStore();
    store.fates.push(new Conflict('exists'));
    store.readErrors.push(new Blocked('403'));
    await expect(createRun(store.api, place, 'the plan', state)).rejects.toBeInstanceOf(Blocked);
  });
});

describe('runs', () => {
  it('are listed newest first, of one namespace or of all', async () => {
    const store = memoryStore();
    const places = ['a', 'b'].map((run) => ({ namespace: 'istio-system', run }));
    for (const one of [...places, { namespace: 'other', run: 'c' }]) await createRun(store.api, one, 'plan', state);
    const names = (runs: Awaited<ReturnType<typeof listRuns>>): string[] => runs.map((one) => one.place.run);
    expect(names(await listRuns(store.api))).toEqual(['c', 'b', 'a']);
    expect(names(await listRuns(store.api, 'istio-system'))).toEqual(['b', 'a']);
  });

  it('pass requests of other processes on, until they are taken back', async () => {
    const store = memoryStore();
    await createRun(store.api, place, 'plan', state);
    await request(store.api, place, 'pause');
    expect((await readRun(store.api, place)).request).toBe('pause');
    await saveState(store.api, place, state);
    expect((await readRun(store.api, place)).request).toBe('pause');
    await request(store.api, place, null);
    expect((await readRun(store.api, place)).request).toBeNull();
  });

  it('do not take any word for a request', async () => {
    const store = memoryStore();
    await createRun(store.api, place, 'plan', state);
    const annotations = { 'meshlift.dev/request': 'complete' };
    const head = store.objects.get('configmaps/istio-system/meshlift-r');
    if (head !== undefined) head.metadata.annotations = annotations;
    expect((await readRun(store.api, place)).request).toBeNull();
  });

  it('are not found when there are none', async () => {
    const store = memoryStore();
    await expect(readRun(store.api, place)).rejects.toBeInstanceOf(NotFound);
    expect(await listRuns(store.api)).toEqual([]);
  });

  it('say which ConfigMap was edited', async () => {
    const store = memoryStore();
    await createRun(store.api, place, 'plan', state);
    const head = store.objects.get('configmaps/istio-system/meshlift-r');
    if (head !== undefined) head['data'] = { state: '{"run":' };
    for (const asked of [listRuns(store.api), readRun(store.api, place)])
      await expect(asked).rejects.toMatchObject({
        errorClass: 'InvalidInput',
        object: 'ConfigMap istio-system/meshlift-r',
      });
    if (head !== undefined) head['data'] = {};
    await expect(readRun(store.api, place)).rejects.toBeInstanceOf(InvalidInput);
  });

  it('have no plan when a part of it is gone', async () => {
    const store = memoryStore();
    await createRun(store.api, place, 'x'.repeat(partBytes.plan + 1), state);
    store.objects.delete('configmaps/istio-system/meshlift-r-plan-0001');
    await expect(readPlanText(store.api, place)).rejects.toBeInstanceOf(NotFound);
  });
});
