import { describe, expect, it } from 'vitest';
import { resources } from '../store/resources.ts';
import { createPod, inShop } from '../store/test-cluster.test-helper.ts';
import { withServed } from './served.test-helper.ts';

const maps = '/api/v1/namespaces/shop/configmaps';
const configMap = (name: string, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  ...more,
});
const deployment = {
  metadata: { name: 'web', namespace: 'shop' },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'app', image: 'example.com/a:1' }] },
    },
  },
};

describe('create and update', () => {
  it('takes the namespace from the path and the manager from the program', () =>
    withServed(async ({ send }) => {
      const made = await send('POST', maps, configMap('a', { data: { k: 'v' } }));
      expect(made.status).toBe(201);
      expect(made.body['metadata']).toMatchObject({ namespace: 'shop', managedFields: [{ manager: 'tester' }] });
      expect((await send('POST', maps, configMap('a'))).body).toMatchObject({
        status: 'Failure',
        reason: 'AlreadyExists',
        details: { name: 'a', kind: 'configmaps' },
        code: 409,
      });
    }));

  it('refuses what it cannot read', () =>
    withServed(async ({ send }) => {
      const elsewhere = { ...configMap('a'), metadata: { name: 'a', namespace: 'other' } };
      expect((await send('POST', maps, elsewhere)).body).toMatchObject({ code: 400, reason: 'BadRequest' });
      expect((await send('POST', maps, '{')).body).toMatchObject({ code: 400, reason: 'BadRequest' });
      expect((await send('POST', maps, '[]')).status).toBe(400);
      const protobuf = await send('POST', maps, 'k8s\u0000', 'application/vnd.kubernetes.protobuf');
      expect(protobuf.body).toMatchObject({ code: 415, reason: 'UnsupportedMediaType' });
      expect((await send('POST', maps, configMap('a'), 'text/plain')).status).toBe(415);
      const large = configMap('a', { data: { k: 'x'.repeat(3 * 1024 * 1024) } });
      expect((await send('POST', maps, large)).body).toMatchObject({ code: 413, reason: 'RequestEntityTooLarge' });
      expect((await send('POST', '/api/v1/configmaps', configMap('a'))).status).toBe(405);
      expect((await send('PUT', maps, configMap('a'))).status).toBe(405);
    }));

  it('warns of finalizers without a domain', () =>
    withServed(async ({ send }) => {
      const metadata = { name: 'a', finalizers: ['hold', 'example.com/hold'] };
      const { headers } = await send('POST', maps, { ...configMap('a'), metadata });
      expect(headers.get('warning')).toMatch(/^299 - "metadata\.finalizers: \\"hold\\": prefer a domain-qualified/);
      expect(headers.get('warning')).not.toContain('example.com');
      expect((await send('POST', maps, configMap('b'))).headers.get('warning')).toBeNull();
    }));

  it('replaces, unless the version or the name is another', () =>
    withServed(async ({ send }) => {
      const made = (await send('POST', maps, configMap('a'))).body;
      const next = await send('PUT', `${maps}/a`, { ...made, data: { n: '1' } });
      expect(next).toMatchObject({ status: 200, body: { data: { n: '1' } } });
      expect((await send('PUT', `${maps}/a`, made)).body).toMatchObject({ code: 409, reason: 'Conflict' });
      expect((await send('PUT', `${maps}/b`, made)).status).toBe(400);
      expect((await send('PUT', `${maps}/b`, configMap('b'))).status).toBe(404);
    }));

  it('stores nothing in a dry run', () =>
    withServed(async ({ send, get }) => {
      expect((await send('POST', `${maps}?dryRun=All`, configMap('a'))).status).toBe(201);
      expect((await get(`${maps}/a`)).status).toBe(404);
      expect((await send('POST', `${maps}?dryRun=Some`, configMap('a'))).status).toBe(400);
    }));
});

describe('patches', () => {
  it('come by content type', () =>
    withServed(async ({ store, send }) => {
      store.create(resources.deployments, deployment);
      const at = '/apis/apps/v1/namespaces/shop/deployments/web?fieldManager=me&fieldValidation=Strict';
      const patch = (type: string, body: unknown) => send('PATCH', at, body, `application/${type}+json`);
      const side = { spec: { template: { spec: { containers: [{ name: 'side', image: 'example.com/s:1' }] } } } };
      const names = (body: unknown) => JSON.stringify(body).match(/"name":"(app|side)","image"/g)?.length;
      expect(names((await patch('strategic-merge-patch', side)).body)).toBe(2);
      expect(names((await patch('merge-patch', side)).body)).toBe(1);
      const json = await patch('json-patch', [{ op: 'replace', path: '/spec/replicas', value: 5 }]);
      expect(json.body).toMatchObject({ spec: { replicas: 5 } });
      expect((await send('PATCH', at, side)).body).toMatchObject({ code: 415 });
    }));

  it('apply in YAML, with 201 for a new object, and only with a manager', () =>
    withServed(async ({ send }) => {
      const yaml = (n: number) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {n: "${n}"}\n`;
      const apply = (query: string, n: number) =>
        send('PATCH', `${maps}/a?${query}`, yaml(n), 'application/apply-patch+yaml');
      expect((await apply('force=false', 1)).status).toBe(422);
      expect((await apply('fieldManager=one', 1)).status).toBe(201);
      expect((await apply('fieldManager=one', 2)).status).toBe(200);
      const torn = (await apply('fieldManager=two', 3)).body;
      expect(torn).toMatchObject({
        code: 409,
        details: { causes: [{ reason: 'FieldManagerConflict', field: '.data.n' }] },
      });
      expect((await apply('fieldManager=two&force=true', 3)).body).toMatchObject({ data: { n: '3' } });
    }));
});

describe('delete', () => {
  it('answers with a Status when the object is gone, with the object when something holds it', () =>
    withServed(async ({ store, send }) => {
      const free = (await send('POST', maps, configMap('free'))).body['metadata'] as { uid: string };
      const tried = await send('DELETE', `${maps}/free`, { dryRun: ['All'] });
      expect(tried.body).toMatchObject({ kind: 'Status', status: 'Success' });
      const gone = await send('DELETE', `${maps}/free`, {
        preconditions: { uid: free.uid },
        propagationPolicy: 'Background',
      });
      expect(gone.body).toMatchObject({
        status: 'Success',
        details: { name: 'free', kind: 'configmaps', uid: free.uid },
      });
      await send('POST', maps, { ...configMap('held'), metadata: { name: 'held', finalizers: ['example.com/hold'] } });
      const held = await send('DELETE', `${maps}/held?propagationPolicy=Foreground`, '');
      expect(held.body).toMatchObject({
        kind: 'ConfigMap',
        metadata: { finalizers: ['example.com/hold', 'foregroundDeletion'] },
      });
      createPod(store, 'p', {}, true);
      const leaving = await send('DELETE', '/api/v1/namespaces/shop/pods/p?gracePeriodSeconds=7', '');
      expect(leaving.body).toMatchObject({ kind: 'Pod', metadata: { deletionGracePeriodSeconds: 7 } });
      expect((await send('DELETE', `${maps}/held`, { propagationPolicy: 'Sideways' })).status).toBe(400);
    }));

  it('empties the selection of a collection, in one namespace only', () =>
    withServed(async ({ store, send, get }) => {
      for (const name of ['a', 'b'])
        await send('POST', maps, { ...configMap(name), metadata: { name, labels: { l: name } } });
      expect((await send('DELETE', `${maps}?labelSelector=l%3Da`, '')).body).toMatchObject({
        kind: 'ConfigMapList',
        items: [{ metadata: { name: 'a' } }],
      });
      expect((await get(maps)).body['items']).toHaveLength(1);
      expect((await send('DELETE', '/api/v1/configmaps', '')).status).toBe(405);
      expect([...store.all(resources.configMaps)]).toHaveLength(1);
    }));
});

describe('subresources', () => {
  it('reads and writes status and scale, and finalizes namespaces', () =>
    withServed(async ({ store, send, get }) => {
      store.create(resources.deployments, deployment);
      const web = '/apis/apps/v1/namespaces/shop/deployments/web';
      const merge = 'application/merge-patch+json';
      const told = await send('PATCH', `${web}/status`, { spec: { paused: true }, status: { replicas: 1 } }, merge);
      expect(told.body).toMatchObject({ status: { replicas: 1 } });
      expect(told.body['spec']).not.toHaveProperty('paused');
      expect((await get(`${web}/status`)).body).toMatchObject({ kind: 'Deployment', status: { replicas: 1 } });
      const scale = (await get(`${web}/scale`)).body;
      expect(scale).toMatchObject({ kind: 'Scale', spec: { replicas: 1 } });
      expect((await send('PUT', `${web}/scale`, { ...scale, spec: { replicas: 4 } })).body).toMatchObject({
        spec: { replicas: 4 },
      });
      expect(store.get(inShop(resources.deployments, 'web'))['spec']).toMatchObject({ replicas: 4 });
      expect((await get(`${maps}/a/status`)).status).toBe(404);
      expect((await send('POST', `${web}/scale`, scale)).status).toBe(405);
      const doomed = (await send('DELETE', '/api/v1/namespaces/shop', '')).body;
      expect(doomed).toMatchObject({ kind: 'Namespace', status: { phase: 'Terminating' } });
      await send('PUT', '/api/v1/namespaces/shop/finalize', { ...doomed, spec: { finalizers: [] } });
      expect((await get('/api/v1/namespaces/shop')).status).toBe(404);
    }));

  it('binds and evicts pods, with 429 and Retry-After while a budget is new', () =>
    withServed(async ({ store, send }) => {
      createPod(store, 'p', { app: 'p' }, true);
      createPod(store, 'q', {});
      const pods = '/api/v1/namespaces/shop/pods';
      expect(
        (await send('POST', `${pods}/q/binding`, { metadata: { name: 'q' }, target: { name: 'n1' } })).status,
      ).toBe(201);
      expect(store.get(inShop(resources.pods, 'q'))['spec']).toMatchObject({ nodeName: 'n1' });
      const spec = { selector: { matchLabels: { app: 'p' } } };
      const budget = store.create(resources.disruptionBudgets, { metadata: { name: 'b', namespace: 'shop' }, spec });
      const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p', namespace: 'shop' } };
      const refused = await send('POST', `${pods}/p/eviction`, eviction);
      expect(refused).toMatchObject({ status: 429, body: { details: { causes: [{ reason: 'DisruptionBudget' }] } } });
      expect(refused.headers.get('retry-after')).toBe('10');
      expect((await send('POST', `${pods}/q/eviction`, eviction)).status).toBe(400);
      store.delete(inShop(resources.disruptionBudgets, budget.metadata.name));
      expect(
        (await send('POST', `${pods}/p/eviction`, { ...eviction, deleteOptions: { dryRun: ['All'] } })).status,
      ).toBe(201);
      expect(store.get(inShop(resources.pods, 'p')).metadata.deletionTimestamp).toBeUndefined();
      expect((await send('POST', `${pods}/p/eviction`, eviction)).body).toMatchObject({ status: 'Success', code: 201 });
      expect(store.get(inShop(resources.pods, 'p')).metadata.deletionTimestamp).toBeDefined();
    }));

  it('hands out tokens of accounts and allows everything', () =>
    withServed(async ({ store, send }) => {
      store.create(resources.serviceAccounts, { metadata: { name: 'sa', namespace: 'shop' } });
      const accounts = '/api/v1/namespaces/shop/serviceaccounts';
      expect((await send('POST', `${accounts}/sa/token`, { spec: { expirationSeconds: 600 } })).body).toMatchObject({
        kind: 'TokenRequest',
        status: { token: 'sandbox.shop.sa', expirationTimestamp: '2026-01-01T00:10:00Z' },
      });
      expect((await send('POST', `${accounts}/none/token`, {})).status).toBe(404);
      const review = (name: string) => send('POST', `/apis/authorization.k8s.io/v1/${name}`, { spec: {} });
      expect(await review('selfsubjectaccessreviews')).toMatchObject({
        status: 201,
        body: { status: { allowed: true } },
      });
      expect((await review('namespaces/shop/localsubjectaccessreviews')).status).toBe(201);
      expect((await review('selfsubjectrulesreviews')).body).toMatchObject({ status: { incomplete: false } });
      expect((await review('localsubjectaccessreviews')).status).toBe(404);
    }));
});
