import { afterEach, describe, expect, test } from 'vitest';
import { resources } from '../store/resources.ts';
import {
  addressFor,
  changesSettled,
  deploy,
  liveCluster,
  podsOf,
  probing,
  restart,
  until,
  web,
  type LiveCluster,
  type Traffic,
  type TrafficCounts,
} from './live.test-helper.ts';

let cluster: LiveCluster;
afterEach(() => cluster.close());

const drainOff = { 'proxy.istio.io/config': 'terminationDrainDuration: 0s' };

describe('an upgrade done badly loses requests, and their kinds name the cause', () => {
  test('an application that dies at SIGTERM: its sidecar says that the connection was terminated', async () => {
    cluster = liveCluster();
    await deploy(cluster, { name: 'web', app: { onTerm: 'exit', answerMs: 150 } });
    const shape = { ratePerSecond: 100, connections: 60 };
    const { target } = await probing(await addressFor(cluster, 'mesh'), 'http', shape, () => restart(cluster, 'web'));
    expect(target.failed).toBeGreaterThan(4);
    expect(target.failed).toBeLessThan(target.ok);
    expect(target.failures.map(({ name }) => name)).toContain('status 503 UC');
    expect(target.failures.map(({ name }) => name).filter((name) => !/^status 503 U[CF]$/.test(name))).toEqual([]);
  });

  test('the same without a sidecar: connections close under the requests', async () => {
    cluster = liveCluster();
    await deploy(cluster, { name: 'web', proxy: 'none', app: { onTerm: 'exit', answerMs: 150 } });
    const { target } = await probing(await addressFor(cluster, 'plain'), 'http', {}, () => restart(cluster, 'web'));
    expect(target.failed).toBeGreaterThan(0);
    expect(target.failures.map(({ kind }) => kind).filter((kind) => kind !== 'closed' && kind !== 'reset')).toEqual([]);
  });

  test('without a readiness probe new pods get requests before they listen', async () => {
    cluster = liveCluster();
    const app = { startMs: 1000, serveMs: 1000 };
    await deploy(cluster, { name: 'web', app, probed: false });
    await deploy(cluster, { name: 'probed', app });
    const without = await probing(await addressFor(cluster, 'mesh'), 'http', {}, () => restart(cluster, 'web'));
    expect(without.target.failures.map(({ name }) => name)).toContain('status 503 UF');
    const probed = await cluster.live.serviceAddress({ ...web, name: 'probed' });
    const besides = await probing(probed, 'http', {}, () => restart(cluster, 'probed'));
    expect(besides.target.failures).toEqual([]);
  });

  test('gRPC calls are told UNAVAILABLE', async () => {
    cluster = liveCluster();
    await deploy(cluster, { name: 'web', app: { onTerm: 'exit', answerMs: 150 } });
    const { target } = await probing(await addressFor(cluster, 'plain'), 'grpc', {}, () => restart(cluster, 'web'));
    expect(target.failures.map(({ name }) => name)).toContain('status grpc 14 UC');
  });

  test('a classic sidecar without drain: what is in flight is cut', async () => {
    cluster = liveCluster();
    const app = { serveMs: 600, answerMs: 150 };
    await deploy(cluster, { name: 'web', proxy: 'classic', app, annotations: drainOff });
    const { target } = await probing(await addressFor(cluster, 'plain'), 'http', {}, () => restart(cluster, 'web'));
    expect(target.failed).toBeGreaterThan(4);
    expect(target.failures.map(({ kind }) => kind)).toContain('closed');
  });

  test('a grace period that is too short cuts an application that would have finished', async () => {
    cluster = liveCluster();
    await deploy(cluster, { name: 'web', proxy: 'none', app: { serveMs: 5000, answerMs: 1300 }, graceSeconds: 1 });
    const shape = { ratePerSecond: 50, connections: 100 };
    const act = async () => {
      const [pod] = podsOf(cluster, 'web');
      cluster.store.delete({ resource: resources.pods, namespace: 'shop', name: pod?.metadata.name ?? '' });
      await until(
        cluster,
        () => !cluster.store.list(resources.pods, {}).items.some((other) => other.metadata.uid === pod?.metadata.uid),
      );
    };
    const { target } = await probing(await addressFor(cluster, 'plain'), 'http', shape, act);
    expect(target.failures.map(({ kind }) => kind)).toContain('closed');
  });
});

describe('faults on demand', () => {
  test('a frozen application answers late, and loses nothing', async () => {
    cluster = liveCluster();
    await deploy(cluster, { name: 'web', replicas: 1, proxy: 'none' });
    const pod = { namespace: 'shop', name: podsOf(cluster, 'web')[0]?.metadata.name ?? '' };
    const seen: TrafficCounts[] = [];
    const act = async ({ counts, more }: Traffic) => {
      cluster.live.freeze(pod);
      seen.push(counts());
      await more(200, 'sent');
      seen.push(counts());
      cluster.live.thaw(pod);
    };
    const { target } = await probing(await cluster.live.serviceAddress(web), 'http', {}, act);
    const [frozen, thawed] = seen;
    expect(target.failures).toEqual([]);
    expect(target.ok).toBe(target.sender.scheduled);
    // What left after the freeze was answered after the thaw, and the gap in the report reaches over all this time.
    expect(thawed?.ok).toBeLessThanOrEqual(frozen?.sent ?? NaN);
    const { longest } = target.gaps;
    expect(longest.toMs).toBeGreaterThanOrEqual(thawed?.atMs ?? NaN);
    expect(longest.ms).toBeGreaterThan(((thawed?.atMs ?? NaN) - (frozen?.atMs ?? NaN)) / 2);
  });

  test('a crash is told as connect failure or termination, and the pod comes back', async () => {
    cluster = liveCluster();
    await deploy(cluster, { name: 'web', replicas: 1, app: { answerMs: 30 } });
    const pod = () => podsOf(cluster, 'web')[0];
    const ready = () => JSON.stringify(pod()?.['status']).includes('"type":"Ready","status":"True"');
    const act = async () => {
      cluster.live.crash({ namespace: 'shop', name: pod()?.metadata.name ?? '' });
      await until(cluster, () => !ready());
      await until(cluster, () => JSON.stringify(pod()?.['status']).includes('"restartCount":1') && ready());
      await changesSettled();
    };
    const { target } = await probing(await cluster.live.serviceAddress(web), 'http', {}, act);
    expect(target.failures.map(({ name }) => name)).toContain('status 503 UF');
    expect(target.seconds.at(-1)).toBeDefined();
  });

  test('cut connections are resets', async () => {
    cluster = liveCluster();
    await deploy(cluster, { name: 'web', replicas: 1, app: { answerMs: 100 } });
    const pod = { namespace: 'shop', name: podsOf(cluster, 'web')[0]?.metadata.name ?? '' };
    const act = async ({ more }: Traffic) => {
      // Nothing may be on its way back: a reset right behind data reaches Node as an end.
      cluster.live.freeze(pod);
      await more(40, 'sent');
      cluster.live.cut(pod);
      cluster.live.thaw(pod);
      await more(1, 'ok');
    };
    const { target } = await probing(await cluster.live.serviceAddress(web), 'http', {}, act);
    expect(target.failures.map(({ kind }) => kind)).toEqual(['reset']);
  });
});
