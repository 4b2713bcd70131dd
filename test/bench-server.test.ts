import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startBenchServer, type BenchServer } from '../bench/server/server.ts';
import type { ServerCounts } from '../bench/server/counts.ts';

interface Page {
  readonly kind: string;
  readonly metadata: { readonly continue?: string; readonly remainingItemCount?: number };
  readonly items: readonly { readonly metadata: { readonly name: string; readonly namespace?: string } }[];
}

const size = { pods: 1_200, nodes: 10, workloads: 40, namespaces: 20, istiodsPerRevision: 2 };
const metadataAccept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
let server: BenchServer;

beforeAll(async () => {
  server = await startBenchServer({ size, istiodDelayMs: 5, silentIstiods: 1 });
});
afterAll(async () => server.close());

const url = (path: string) => `http://127.0.0.1:${server.port}${path}`;

async function page(path: string, accept = 'application/json'): Promise<Page> {
  const answer = await fetch(url(path), { headers: { accept } });
  return (await answer.json()) as Page;
}

async function takeCounts(): Promise<ServerCounts> {
  return (await (await fetch(url('/__counts'), { method: 'POST' })).json()) as ServerCounts;
}

async function allPods(limit: number): Promise<string[]> {
  const names: string[] = [];
  for (let token = ''; ;) {
    const { items, metadata } = await page(`/api/v1/pods?limit=${limit}&continue=${token}`);
    names.push(...items.map((item) => `${item.metadata.namespace}/${item.metadata.name}`));
    if (metadata.continue === undefined) return names;
    token = metadata.continue;
  }
}

/** Opens a port-forward, sends a request for each path and gives the bytes of channel 0 once they hold `until`. */
async function forwarded(pod: string, path: string, until: string): Promise<string> {
  const place = `/api/v1/namespaces/istio-system/pods/${pod}/portforward?ports=15014`;
  const socket = new WebSocket(url(place).replace('http', 'ws'), 'v4.channel.k8s.io');
  const request = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  let text = '';
  let firstFrames = 0;
  return await new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (data: Buffer) => {
      firstFrames += 1;
      if (firstFrames === 2) socket.send(Buffer.concat([Buffer.from([0]), request]));
      if (firstFrames <= 2) return;
      text += data.subarray(1).toString();
      if (!text.includes(until)) return;
      socket.close();
      resolve(text);
    });
  });
}

describe('the synthetic cluster', () => {
  it('gives every pod once over its pages and counts the pages', async () => {
    await takeCounts();
    const names = await allPods(500);
    expect(names.length).toBe(server.objects['pods']);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(size.pods);
    const counts = await takeCounts();
    expect(counts).toMatchObject({ requests: 3, pages: 3, pagesNeeded: 3, unpaged: [], refused: [] });
  });

  it('gives the same pods whatever the page size', async () => {
    expect(await allPods(333)).toEqual(await allPods(1000));
    await takeCounts();
  });

  it('tells an unpaged list', async () => {
    const whole = await page('/api/v1/pods');
    expect(whole.items.length).toBe(server.objects['pods']);
    await page('/apis/apps/v1/deployments?limit=5000');
    const counts = await takeCounts();
    expect(counts.unpaged).toEqual(['/api/v1/pods', '/apis/apps/v1/deployments']);
    expect(counts.pages).toBe(0);
  });

  it('filters by labels, namespace and fields, and cuts objects down to metadata', async () => {
    const releases = await page('/api/v1/secrets?limit=500&labelSelector=owner%3Dhelm', metadataAccept);
    expect(releases.kind).toBe('PartialObjectMetadataList');
    expect(releases.items.length).toBe(5);
    expect(JSON.stringify(releases)).not.toContain('"data"');
    const slices = await page(
      '/apis/discovery.k8s.io/v1/namespaces/istio-system/endpointslices?limit=500&labelSelector=' +
        encodeURIComponent('kubernetes.io/service-name in (istiod-1-30-3,istiod-revision-tag-prod)'),
    );
    expect(slices.items.map((item) => item.metadata.name.replace(/-[^-]+$/, ''))).toEqual([
      'istiod-1-30-3',
      'istiod-revision-tag-prod',
    ]);
    const one = await page('/api/v1/pods?limit=5&fieldSelector=metadata.namespace%3Dteam-0003');
    expect(one.items.every((item) => item.metadata.namespace === 'team-0003')).toBe(true);
    expect(one.items.length).toBe(5);
    expect(one.metadata.remainingItemCount).toBeUndefined();
  });

  it('refuses kinds that it does not serve', async () => {
    await takeCounts();
    const absent = await fetch(url('/apis/argoproj.io/v1alpha1/rollouts?limit=500'));
    expect(absent.status).toBe(404);
    expect((await takeCounts()).refused).toEqual(['/apis/argoproj.io/v1alpha1/rollouts']);
  });

  it('answers for its istiods through a port-forward and spreads the proxies over them', async () => {
    const pods = await page('/api/v1/namespaces/istio-system/pods?limit=500&labelSelector=app%3Distiod');
    const names = pods.items.map((item) => item.metadata.name).sort();
    expect(names.length).toBe(server.istiods);
    expect(await forwarded(names[0] ?? '', '/version', 'Clean')).toContain('1.29.6-1.29.6-Clean');
    const text = await forwarded(names[0] ?? '', '/debug/syncz', '}]');
    const entries = JSON.parse(text.slice(text.indexOf('['))) as { proxy: string }[];
    const running = new Set((await allPods(500)).map((name) => name.split('/').reverse().join('.')));
    expect(entries.length).toBeGreaterThan(300);
    expect(entries.filter((entry) => !running.has(entry.proxy))).toEqual([]);
    const counts = await takeCounts();
    expect(counts.portForwards).toBe(2);
    expect(counts.slowestIstiodMs).toBeGreaterThanOrEqual(4);
    expect(server.silentProxies).toBeGreaterThan(200);
  });
});
