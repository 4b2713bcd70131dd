import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { KubeApi, WatchEvent } from '../../src/kube/api.ts';
import { MeshliftError } from '../../src/errors.ts';
import { buildBinaries } from '../src/binaries.ts';
import { compactEtcd } from '../src/etcd.ts';
import { apiServerReady } from '../src/health.ts';
import { signalComponent, startComponent, stopComponent } from '../src/node.ts';
import { progress } from '../src/progress.ts';
import { until } from '../src/run.ts';
import { testNamespace, type TestNamespace } from './cluster.ts';

const configMaps = { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true };
const quiet = progress(
  () => undefined,
  () => 0,
);

let place: TestNamespace;
beforeAll(async () => {
  place = await testNamespace();
});
afterEach(() => signalComponent(place.layout, 'kube-apiserver', 'CONT'));
afterAll(() => place.cleanup());

async function configMap(name: string, labels: Record<string, string>): Promise<void> {
  await place.api.create(configMaps, { metadata: { name, namespace: place.namespace, labels } });
}

async function restartApiServer(): Promise<void> {
  const { layout } = place;
  await stopComponent(layout, 'kube-apiserver');
  await startComponent(layout, await buildBinaries(layout, quiet), 'kube-apiserver');
  await apiServerReady(layout);
}

/** What a watch has told so far, as 'added a'; bookmarks left out. */
interface Ear {
  readonly told: readonly string[];
  stop(): Promise<void>;
}

function listen(api: KubeApi, namespace: string, labelSelector: string): Ear {
  const told: string[] = [];
  const controller = new AbortController();
  const project = (object: { metadata: { name: string } }) => object.metadata.name;
  const watch = api.watch(configMaps, { namespace, labelSelector, project, signal: controller.signal });
  const done = collect(watch, told);
  return {
    told,
    stop: async () => {
      controller.abort();
      await done;
    },
  };
}

async function collect(watch: AsyncIterable<WatchEvent<string>>, told: string[]): Promise<void> {
  try {
    for await (const event of watch) {
      if (event.type !== 'bookmark') told.push('object' in event ? `${event.type} ${event.object}` : event.type);
    }
  } catch (error) {
    if (!(error instanceof MeshliftError) || error.errorClass !== 'Aborted') throw error;
  }
}

/** The names that somebody who follows what a watch tells knows of, in order. */
function known(told: readonly string[]): readonly string[] {
  const names = new Set<string>();
  for (const line of told) {
    const [what, name] = line.split(' ');
    if (what === 'restarted') names.clear();
    if (what === 'added' && name !== undefined) names.add(name);
    if (what === 'deleted' && name !== undefined) names.delete(name);
  }
  return [...names].sort();
}

test('a watch goes on when the API server is killed and started again, and misses nothing', async () => {
  await configMap('kept-a', { watch: 'restart' });
  const ear = listen(place.api, place.namespace, 'watch=restart');
  await until('synced', 10_000, () => Promise.resolve(ear.told.includes('synced')));
  await restartApiServer();
  await configMap('kept-b', { watch: 'restart' });
  await until('the new object is told', 60_000, () => Promise.resolve(ear.told.includes('added kept-b')));
  await ear.stop();
  expect(known(ear.told)).toEqual(['kept-a', 'kept-b']);
  expect(ear.told.filter((line) => line === 'added kept-b')).toHaveLength(1);
});

test('a watch that stands behind where the server starts again says so and lists anew', async () => {
  await configMap('old-a', { watch: 'behind' });
  const ear = listen(place.api, place.namespace, 'watch=behind');
  await until('synced', 10_000, () => Promise.resolve(ear.told.includes('synced')));
  // The watch cache of a new process begins at the newest version: for all before it answers 410.
  await configMap('unrelated', { watch: 'no' });
  await restartApiServer();
  await until('synced again', 60_000, () => Promise.resolve(ear.told.lastIndexOf('synced') > 1));
  await ear.stop();
  expect(ear.told).toEqual(['added old-a', 'synced', 'restarted', 'added old-a', 'synced']);
});

/** Reads pages of one; between the first and the second a page's object is created, and `disturb` happens. */
async function readPages(label: string, disturb: () => Promise<void>): Promise<readonly string[]> {
  for (const name of ['1', '2', '3']) await configMap(`${label}-${name}`, { paged: label });
  const options = { namespace: place.namespace, labelSelector: `paged=${label}`, pageSize: 1 };
  const read: string[] = [];
  for await (const page of place.api.list(configMaps, { ...options, project: (object) => object.metadata.name })) {
    read.push(...page.items);
    if (read.length > 1) continue;
    await configMap(`${label}-4`, { paged: label });
    await disturb();
  }
  return read;
}

test('pages show the moment of the first one, over a restart of the API server', async () => {
  expect(await readPages('moment', restartApiServer)).toEqual(['moment-1', 'moment-2', 'moment-3']);
});

test('pages whose moment was compacted away end in Transient, to be started over', async () => {
  // A process that goes on serves them from a snapshot of its own, whatever etcd has forgotten (Kubernetes 1.34).
  const disturb = async () => {
    await compactEtcd(place.layout);
    await restartApiServer();
  };
  await expect(readPages('gone', disturb)).rejects.toMatchObject({ errorClass: 'Transient', status: 410 });
});

test('a server that is silent ends a call at its deadline, and answers the next one when it is back', async () => {
  await signalComponent(place.layout, 'kube-apiserver', 'STOP');
  const began = performance.now();
  const call = place.api.get(
    { resource: configMaps, namespace: place.namespace, name: 'kube-root-ca.crt' },
    { deadlineMs: 1500 },
  );
  const error: unknown = await call.catch((caught: unknown) => caught);
  const seconds = (performance.now() - began) / 1000;
  await signalComponent(place.layout, 'kube-apiserver', 'CONT');
  expect(error).toMatchObject({ errorClass: 'Transient' });
  expect(seconds).toBeLessThan(3);
  const back = await place.api.get({ resource: configMaps, namespace: place.namespace, name: 'kube-root-ca.crt' });
  expect(back.metadata.name).toBe('kube-root-ca.crt');
});
