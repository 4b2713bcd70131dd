import { describe, expect, it } from 'vitest';
import type { KubeApi, WatchEvent } from '../../../src/kube/api.ts';
import { nameOf, pagesOf, refusal, types, withBench, type Bench, type MakeTarget } from './harness.ts';

/** Lists, selectors and watches. Source: Kubernetes documentation, "API Concepts" and "Labels and Selectors". */
export function readingConformance(make: MakeTarget): void {
  describe('lists', () => {
    it('comes in pages that show one moment, in order of name', () =>
      withBench(make, async ({ api, namespace, configMap, ref }) => {
        for (const name of ['c', 'a', 'e', 'b', 'd']) await configMap(name, {}, { mine: 'yes' });
        const list = api.list(types.configMaps, { namespace, pageSize: 2, labelSelector: 'mine', project: nameOf });
        const names: string[] = [];
        const versions = new Set<string>();
        for await (const page of list) {
          names.push(...page.items);
          versions.add(page.resourceVersion);
          if (versions.size === 1 && names.length === 2) {
            await configMap('aa', {}, { mine: 'yes' });
            await configMap('z', {}, { mine: 'yes' });
            await api.delete(ref(types.configMaps, 'd'));
          }
        }
        expect(names).toEqual(['a', 'b', 'c', 'd', 'e']);
        expect(versions.size).toBe(1);
      }));

    it('selects by labels', () =>
      withBench(make, async (bench) => {
        await bench.configMap('prod-web', {}, { env: 'prod', tier: 'web' });
        await bench.configMap('test-web', {}, { env: 'test', tier: 'web' });
        await bench.configMap('bare', {}, { tier: 'none' });
        const by = selectBy(bench);
        expect(await by('env=prod')).toEqual(['prod-web']);
        expect(await by('env==test,tier=web')).toEqual(['test-web']);
        expect(await by('tier,env!=prod')).toEqual(['bare', 'test-web']);
        expect(await by('env in (prod, test)')).toEqual(['prod-web', 'test-web']);
        expect(await by('tier,env notin (prod)')).toEqual(['bare', 'test-web']);
        expect(await by('tier,!env')).toEqual(['bare']);
        expect(await by('tier in (web),env')).toEqual(['prod-web', 'test-web']);
        expect(await refusal(by('env in prod'))).toEqual({ errorClass: 'InvalidInput', status: 400 });
      }));

    it('selects by fields that the kind knows', () =>
      withBench(make, async ({ api, namespace, configMap }) => {
        await configMap('a');
        await configMap('b');
        const by = async (fieldSelector: string) =>
          (await pagesOf(api.list(types.configMaps, { namespace, fieldSelector, project: nameOf }))).flatMap(
            (page) => page.items,
          );
        expect(await by('metadata.name=b')).toEqual(['b']);
        expect(await by(`metadata.namespace=${namespace},metadata.name=a`)).toEqual(['a']);
        expect(await refusal(by('data.k=v'))).toEqual({ errorClass: 'InvalidInput', status: 400 });
      }));

    it('gives only metadata when asked', () =>
      withBench(make, async ({ api, namespace, configMap }) => {
        await configMap('a', { data: { secret: 'x' } });
        const list = api.list(types.configMaps, {
          namespace,
          fieldSelector: 'metadata.name=a',
          metadataOnly: true,
          project: (object) => [object.metadata.name, object['data']],
        });
        expect((await pagesOf(list)).flatMap((page) => page.items)).toEqual([['a', undefined]]);
      }));
  });

  describe('watches', () => {
    it('tells what is there, then every change in order', () =>
      withBench(make, async ({ api, namespace, configMap, ref }) => {
        await configMap('old', {}, { mine: 'yes' });
        const stop = new AbortController();
        const told: string[] = [];
        const watch = api.watch(types.configMaps, {
          namespace,
          labelSelector: 'mine',
          project: nameOf,
          signal: stop.signal,
        });
        const act = async () => {
          await configMap('new', {}, { mine: 'yes' });
          await api.patch(ref(types.configMaps, 'new'), 'merge', { data: { k: 'v' } });
          await api.delete(ref(types.configMaps, 'new'));
        };
        for await (const event of untilStopped(watch)) {
          if (event.type === 'bookmark') continue;
          told.push('object' in event ? `${event.type} ${event.object}` : event.type);
          if (event.type === 'synced') await act();
          if (event.type === 'deleted') stop.abort();
        }
        expect(told).toEqual(['added old', 'synced', 'added new', 'modified new', 'deleted new']);
      }));

    it('goes on from a version without gap', () =>
      withBench(make, async ({ api, namespace, configMap, ref }) => {
        const first = await configMap('a', {}, { mine: 'yes' });
        await api.patch(ref(types.configMaps, 'a'), 'merge', { data: { n: '1' } });
        await configMap('b', {}, { mine: 'yes' });
        const told = await eventsFrom(api, namespace, first.metadata.resourceVersion ?? '', 2);
        expect(told).toEqual(['modified a', 'added b']);
      }));

    it('turns entering and leaving a selection into added and deleted', () =>
      withBench(make, async ({ api, namespace, configMap, ref }) => {
        const start = await configMap('a', {}, {});
        const at = ref(types.configMaps, 'a');
        await api.patch(at, 'merge', { metadata: { labels: { mine: 'yes' } } });
        await api.patch(at, 'merge', { data: { n: '1' } });
        await api.patch(at, 'merge', { metadata: { labels: { mine: null } } });
        const told = await eventsFrom(api, namespace, start.metadata.resourceVersion ?? '', 3);
        expect(told).toEqual(['added a', 'modified a', 'deleted a']);
      }));
  });
}

function selectBy({ api, namespace }: Bench): (labelSelector: string) => Promise<readonly string[]> {
  return async (labelSelector) => {
    const pages = await pagesOf(api.list(types.configMaps, { namespace, labelSelector, project: nameOf }));
    return pages.flatMap((page) => page.items);
  };
}

/** The events until the watch is stopped by its own signal. */
async function* untilStopped<T>(watch: AsyncIterable<WatchEvent<T>>): AsyncGenerator<WatchEvent<T>, void, undefined> {
  try {
    yield* watch;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'Aborted') throw error;
  }
}

async function eventsFrom(
  api: KubeApi,
  namespace: string,
  resourceVersion: string,
  count: number,
): Promise<readonly string[]> {
  const stop = new AbortController();
  const told: string[] = [];
  const options = { namespace, labelSelector: 'mine', resourceVersion, project: nameOf, signal: stop.signal };
  for await (const event of untilStopped(api.watch(types.configMaps, options))) {
    if ('object' in event) told.push(`${event.type} ${event.object}`);
    if (told.length === count) stop.abort();
  }
  return told;
}
