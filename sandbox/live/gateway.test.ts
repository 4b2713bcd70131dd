import { afterEach, describe, expect, test } from 'vitest';
import { customDefinitions } from '../store/custom-kinds.ts';
import { resources } from '../store/resources.ts';
import {
  changesSettled,
  deploy,
  liveCluster,
  podsOf,
  probing,
  restart,
  type LiveCluster,
  type Traffic,
} from './live.test-helper.ts';

let cluster: LiveCluster;
afterEach(() => cluster.close());

const ingress = { namespace: 'shop', name: 'ingress', port: 80 };
const istio = (plural: string, kind: string) =>
  ({ group: 'networking.istio.io', version: 'v1', plural, kind, namespaced: true }) as const;

/** A gateway of one pod that routes everything to workload web; it drains for half a second. */
async function start(): Promise<void> {
  cluster = liveCluster();
  for (const definition of customDefinitions('networking.istio.io')) {
    cluster.store.create(resources.definitions, definition);
  }
  await deploy(cluster, { name: 'web' });
  cluster.store.create(istio('gateways', 'Gateway'), {
    metadata: { name: 'edge', namespace: 'shop' },
    spec: {
      selector: { istio: 'ingress' },
      servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }],
    },
  });
  cluster.store.create(istio('virtualservices', 'VirtualService'), {
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      hosts: ['*'],
      gateways: ['edge'],
      http: [{ route: [{ destination: { host: 'web', port: { number: 80 } } }] }],
    },
  });
  const annotations = { 'proxy.istio.io/config': 'terminationDrainDuration: 500ms' };
  await deploy(cluster, { name: 'ingress', proxy: 'gateway', replicas: 1, labels: { istio: 'ingress' }, annotations });
}

const gatewayPod = () => podsOf(cluster, 'ingress')[0]?.metadata.name ?? '';
const admin = async (path: string, method: 'GET' | 'POST' = 'GET') => {
  const to = { namespace: 'shop', pod: gatewayPod(), port: 15_000 };
  const reply = await cluster.live.ports.call({ to, path, method, via: 'port-forward' });
  return reply.kind === 'answered' ? reply.body : reply.error;
};

describe('a gateway', () => {
  test('short requests live through its restart', async () => {
    await start();
    const { target } = await probing(await cluster.live.serviceAddress(ingress), 'http', {}, () =>
      restart(cluster, 'ingress'),
    );
    expect(target.failures).toEqual([]);
    expect(target.ok).toBeGreaterThan(150);
  });

  test('requests that last longer than its drain are cut', async () => {
    await start();
    const shape = { ratePerSecond: 20, connections: 60, path: '/?answerMs=1200', timeoutMs: 3000 };
    const { target } = await probing(await cluster.live.serviceAddress(ingress), 'http', shape, () =>
      restart(cluster, 'ingress'),
    );
    expect(target.failures.map(({ name }) => name)).toEqual(['closed']);
  });

  test('a pod that the selector of the Gateway no longer matches loses its routes: 404', async () => {
    await start();
    const address = await cluster.live.serviceAddress(ingress);
    const act = async ({ more }: Traffic) => {
      await more(21, 'ok');
      const ref = { resource: resources.pods, namespace: 'shop', name: gatewayPod() };
      cluster.store.patch(ref, 'merge', { metadata: { labels: { istio: 'other' } } });
      await changesSettled();
    };
    const { target } = await probing(address, 'http', {}, act);
    expect(target.failures.map(({ name }) => name)).toEqual(['status 404']);
    expect(target.ok).toBeGreaterThan(20);
  });
});

describe('the admin port, as hand-over uses it', () => {
  test('clusters count what is under way', async () => {
    await start();
    const active = async () =>
      /outbound\|80\|\|web\.shop\.svc\.cluster\.local::[\d.:]+::rq_active::[1-9]/.test(await admin('/clusters'));
    const shape = { ratePerSecond: 50, connections: 60, path: '/?answerMs=400' };
    let [during, info] = [false, ''];
    await probing(await cluster.live.serviceAddress(ingress), 'http', shape, async () => {
      [during, info] = [await active(), await admin('/server_info')];
    });
    expect([during, info, await active()]).toEqual([true, '{"state":"LIVE"}', false]);
    expect(await admin('/clusters')).toContain('outbound|80||web.shop.svc.cluster.local');
    expect(await admin('/stats')).not.toContain('downstream');
  });

  test.each([
    ['http', 'connection-close'],
    ['h2c', 'goaway'],
  ])('a graceful drain sends kept %s connections away: %s', async (scheme, how) => {
    await start();
    const shape = { ratePerSecond: 10, connections: 1, hold: 3, holdIntervalMs: 50 };
    const { target } = await probing(await cluster.live.serviceAddress(ingress), scheme, shape, async () => {
      expect(await admin('/drain_listeners?graceful', 'POST')).toBe('OK\n');
    });
    expect(target.failures).toEqual([]);
    expect(target.held?.abrupt).toBe(0);
    expect([...new Set(target.held?.ends.map((end) => end.how))]).toEqual([how]);
    expect(await admin('/server_info')).toBe('{"state":"DRAINING"}');
  });

  test('is not reached through the API server, and a readiness port says ready', async () => {
    await start();
    const to = { namespace: 'shop', pod: gatewayPod(), port: 15_000 };
    const reply = await cluster.live.ports.call({ to, path: '/clusters', method: 'GET', via: 'proxy' });
    expect(reply.kind).toBe('refused');
    const ready = { to: { ...to, port: 15_021 }, path: '/healthz/ready', method: 'GET', via: 'port-forward' } as const;
    expect(await cluster.live.ports.call(ready)).toEqual({ kind: 'answered', status: 200, body: '' });
  });
});
