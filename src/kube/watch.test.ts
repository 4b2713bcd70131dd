import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { KubeApi, KubeObject, WatchEvent, WatchOptions } from './api.ts';
import { httpKubeApi } from './http-api.ts';
import {
  failure,
  json,
  type Loopback,
  loopback,
  plainConnection,
  pod,
  PODS,
  type Received,
} from './loopback.test-helper.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

/** Lists answer pod 'a' at version 10, then 20, …; `streams[i]` answers the i-th watch, the last one all further ones. */
async function start(
  streams: ((response: ServerResponse, request: Received) => void)[],
): Promise<{ server: Loopback; api: KubeApi; watches: Received[] }> {
  const watches: Received[] = [];
  let lists = 0;
  const server = await loopback((request, response) => {
    if (request.query.get('watch') !== 'true') {
      lists += 1;
      json(response, 200, { metadata: { resourceVersion: String(lists * 10) }, items: [pod('a', '3')] });
      return;
    }
    watches.push(request);
    streams[Math.min(watches.length, streams.length) - 1]?.(response, request);
  });
  const api = httpKubeApi(plainConnection(server.url), { requestTimeoutMs: 2_000, backoffMs: 2, watchIdleMs: 150 });
  open.push(server, api);
  return { server, api, watches };
}

/** Reads until there are `count` events, then stops the watch and expects it to end with Aborted. */
async function take(
  api: KubeApi,
  count: number,
  options: Partial<WatchOptions<string>> = {},
): Promise<WatchEvent<string>[]> {
  const controller = new AbortController();
  const project = (object: KubeObject) => object.metadata.name;
  const events: WatchEvent<string>[] = [];
  const read = async () => {
    for await (const event of api.watch(PODS, { project, ...options, signal: controller.signal })) {
      events.push(event);
      if (events.length >= count) controller.abort();
    }
  };
  await expect(read()).rejects.toMatchObject({ errorClass: 'Aborted' });
  return events;
}

function line(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`;
}

const bookmark = (resourceVersion: string) => line('BOOKMARK', { kind: 'Pod', metadata: { resourceVersion } });
const LISTED = [
  { type: 'added', object: 'a', resourceVersion: '3' },
  { type: 'synced', resourceVersion: '10' },
];

describe('watch', () => {
  it('lists first, then tells changes and bookmarks', async () => {
    const { api, watches } = await start([
      (response) => {
        response.write(line('ADDED', pod('b', '11')) + line('MODIFIED', pod('b', '12')).slice(0, 20));
        setImmediate(() =>
          response.write(line('MODIFIED', pod('b', '12')).slice(20) + line('DELETED', pod('b', '13')) + bookmark('14')),
        );
      },
    ]);
    expect(await take(api, 6, { namespace: 'shop', labelSelector: 'app=web' })).toEqual([
      ...LISTED,
      { type: 'added', object: 'b', resourceVersion: '11' },
      { type: 'modified', object: 'b', resourceVersion: '12' },
      { type: 'deleted', object: 'b', resourceVersion: '13' },
      { type: 'bookmark', resourceVersion: '14' },
    ]);
    expect(watches[0]?.url.startsWith('/api/v1/namespaces/shop/pods?')).toBe(true);
    const { timeoutSeconds, ...query } = Object.fromEntries(watches[0]?.query ?? []);
    expect(query).toEqual({
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: '10',
      labelSelector: 'app=web',
    });
    expect(Number(timeoutSeconds)).toBeGreaterThanOrEqual(300);
    expect(Number(timeoutSeconds)).toBeLessThan(600);
  });

  it('starts where it is told to, without a list', async () => {
    const { api, server } = await start([(response) => response.write(line('ADDED', pod('b', '6')))]);
    expect(await take(api, 1, { resourceVersion: '5' })).toEqual([
      { type: 'added', object: 'b', resourceVersion: '6' },
    ]);
    expect(server.received).toHaveLength(1);
  });

  it('goes on from the last version, a bookmark too, when the stream ends', async () => {
    const { api, watches } = await start([
      (response) => response.end(line('ADDED', pod('b', '11')) + bookmark('15')),
      (response) => response.write(line('DELETED', pod('b', '16'))),
    ]);
    expect((await take(api, 5)).map((event) => event.type)).toEqual([
      'added',
      'synced',
      'added',
      'bookmark',
      'deleted',
    ]);
    expect(watches[1]?.query.get('resourceVersion')).toBe('15');
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['a garbage line', (response) => response.end(`${line('ADDED', pod('b', '11'))}{"type":"ADD\n`)],
    ['an unknown event', (response) => response.end(line('ADDED', pod('b', '11')) + line('NEWS', pod('c', '12')))],
    [
      'an object without version',
      (response) => response.end(line('ADDED', pod('b', '11')) + line('ADDED', { metadata: { name: 'c' } })),
    ],
    [
      'a cut line',
      (response) => response.end(line('ADDED', pod('b', '11')) + line('DELETED', pod('b', '12')).trimEnd()),
    ],
    ['a reset', (response) => response.write(line('ADDED', pod('b', '11')), () => response.socket?.resetAndDestroy())],
    ['silence', (response) => response.write(line('ADDED', pod('b', '11')))],
    ['an error event', (response) => response.end(line('ADDED', pod('b', '11')) + line('ERROR', failure(500, 'etcd')))],
  ])('goes on after %s without a new list', async (_name, breaks) => {
    const { api, watches } = await start([breaks, (response) => response.write(line('DELETED', pod('b', '12')))]);
    const events = await take(api, 4);
    expect(events.slice(2)).toEqual([
      { type: 'added', object: 'b', resourceVersion: '11' },
      { type: 'deleted', object: 'b', resourceVersion: '12' },
    ]);
    expect(watches[1]?.query.get('resourceVersion')).toBe('11');
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['status', (response) => json(response, 410, failure(410, 'too old resource version'))],
    ['event', (response) => response.end(line('ERROR', failure(410, 'too old resource version')))],
  ])('lists again after 410 as %s, and says so', async (_name, gone) => {
    const { api, watches } = await start([gone, (response) => response.write(line('ADDED', pod('b', '21')))]);
    const events = await take(api, 6);
    expect(events.map((event) => event.type)).toEqual(['added', 'synced', 'restarted', 'added', 'synced', 'added']);
    expect(events[2]).toMatchObject({ why: expect.stringContaining('too old resource version') as string });
    expect(events[4]).toMatchObject({ resourceVersion: '20' });
    expect(watches[1]?.query.get('resourceVersion')).toBe('20');
  });

  it('lists again when the same version fails five times', async () => {
    const { api, watches } = await start([(response) => response.end()]);
    const events = await take(api, 3);
    expect(events[2]).toMatchObject({ type: 'restarted' });
    expect(watches.length).toBe(5);
  });

  it('throws a refusal at once before the first event', async () => {
    const server = await loopback((_, response) => json(response, 403, failure(403, 'pods is forbidden')));
    const api = httpKubeApi(plainConnection(server.url), { backoffMs: 2 });
    open.push(server, api);
    const first = api
      .watch(PODS, { project: () => '' })
      [Symbol.asyncIterator]()
      .next();
    await expect(first).rejects.toMatchObject({ errorClass: 'Blocked', remedy: 'Ask for the right to list pods.' });
    expect(server.received).toHaveLength(1);
  });

  it('outlives a short refusal later, but not a lasting one', async () => {
    const refuse = (response: ServerResponse) => json(response, 403, failure(403, 'not yet'));
    const { api } = await start([
      (response) => response.end(bookmark('11')),
      refuse,
      (response) => response.end(bookmark('12')),
      refuse,
    ]);
    const told: string[] = [];
    const read = async () => {
      for await (const event of api.watch(PODS, { project: () => '' })) told.push(event.type);
    };
    await expect(read()).rejects.toMatchObject({ errorClass: 'Blocked' });
    expect(told).toEqual(['added', 'synced', 'bookmark', 'bookmark']);
  });

  it('closes its stream when the consumer stops', async () => {
    let closed: () => void = () => undefined;
    const closing = new Promise<void>((resolve) => (closed = resolve));
    const { api } = await start([
      (response) => {
        response.on('close', closed);
        response.write(bookmark('11'));
      },
    ]);
    for await (const event of api.watch(PODS, { project: () => '' })) if (event.type === 'bookmark') break;
    await closing;
  });
});
