import { describe, expect, it } from 'vitest';
import { customDefinitions } from '../store/custom-kinds.ts';
import { resources } from '../store/resources.ts';
import { withServed } from './served.test-helper.ts';

const aggregated = (version: string) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;

describe('discovery', () => {
  it('lists kinds with their subresources, those of the HTTP server too', () =>
    withServed(async ({ get }) => {
      const { body } = await get('/api/v1');
      const list = body['resources'] as readonly {
        name: string;
        kind: string;
        group?: string;
        verbs: readonly string[];
      }[];
      const found = new Map(list.map((resource) => [resource.name, resource]));
      expect(found.get('pods/eviction')).toMatchObject({ kind: 'Eviction', group: 'policy', verbs: ['create'] });
      expect(found.get('pods/status')?.verbs).toEqual(['get', 'patch', 'update']);
      expect(found.get('pods/portforward')?.verbs).toEqual(['create', 'get']);
      expect(found.get('serviceaccounts/token')).toMatchObject({
        kind: 'TokenRequest',
        group: 'authentication.k8s.io',
      });
      const apps = (await get('/apis/apps/v1')).body['resources'];
      expect(apps).toContainEqual(expect.objectContaining({ name: 'deployments/scale', kind: 'Scale' }));
    }));

  it('aggregates in the first version of Accept that it has, and repeats the type', () =>
    withServed(async ({ get }) => {
      const both = await get('/api', `${aggregated('v2')},${aggregated('v2beta1')},application/json`);
      expect(both.headers.get('content-type')).toBe(aggregated('v2'));
      expect(both.body['apiVersion']).toBe('apidiscovery.k8s.io/v2');
      expect(JSON.stringify(both.body)).toContain('"subresource":"portforward"');
      const older = await get('/apis', `${aggregated('v3')},${aggregated('v2beta1')},application/json`);
      expect(older.headers.get('content-type')).toBe(aggregated('v2beta1'));
      expect(older.body['apiVersion']).toBe('apidiscovery.k8s.io/v2beta1');
      expect(JSON.stringify(older.body)).toContain('"resource":"selfsubjectaccessreviews"');
      const legacy = await get('/apis', `application/json,${aggregated('v2')}`);
      expect(legacy.headers.get('content-type')).toBe('application/json');
      expect(legacy.body['kind']).toBe('APIGroupList');
    }));

  it('has the groups of reviews in the legacy documents', () =>
    withServed(async ({ get }) => {
      const groups = (await get('/apis')).body['groups'] as readonly { name: string }[];
      expect(groups.map((group) => group.name)).toEqual(expect.arrayContaining(['apps', 'authorization.k8s.io']));
      expect((await get('/apis/authorization.k8s.io')).body['kind']).toBe('APIGroup');
      const list = (await get('/apis/authorization.k8s.io/v1')).body['resources'];
      expect(list).toContainEqual(expect.objectContaining({ name: 'selfsubjectaccessreviews', verbs: ['create'] }));
      expect((await get('/apis/authorization.k8s.io/v2')).status).toBe(404);
    }));

  it('answers version and health, and 404 in text for paths of no API', () =>
    withServed(async ({ get }) => {
      expect((await get('/version?timeout=5s')).body).toMatchObject({ major: '1', minor: '34', gitVersion: 'v1.34.4' });
      for (const path of ['/healthz', '/livez', '/readyz?verbose'])
        expect((await get(path)).body).toEqual({ text: 'ok' });
      expect(await get('/nope')).toMatchObject({ status: 404, body: { text: '404 page not found\n' } });
      expect(await get('/apis/none.example.com/v1/things')).toMatchObject({
        status: 404,
        body: { kind: 'Status', reason: 'NotFound', code: 404 },
      });
    }));

  it('has OpenAPI documents in which kubectl finds fieldValidation, for custom kinds as well', () =>
    withServed(async ({ store, get }) => {
      for (const definition of customDefinitions('networking.istio.io'))
        store.create(resources.definitions, definition);
      const index = (await get('/openapi/v3')).body['paths'] as Record<string, { serverRelativeURL: string }>;
      const own = index['apis/networking.istio.io/v1'];
      expect(own?.serverRelativeURL).toMatch(/^\/openapi\/v3\/apis\/networking\.istio\.io\/v1\?hash=[0-9A-F]{64}$/);
      const document = await get(own?.serverRelativeURL ?? '');
      const item = '/apis/networking.istio.io/v1/namespaces/{namespace}/gateways/{name}';
      const patch = (document.body['paths'] as Record<string, { patch?: { parameters: unknown } }>)[item]?.patch;
      expect(patch).toMatchObject({
        'x-kubernetes-group-version-kind': { group: 'networking.istio.io', kind: 'Gateway', version: 'v1' },
      });
      expect(patch?.parameters).toContainEqual(expect.objectContaining({ name: 'fieldValidation', in: 'query' }));
      expect((await get('/openapi/v3/apis/none.example.com/v1')).status).toBe(404);
      expect((await get('/openapi/v2')).status).toBe(404);
    }));
});
