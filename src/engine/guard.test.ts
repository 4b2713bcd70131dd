import { describe, expect, it } from 'vitest';
import { Aborted, Blocked, Conflict, InvalidInput, NotFound, Transient } from '../errors.ts';
import type { JournalEvent } from '../journal/entry.ts';
import { memoryStore } from '../journal/store.test-helper.ts';
import { resources } from '../kube/resources.ts';
import type { KubeApi } from '../kube/api.ts';
import type { Write } from '../steps/spec.ts';
import { createControl } from './control.ts';
import { guardedApi, guardedTool, type GuardDeps } from './guard.ts';

const writes: readonly Write[] = [
  { verb: 'create', resource: 'configmaps', namespace: 'shop', name: 'a', what: '' },
  { verb: 'patch', resource: 'deployments.apps', namespace: 'shop', name: 'web', what: '' },
  { verb: 'delete', resource: 'pods', namespace: 'shop', name: 'web-*', what: '' },
  { verb: 'evict', resource: 'pods', namespace: 'shop', name: 'web-*', what: '' },
  { verb: 'tool', resource: 'helm', namespace: 'istio-system', name: 'istiod-1-30-3', what: '' },
];

/** The order of things: journal entries and calls. */
function setup(
  answer: () => Promise<unknown> = () => Promise.resolve({ metadata: { name: 'x', resourceVersion: '8' } }),
) {
  const order: string[] = [];
  const journal: JournalEvent[] = [];
  const control = createControl();
  const state = { valid: true, onAppend: (_event: JournalEvent): void => undefined };
  const call = (verb: string) => () => {
    order.push(verb);
    return answer();
  };
  const api = {
    ...memoryStore().api,
    ...{ create: call('create'), patch: call('patch'), delete: call('delete'), evict: call('evict') },
  } as KubeApi;
  const deps: GuardDeps = {
    api,
    control,
    lease: { epoch: 4, isValid: () => state.valid },
    journal: {
      append: (event) => {
        order.push(event.type);
        journal.push(event);
        state.onAppend(event);
        return Promise.resolve();
      },
    },
  };
  const writer = { step: 'renew/web', writes };
  return { order, journal, control, state, deps, writer, guarded: guardedApi(deps, writer) };
}

const web = { resource: resources.deployments, namespace: 'shop', name: 'web' };
const pod = { resource: resources.pods, namespace: 'shop', name: 'web-1' };
const map = (namespace: string, name: string) => ({ metadata: { namespace, name } });

describe('a write of the plan', () => {
  it('is written down before it is sent, and its answer after it', async () => {
    const { guarded, order, journal } = setup();
    await guarded.patch(web, 'merge', { metadata: { resourceVersion: '7' }, spec: { replicas: 1 } });
    expect(order).toEqual(['write', 'patch', 'written']);
    expect(journal).toEqual([
      {
        ...{ type: 'write', id: '4/renew/web/1', step: 'renew/web' },
        write: {
          ...{ verb: 'patch', resource: 'deployments.apps', namespace: 'shop', name: 'web' },
          precondition: 'resourceVersion 7',
          what: '{"metadata":{"resourceVersion":"7"},"spec":{"replicas":1}}',
        },
      },
      { type: 'written', id: '4/renew/web/1', outcome: 'ok', detail: '8' },
    ]);
  });

  it.each<[string, (api: KubeApi) => Promise<unknown>, string]>([
    ['create', (api) => api.create(resources.configMaps, map('shop', 'a')), 'absent'],
    ['delete', (api) => api.delete(pod, { uid: 'u1' }), 'uid u1'],
    ['delete', (api) => api.delete(pod), ''],
    ['evict', (api) => api.evict({ namespace: 'shop', name: 'web-1', uid: 'u1' }), 'uid u1'],
    ['evict', (api) => api.evict({ namespace: 'shop', name: 'web-1' }), ''],
    [
      'patch',
      (api) =>
        api.patch(web, 'json', [
          { op: 'test', path: '/a', value: 1 },
          { op: 'add', path: '/b', value: 2 },
        ]),
      '[{"op":"test","path":"/a","value":1}]',
    ],
    ['patch', (api) => api.patch(web, 'json', [{ op: 'add', path: '/b', value: 2 }]), ''],
  ])('by %s says what it rests on', async (verb, write, precondition) => {
    const { guarded, journal, order } = setup();
    await write(guarded);
    expect(order).toEqual(['write', verb, 'written']);
    expect(journal[0]).toMatchObject({ write: { verb, precondition } });
  });

  it('has an id of its own', async () => {
    const { guarded, journal } = setup();
    await guarded.patch(web, 'merge', {});
    await guarded.delete(pod);
    expect(journal.map((event) => ('id' in event ? event.id : ''))).toEqual([
      '4/renew/web/1',
      '4/renew/web/1',
      '4/renew/web/2',
      '4/renew/web/2',
    ]);
  });

  it('is cut in the journal when it is long', async () => {
    const { guarded, journal } = setup();
    await guarded.patch(web, 'merge', { data: 'x'.repeat(1000) });
    const [event] = journal;
    expect(event?.type === 'write' && event.write.what.length).toBe(400);
  });

  it.each([
    [new Conflict('changed'), 'refused'],
    [new NotFound('gone'), 'refused'],
    [new Blocked('403'), 'refused'],
    [new InvalidInput('422'), 'refused'],
    [new Transient('time-out'), 'unknown'],
    [new Aborted('stopped'), 'unknown'],
  ])('that ends with %s is %s', async (error, outcome) => {
    const { guarded, journal } = setup(() => Promise.reject(error));
    await expect(guarded.patch(web, 'merge', {})).rejects.toBe(error);
    expect(journal[1]).toEqual({ type: 'written', id: '4/renew/web/1', outcome, detail: error.message });
  });

  it('is not sent when it cannot be written down', async () => {
    const { guarded, order, state } = setup();
    state.onAppend = () => {
      throw new Aborted('overtaken');
    };
    await expect(guarded.patch(web, 'merge', {})).rejects.toThrow('overtaken');
    expect(order).toEqual(['write']);
  });
});

describe('a write that the plan does not list', () => {
  it.each<[string, (api: KubeApi) => Promise<unknown>]>([
    ['another object', (api) => api.patch({ ...web, name: 'api' }, 'merge', {})],
    ['an object whose name only begins like it', (api) => api.patch({ ...web, name: 'web-2' }, 'merge', {})],
    ['another namespace', (api) => api.patch({ ...web, namespace: 'other' }, 'merge', {})],
    ['another kind', (api) => api.patch({ ...web, resource: resources.statefulSets }, 'merge', {})],
    ['another verb', (api) => api.delete(web)],
    ['a pod of another workload', (api) => api.delete({ ...pod, name: 'website-1' })],
    ['another ConfigMap', (api) => api.create(resources.configMaps, map('shop', 'b'))],
    ['an eviction elsewhere', (api) => api.evict({ namespace: 'other', name: 'web-1' })],
  ])('is refused: %s', async (_name, write) => {
    const { guarded, order } = setup();
    await expect(write(guarded)).rejects.toMatchObject({
      errorClass: 'Blocked',
      message: expect.stringMatching(
        /^Step renew\/web wanted to \w+ .*, which the plan does not list: refused\.$/,
      ) as unknown,
    });
    expect(order).toEqual([]);
  });
});

describe('a write after a stop', () => {
  it('is neither sent nor written down', async () => {
    const { guarded, order, control } = setup();
    control.ask({ kind: 'breach', why: 'traffic' });
    await expect(guarded.patch(web, 'merge', {})).rejects.toMatchObject({
      errorClass: 'Aborted',
      message: 'Stopped: traffic',
    });
    expect(order).toEqual([]);
  });

  it('is not sent when the stop came while it was written down', async () => {
    const { guarded, order, journal, control, state } = setup();
    state.onAppend = () => control.ask({ kind: 'now', why: 'Ctrl-C' });
    await expect(guarded.patch(web, 'merge', {})).rejects.toBeInstanceOf(Aborted);
    expect(order).toEqual(['write', 'written']);
    expect(journal[1]).toMatchObject({ outcome: 'refused', detail: 'not sent: the run was stopped' });
  });

  it('goes on when the stop lets running steps end', async () => {
    const { guarded, order, control } = setup();
    control.ask({ kind: 'after-step', why: 'Ctrl-C' });
    await guarded.patch(web, 'merge', {});
    expect(order).toContain('patch');
  });
});

describe('a write without a valid lease', () => {
  it('waits: it may be renewed', async () => {
    const { guarded, order, state } = setup();
    state.valid = false;
    await expect(guarded.patch(web, 'merge', {})).rejects.toBeInstanceOf(Transient);
    expect(order).toEqual([]);
  });

  it('is not sent when the lease ran out while it was written down', async () => {
    const { guarded, order, state } = setup();
    state.onAppend = () => {
      state.valid = false;
    };
    await expect(guarded.patch(web, 'merge', {})).rejects.toBeInstanceOf(Transient);
    expect(order).toEqual(['write', 'written']);
  });
});

describe('what changes nothing', () => {
  it('passes without the journal, also after a stop', async () => {
    const { guarded, order, control } = setup();
    control.ask({ kind: 'now', why: 'Ctrl-C' });
    const dry = { dryRun: true };
    await guarded.create(resources.pods, map('other', 'x'), dry);
    await guarded.patch({ ...web, name: 'api' }, 'merge', {}, dry);
    await guarded.delete({ ...pod, name: 'x' }, dry);
    await guarded.evict({ namespace: 'other', name: 'x' }, dry);
    expect(order).toEqual(['create', 'patch', 'delete', 'evict']);
  });
});

describe('guardedTool', () => {
  const tool = { resource: 'helm', namespace: 'istio-system', name: 'istiod-1-30-3', what: 'install istiod 1.30.3' };

  it("runs the owner's tool under the same rules", async () => {
    const { deps, writer, order, journal } = setup();
    await expect(guardedTool(deps, writer, tool, () => Promise.resolve('installed'))).resolves.toBe('installed');
    expect(order).toEqual(['write', 'written']);
    expect(journal[0]).toMatchObject({ id: '4/renew/web/tool', write: { ...tool, verb: 'tool', precondition: '' } });
  });

  it('refuses another release, and runs nothing after a stop', async () => {
    const { deps, writer, control } = setup();
    let ran = 0;
    const run = (): Promise<void> => Promise.resolve(void (ran += 1));
    await expect(guardedTool(deps, writer, { ...tool, name: 'istiod' }, run)).rejects.toBeInstanceOf(Blocked);
    control.ask({ kind: 'now', why: 'Ctrl-C' });
    await expect(guardedTool(deps, writer, tool, run)).rejects.toBeInstanceOf(Aborted);
    expect(ran).toBe(0);
  });

  it("does not hide a fault of the tool's own code", async () => {
    const { deps, writer, order } = setup();
    const bug = new TypeError('bug');
    await expect(guardedTool(deps, writer, tool, () => Promise.reject(bug))).rejects.toBe(bug);
    expect(order).toEqual(['write']);
  });
});
