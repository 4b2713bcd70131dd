import { describe, expect, it } from 'vitest';
import { resources } from '../store/resources.ts';
import type { Store } from '../store/store.ts';
import { inShop } from '../store/test-cluster.test-helper.ts';
import { withServed, type Served, type WatchLine } from './served.test-helper.ts';

const maps = '/api/v1/namespaces/shop/configmaps';
const create = (store: Store, name: string, labels: Record<string, string> = {}) =>
  store.create(resources.configMaps, { metadata: { name, namespace: 'shop', labels } });
const nameOf = ({ type, object }: WatchLine) => `${type} ${(object['metadata'] as { name?: string }).name ?? ''}`;

/** The first lines of a watch; `then` runs after each line. */
async function first(
  served: Served,
  path: string,
  count: number,
  then: (index: number) => unknown = () => undefined,
): Promise<readonly WatchLine[]> {
  const lines: WatchLine[] = [];
  for await (const line of served.watch(path)) {
    lines.push(line);
    then(lines.length);
    if (lines.length === count) break;
  }
  return lines;
}

describe('watch', () => {
  it('tells what is there, then changes, a JSON object a line', () =>
    withServed(async (served) => {
      const { store } = served;
      create(store, 'old', { mine: 'yes' });
      create(store, 'other');
      const lines = await first(served, `${maps}?watch=true&labelSelector=mine`, 4, (index) => {
        if (index !== 1) return;
        create(store, 'new', { mine: 'yes' });
        const at = inShop(resources.configMaps, 'new');
        store.patch(at, 'merge', { data: { text: 'two\nlines' } });
        store.delete(at);
      });
      expect(lines.map(nameOf)).toEqual(['ADDED old', 'ADDED new', 'MODIFIED new', 'DELETED new']);
      expect(lines[2]?.object).toMatchObject({ kind: 'ConfigMap', data: { text: 'two\nlines' } });
      expect(lines[3]?.object['metadata']).toMatchObject({ resourceVersion: store.resourceVersion });
    }));

  it('goes on from a version', () =>
    withServed(async (served) => {
      const { store } = served;
      create(store, 'a');
      const from = store.resourceVersion;
      create(store, 'b');
      const lines = await first(served, `${maps}?watch=1&resourceVersion=${from}`, 1);
      expect(lines.map(nameOf)).toEqual(['ADDED b']);
    }));

  it('tells a version that is gone in the stream, and refuses what lies in the future or is no version', () =>
    withServed(async ({ store, watch, get }) => {
      create(store, 'a');
      store.forgetHistory();
      const lines: WatchLine[] = [];
      for await (const line of watch(`${maps}?watch=1&resourceVersion=1`)) lines.push(line);
      expect(lines).toMatchObject([{ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } }]);
      expect((await get(`${maps}?watch=1&resourceVersion=9999`)).status).toBe(504);
      expect((await get(`${maps}?watch=1&resourceVersion=x`)).status).toBe(400);
      expect((await get(`${maps}?watch=1&fieldSelector=data.k%3Dv`)).status).toBe(400);
      expect((await get(`${maps}?watch=1`, 'text/html')).status).toBe(406);
    }));

  it('marks the end of the initial events when asked to stream a list', () =>
    withServed(async (served) => {
      const { store, get } = served;
      create(store, 'a');
      const asked = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan';
      const [added, mark] = await first(served, `${maps}?${asked}&allowWatchBookmarks=true&resourceVersion=1`, 2);
      expect(added && nameOf(added)).toBe('ADDED a');
      expect(mark).toEqual({
        type: 'BOOKMARK',
        object: {
          kind: 'ConfigMap',
          apiVersion: 'v1',
          metadata: { resourceVersion: store.resourceVersion, annotations: { 'k8s.io/initial-events-end': 'true' } },
        },
      });
      expect((await get(`${maps}?${asked}`)).status).toBe(422);
      expect((await get(`${maps}?watch=1&sendInitialEvents=true&allowWatchBookmarks=true`)).status).toBe(422);
      expect((await get(`${maps}?watch=1&resourceVersionMatch=NotOlderThan`)).status).toBe(422);
    }));

  it('leaves the present objects out when asked to', () =>
    withServed(async (served) => {
      create(served.store, 'a');
      const asked = 'watch=1&sendInitialEvents=false&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
      const told: string[] = [];
      for await (const line of served.watch(`${maps}?${asked}`)) {
        if (line.type === 'BOOKMARK') {
          if (!served.store.list(resources.configMaps).items.some((item) => item.metadata.name === 'b'))
            create(served.store, 'b');
          continue;
        }
        told.push(nameOf(line));
        break;
      }
      expect(told).toEqual(['ADDED b']);
    }, 20));

  it('sends bookmarks from time to time, only to those who ask', () =>
    withServed(async (served) => {
      const { store, watch } = served;
      const [mark] = await first(served, `${maps}?watch=1&allowWatchBookmarks=true`, 1);
      const metadata = { resourceVersion: store.resourceVersion };
      expect(mark).toEqual({ type: 'BOOKMARK', object: { kind: 'ConfigMap', apiVersion: 'v1', metadata } });
      const silent: WatchLine[] = [];
      for await (const line of watch(`${maps}?watch=1&timeoutSeconds=1`)) silent.push(line);
      expect(silent).toEqual([]);
    }, 20));

  it('ends after timeoutSeconds, with a last bookmark', () =>
    withServed(async ({ watch }) => {
      const lines: WatchLine[] = [];
      for await (const line of watch(`${maps}?watch=1&timeoutSeconds=1&allowWatchBookmarks=true`)) lines.push(line);
      expect(lines.map((line) => line.type)).toEqual(['BOOKMARK']);
    }));

  it('ends when the store ends its watches, and when the server closes', async () => {
    let open: Promise<readonly WatchLine[]> | undefined;
    await withServed(async (served) => {
      const { store } = served;
      create(store, 'a');
      const lines = await first(served, `${maps}?watch=1`, 2, () => store.closeWatches());
      expect(lines.map(nameOf)).toEqual(['ADDED a']);
      await new Promise<void>((resolve) => {
        open = first(served, `${maps}?watch=1`, 2, () => resolve());
        open.catch(() => undefined);
      });
    });
    await expect(open).rejects.toThrow();
  });

  it('cuts off a watcher that is too far behind', () =>
    withServed(async (served) => {
      const { store } = served;
      create(store, 'a');
      const text = 'x'.repeat(1_000_000);
      const flood = () => {
        for (let n = 0; n < 70; n++)
          store.patch(inShop(resources.configMaps, 'a'), 'merge', { data: { text, n: String(n) } });
      };
      await expect(first(served, `${maps}?watch=1`, 71, (index) => index === 1 && flood())).rejects.toThrow(
        'terminated',
      );
    }));

  it('sends tables whose first event alone has the columns, and metadata', () =>
    withServed(async ({ store, watch }) => {
      create(store, 'a');
      create(store, 'b');
      const tables: WatchLine[] = [];
      for await (const line of watch(`${maps}?watch=1`, 'application/json;as=Table;v=v1;g=meta.k8s.io')) {
        if (tables.push(line) === 2) break;
      }
      expect(tables[0]?.object).toMatchObject({ kind: 'Table', rows: [{ cells: ['a', 0, '0s'] }] });
      expect(tables[0]?.object['columnDefinitions']).toHaveLength(3);
      expect(tables[1]?.object).toMatchObject({ columnDefinitions: null, rows: [{ cells: ['b', 0, '0s'] }] });
      const partial = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io';
      for await (const line of watch(`${maps}?watch=1`, partial)) {
        expect(line.object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'a' } });
        break;
      }
    }));
});
