import { afterEach, expect, test } from 'vitest';
import { InvalidInput, NotFound } from '../../src/errors.ts';
import { resources } from '../store/resources.ts';
import { appAnnotation } from './app/behaviour.ts';
import { deploy, liveCluster, podsOf, probing, until, web, type LiveCluster } from './live.test-helper.ts';

let cluster: LiveCluster;
afterEach(() => cluster.close());

test('closing frees every port, with connections open', async () => {
  cluster = liveCluster();
  await deploy(cluster, { name: 'web' });
  const address = await cluster.live.serviceAddress(web);
  const { target } = await probing(address, 'http', { hold: 2, timeoutMs: 300 }, () => cluster.close());
  expect(target.failures.map(({ kind }) => kind)).toContain('refused');
  expect(target.held?.open).toBe(0);
});

test('names what is not there', async () => {
  cluster = liveCluster();
  await deploy(cluster, { name: 'web', proxy: 'none', replicas: 1 });
  const pod = { namespace: 'shop', name: podsOf(cluster, 'web')[0]?.metadata.name ?? '' };
  await expect(cluster.live.serviceAddress({ ...web, name: 'gone' })).rejects.toThrow(NotFound);
  await expect(cluster.live.serviceAddress({ ...web, port: 81 })).rejects.toThrow('has no port 81');
  await expect(cluster.live.meshAddress({ ...pod, name: 'gone' }, web)).rejects.toThrow(NotFound);
  await expect(cluster.live.meshAddress(pod, web)).rejects.toThrow(InvalidInput);
});

test('a pod with an unreadable annotation does not start, and says why', async () => {
  cluster = liveCluster();
  cluster.store.create(resources.pods, {
    metadata: { name: 'bad', namespace: 'shop', labels: { app: 'bad' }, annotations: { [appAnnotation]: '{' } },
    spec: { containers: [{ name: 'app', image: 'example.com/app:1' }] },
  });
  const status = () => JSON.stringify(podsOf(cluster, 'bad')[0]?.['status'] ?? {});
  await until(cluster, () => status().includes('CreateContainerConfigError'));
  expect(status()).toContain('is no JSON');
});

test('a native sidecar outlives its application, which ends after preStop and its own time', async () => {
  cluster = liveCluster({ timing: { sidecarLingerMs: 300, teardownMs: 0 } });
  await deploy(cluster, { name: 'web', replicas: 1, app: { serveMs: 200 } });
  const [pod] = podsOf(cluster, 'web');
  const seen: Record<string, number> = {};
  const from = Date.now();
  const stop = cluster.store.watch(resources.pods, {}, (event) => {
    if (event.type === 'BOOKMARK' || event.object.metadata.uid !== pod?.metadata.uid) return;
    const text = JSON.stringify(event.object['status']);
    if (/"containerStatuses".*"terminated"/.test(text)) seen['app'] ??= Date.now() - from;
    if (event.type === 'DELETED') seen['gone'] ??= Date.now() - from;
  });
  cluster.store.delete({ resource: resources.pods, namespace: 'shop', name: pod?.metadata.name ?? '' });
  await until(
    cluster,
    () => !cluster.store.list(resources.pods, {}).items.some((p) => p.metadata.uid === pod?.metadata.uid),
  );
  stop();
  expect(seen['app']).toBeGreaterThanOrEqual(195);
  expect((seen['gone'] ?? 0) - (seen['app'] ?? 0)).toBeGreaterThanOrEqual(280);
});
