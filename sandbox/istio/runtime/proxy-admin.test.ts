import { expect, it } from 'vitest';
import { createShop, emptyMesh, installIstiod, podsIn } from './mesh.test-helper.ts';
import { idleProxies } from './proxy-admin.ts';

it('tells of no activity, and agrees to drain, through a port-forward only', async () => {
  const mesh = emptyMesh();
  installIstiod(mesh, '1.30.3');
  createShop(mesh, { 'istio-injection': 'enabled' }, 1);
  const pod = podsIn(mesh, 'shop')[0]?.metadata.name ?? '';
  const to = { namespace: 'shop', pod, port: 15_000 };
  const proxies = idleProxies(mesh.store);
  const ask = (path: string, method: 'GET' | 'POST', via: 'port-forward' | 'proxy' = 'port-forward', port = 15_000) =>
    proxies.call({ to: { ...to, port }, path, method, via });
  expect(await ask('/clusters', 'GET')).toMatchObject({ status: 200, body: expect.stringContaining('rq_active::0\n') });
  expect(await ask('/drain_listeners?graceful', 'POST')).toEqual({ kind: 'answered', status: 200, body: 'OK\n' });
  expect(await ask('/drain_listeners?graceful', 'GET')).toMatchObject({ status: 405 });
  expect(await ask('/clusters', 'GET', 'proxy')).toMatchObject({ kind: 'refused' });
  expect(await ask('/clusters', 'GET', 'port-forward', 8080)).toMatchObject({ kind: 'refused' });
  expect(
    await proxies.call({ to: { ...to, pod: 'gone' }, path: '/clusters', method: 'GET', via: 'port-forward' }),
  ).toMatchObject({ kind: 'refused' });
});
