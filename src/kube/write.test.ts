import { afterEach, describe, expect, it } from 'vitest';
import type { KubeApi, PatchKind } from './api.ts';
import { httpKubeApi } from './http-api.ts';
import {
  DEPLOYMENTS,
  failure,
  type Handler,
  json,
  type Loopback,
  loopback,
  plainConnection,
} from './loopback.test-helper.ts';

const WEB = { resource: DEPLOYMENTS, namespace: 'shop', name: 'web' };
const OBJECT = { metadata: { name: 'web', namespace: 'shop' } };
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

async function start(
  handler: Handler = (_, response) => json(response, 200, OBJECT),
): Promise<{ server: Loopback; api: KubeApi }> {
  const server = await loopback(handler);
  const api = httpKubeApi(plainConnection(server.url), { requestTimeoutMs: 2_000, backoffMs: 2 });
  open.push(server, api);
  return { server, api };
}

describe('create', () => {
  it('posts the object with its kind, as meshlift, dry when asked', async () => {
    const { api, server } = await start();
    await api.create(DEPLOYMENTS, OBJECT, { dryRun: true });
    const [request] = server.received;
    expect(request?.method).toBe('POST');
    expect(request?.url).toBe('/apis/apps/v1/namespaces/shop/deployments?fieldManager=meshlift&dryRun=All');
    expect(JSON.parse(request?.body ?? '')).toEqual({ ...OBJECT, apiVersion: 'apps/v1', kind: 'Deployment' });
  });
});

describe('patch', () => {
  it.each<[PatchKind, string]>([
    ['merge', 'application/merge-patch+json'],
    ['json', 'application/json-patch+json'],
    ['strategic', 'application/strategic-merge-patch+json'],
    ['apply', 'application/apply-patch+yaml'],
  ])('%s is sent as %s', async (kind, contentType) => {
    const { api, server } = await start();
    await api.patch(WEB, kind, { a: 1 });
    const [request] = server.received;
    expect(request?.method).toBe('PATCH');
    expect(request?.headers['content-type']).toBe(contentType);
    expect(request?.url).toBe('/apis/apps/v1/namespaces/shop/deployments/web?fieldManager=meshlift');
    expect(request?.body).toBe('{"a":1}');
  });

  it('forces only apply, and reaches subresources', async () => {
    const { api, server } = await start();
    await api.patch(WEB, 'apply', {}, { force: true, subresource: 'scale' });
    await api.patch(WEB, 'merge', {}, { force: true });
    expect(server.received.map((request) => request.url.split('deployments')[1])).toEqual([
      '/web/scale?fieldManager=meshlift&force=true',
      '/web?fieldManager=meshlift',
    ]);
  });

  it('refuses an object without a name or namespace before anything is sent', async () => {
    const { api, server } = await start();
    await expect(api.patch({ ...WEB, name: '' }, 'merge', {})).rejects.toMatchObject({ errorClass: 'InvalidInput' });
    await expect(api.delete({ resource: DEPLOYMENTS, name: 'web' })).rejects.toMatchObject({
      errorClass: 'InvalidInput',
    });
    expect(server.received).toHaveLength(0);
  });
});

describe('delete', () => {
  it('sends preconditions and dry run in its body', async () => {
    const { api, server } = await start();
    await api.delete(WEB, { uid: 'u1', resourceVersion: '5', dryRun: true });
    await api.delete(WEB);
    expect(server.received.map((request) => JSON.parse(request.body) as unknown)).toEqual([
      { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: 'u1', resourceVersion: '5' }, dryRun: ['All'] },
      { apiVersion: 'v1', kind: 'DeleteOptions' },
    ]);
  });

  it('is NotFound for a missing object and Conflict for a failed precondition', async () => {
    const { api } = await start((_, response, index) => {
      const status = index === 0 ? 404 : 409;
      json(response, status, failure(status, 'no'));
    });
    await expect(api.delete(WEB)).rejects.toMatchObject({ errorClass: 'NotFound' });
    await expect(api.delete(WEB, { uid: 'x' })).rejects.toMatchObject({ errorClass: 'Conflict' });
  });
});

describe('evict', () => {
  const POD = { namespace: 'shop', name: 'web-1', uid: 'u1' };

  it('posts a policy/v1 Eviction for that very pod', async () => {
    const { api, server } = await start((_, response) => json(response, 201, { kind: 'Status', status: 'Success' }));
    await api.evict(POD);
    expect(server.received[0]?.url).toBe('/api/v1/namespaces/shop/pods/web-1/eviction?fieldManager=meshlift');
    expect(JSON.parse(server.received[0]?.body ?? '')).toEqual({
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: 'web-1', namespace: 'shop' },
      deleteOptions: { preconditions: { uid: 'u1' } },
    });
  });

  it('is Blocked at once when a budget refuses, with the time to wait', async () => {
    const details = { retryAfterSeconds: 10, causes: [{ reason: 'DisruptionBudget', message: 'needs 2' }] };
    const { api, server } = await start((_, response) =>
      json(response, 429, failure(429, "would violate the pod's disruption budget", details), { 'retry-after': '0' }),
    );
    await expect(api.evict(POD)).rejects.toMatchObject({ errorClass: 'Blocked', status: 429, retryAfterSeconds: 0 });
    expect(server.received).toHaveLength(1);
  });

  it('is Blocked when two budgets select the pod', async () => {
    const said = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
    const { api } = await start((_, response) => json(response, 500, failure(500, said)));
    await expect(api.evict(POD)).rejects.toMatchObject({ errorClass: 'Blocked', object: 'Pod shop/web-1' });
  });

  it('waits and tries again when only the server is busy', async () => {
    const { api, server } = await start((_, response, index) =>
      index === 0
        ? json(response, 429, failure(429, 'too many requests'), { 'retry-after': '0' })
        : json(response, 201, { kind: 'Status', status: 'Success' }),
    );
    await api.evict(POD);
    expect(server.received).toHaveLength(2);
  });
});
