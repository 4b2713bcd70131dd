import { describe, expect, it } from 'vitest';
import { customDefinitions } from './custom-kinds.ts';
import { resources } from './resources.ts';
import { createPod, failing, inShop, testCluster } from './test-cluster.test-helper.ts';
import type { StoreEvent } from './types.ts';

const { configMaps } = resources;

function withMaps(count: number, options: { horizon?: number } = {}) {
  const { store } = testCluster(options);
  const make = (name: string) =>
    store.create(configMaps, { metadata: { name, namespace: 'shop', labels: { n: name } } });
  for (let i = 0; i < count; i++) make(`m${i}`);
  return { store, make };
}

const said = (event: StoreEvent) =>
  event.type === 'BOOKMARK' ? 'BOOKMARK' : `${event.type} ${event.object.metadata.name}`;

describe('history', () => {
  it('ends a paged list whose version it has forgotten', () => {
    const { store, make } = withMaps(3);
    const token = store.list(configMaps, { limit: 1 }).continue ?? '';
    make('m9');
    expect(store.list(configMaps, { continue: token }).items.map((item) => item.metadata.name)).toEqual(['m1', 'm2']);
    store.forgetHistory();
    const failure = failing(() => store.list(configMaps, { continue: token }));
    expect([failure.code, failure.reason]).toEqual([410, 'Expired']);
    expect(failing(() => store.list(configMaps, { continue: 'garbage' })).code).toBe(400);
  });

  it('shows later pages as they were when the list began', () => {
    const { store } = withMaps(3);
    const token = store.list(configMaps, { limit: 1 }).continue ?? '';
    store.patch(inShop(configMaps, 'm1'), 'merge', { data: { n: '1' } });
    store.patch(inShop(configMaps, 'm1'), 'merge', { data: { n: '2' } });
    store.delete(inShop(configMaps, 'm2'));
    const items = store.list(configMaps, { continue: token }).items;
    expect(items.map((item) => [item.metadata.name, item['data']])).toEqual([
      ['m1', undefined],
      ['m2', undefined],
    ]);
  });

  it('counts what remains, except under a selector', () => {
    const { store } = withMaps(5);
    expect(store.list(configMaps, { limit: 2 }).remaining).toBe(3);
    expect(store.list(configMaps, { limit: 2, labelSelector: 'n' })).toMatchObject({ remaining: undefined });
    expect(store.list(configMaps, { limit: 5 }).continue).toBeUndefined();
    expect(store.list(configMaps, { limit: 1, labelSelector: 'n=m0' }).continue).toBeUndefined();
  });

  it('serves watches within the horizon and refuses older and future versions', () => {
    const { store } = withMaps(5, { horizon: 2 });
    const latest = Number(store.resourceVersion);
    const told: string[] = [];
    store.watch(configMaps, { resourceVersion: String(latest - 2) }, (event) => told.push(said(event)));
    expect(told).toEqual(['ADDED m3', 'ADDED m4']);
    const old = failing(() => store.watch(configMaps, { resourceVersion: String(latest - 3) }, () => undefined));
    expect([old.code, old.reason, old.message]).toEqual([
      410,
      'Expired',
      `too old resource version: ${latest - 3} (${latest})`,
    ]);
    const future = failing(() => store.watch(configMaps, { resourceVersion: String(latest + 1) }, () => undefined));
    expect([future.code, future.details?.causes?.[0]?.reason]).toEqual([504, 'ResourceVersionTooLarge']);
  });
});

describe('watches', () => {
  it('tell every watcher the same order though watchers write', () => {
    const { store, make } = withMaps(0);
    const [first, second]: [string[], string[]] = [[], []];
    store.watch(configMaps, {}, (event) => {
      first.push(said(event));
      if (said(event) === 'ADDED a') make('b');
    });
    store.watch(configMaps, {}, (event) => second.push(said(event)));
    make('a');
    expect(first).toEqual(['ADDED a', 'ADDED b']);
    expect(second).toEqual(first);
  });

  it('give the last state with the version of the deletion', () => {
    const { store, make } = withMaps(0);
    const events: StoreEvent[] = [];
    make('a');
    const stop = store.watch(configMaps, { resourceVersion: store.resourceVersion }, (event) => events.push(event));
    store.delete(inShop(configMaps, 'a'));
    const version = store.resourceVersion;
    expect(events).toMatchObject([
      { type: 'DELETED', resourceVersion: version, object: { metadata: { name: 'a', resourceVersion: version } } },
    ]);
    stop();
    make('b');
    expect(events).toHaveLength(1);
  });

  it('bring bookmarks to those that asked', () => {
    const { store } = withMaps(0);
    const told: string[] = [];
    store.watch(configMaps, { bookmarks: true }, (event) => told.push(`asked ${event.type} ${event.resourceVersion}`));
    store.watch(configMaps, {}, (event) => told.push(`not asked ${event.type}`));
    store.bookmark();
    expect(told).toEqual([`asked BOOKMARK ${store.resourceVersion}`]);
  });

  it('follow one namespace and a field', () => {
    const { store } = testCluster();
    const told: string[] = [];
    store.watch(resources.pods, { namespace: 'shop', fieldSelector: 'spec.nodeName=node-1' }, (event) =>
      told.push(said(event)),
    );
    createPod(store, 'a', {}, true);
    createPod(store, 'b', {});
    expect(told).toEqual(['ADDED a', 'MODIFIED a']);
  });
});

describe('selectors', () => {
  it('know the fields of a kind', () => {
    const { store } = testCluster();
    createPod(store, 'a', {}, true);
    createPod(store, 'b', {});
    const by = (fieldSelector: string) =>
      store.list(resources.pods, { fieldSelector }).items.map((item) => item.metadata.name);
    expect(by('status.phase=Running')).toEqual(['a']);
    expect(by('spec.nodeName!=node-1,metadata.namespace=shop')).toEqual(['b']);
    expect(by('spec.nodeName=')).toEqual(['b']);
    expect(failing(() => by('status.hostIP=x')).message).toBe('field label not supported: status.hostIP');
    expect(failing(() => by('nonsense')).code).toBe(400);
  });
});

describe('versions of a kind', () => {
  it('show the same object', () => {
    const { store } = testCluster();
    for (const definition of customDefinitions('networking.istio.io')) store.create(resources.definitions, definition);
    const sidecars = (version: string) => ({
      group: 'networking.istio.io',
      version,
      plural: 'sidecars',
      kind: 'Sidecar',
      namespaced: true,
    });
    store.create(sidecars('v1beta1'), { metadata: { name: 'a', namespace: 'shop' }, spec: { egress: [] } });
    const { apiVersion, ...rest } = store.get(inShop(sidecars('v1alpha3'), 'a'));
    expect(apiVersion).toBe('networking.istio.io/v1alpha3');
    expect(store.get(inShop(sidecars('v1'), 'a'))).toEqual({ ...rest, apiVersion: 'networking.istio.io/v1' });
    expect(failing(() => store.get(inShop(sidecars('v2'), 'a'))).message).toBe(
      'the server could not find the requested resource',
    );
  });
});
