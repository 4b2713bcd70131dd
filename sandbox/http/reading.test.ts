import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/kube/api.ts';
import { resources } from '../store/resources.ts';
import type { Store } from '../store/store.ts';
import { createPod } from '../store/test-cluster.test-helper.ts';
import { withServed } from './served.test-helper.ts';

const maps = '/api/v1/namespaces/shop/configmaps';
const configMaps = (store: Store, ...names: readonly string[]) =>
  names.forEach((name) =>
    store.create(resources.configMaps, { metadata: { name, namespace: 'shop' }, data: { k: 'v' } }),
  );
const namesOf = (body: Record<string, unknown>) =>
  (body['items'] as readonly KubeObject[]).map((item) => item.metadata.name);

describe('lists', () => {
  it('comes in pages whose items of built-in kinds leave their kind out', () =>
    withServed(async ({ store, get }) => {
      configMaps(store, 'a', 'b', 'c');
      const first = (await get(`${maps}?limit=2`)).body;
      expect(first).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1', metadata: { remainingItemCount: 1 } });
      expect(namesOf(first)).toEqual(['a', 'b']);
      expect((first['items'] as readonly object[])[0]).not.toHaveProperty('kind');
      const token = (first['metadata'] as { continue: string }).continue;
      const rest = (await get(`${maps}?limit=2&continue=${encodeURIComponent(token)}`)).body;
      expect(namesOf(rest)).toEqual(['c']);
      expect(rest['metadata']).toEqual({ resourceVersion: store.resourceVersion });
      expect((await get(`${maps}?continue=${token}&resourceVersion=5`)).status).toBe(400);
      expect((await get(`${maps}?limit=two`)).status).toBe(400);
    }));

  it('obeys resourceVersion and resourceVersionMatch', () =>
    withServed(async ({ store, get }) => {
      configMaps(store, 'a');
      const then = store.resourceVersion;
      configMaps(store, 'b');
      const at = (query: string) => get(`${maps}?${query}`);
      expect(namesOf((await at(`resourceVersion=${then}&resourceVersionMatch=Exact`)).body)).toEqual(['a']);
      expect(namesOf((await at(`resourceVersion=${then}&resourceVersionMatch=NotOlderThan`)).body)).toEqual(['a', 'b']);
      expect(namesOf((await at('resourceVersion=0')).body)).toEqual(['a', 'b']);
      expect(await at('resourceVersion=99999')).toMatchObject({
        status: 504,
        body: { reason: 'Timeout', details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } },
      });
      expect((await at('resourceVersionMatch=Exact')).status).toBe(422);
      expect((await at('resourceVersion=1&resourceVersionMatch=Roughly')).status).toBe(422);
      expect((await at('resourceVersion=new')).status).toBe(400);
      store.forgetHistory();
      const gone = await at(`resourceVersion=${then}&resourceVersionMatch=Exact`);
      expect(gone).toMatchObject({ status: 410, body: { reason: 'Expired' } });
      expect(gone.body['message']).toBe('The resourceVersion for the provided list is too old.');
    }));

  it('sends metadata only, or nothing that nobody accepts', () =>
    withServed(async ({ store, get }) => {
      configMaps(store, 'a');
      const partial = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
      const list = await get(maps, `application/vnd.kubernetes.protobuf,${partial}`);
      expect(list.body).toMatchObject({ kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' });
      expect((list.body['items'] as readonly object[])[0]).toMatchObject({ kind: 'PartialObjectMetadata' });
      expect((list.body['items'] as readonly object[])[0]).not.toHaveProperty('data');
      const one = await get(`${maps}/a`, partial.replace('List', ''));
      expect(one.body).not.toHaveProperty('data');
      expect((await get(maps, 'application/vnd.kubernetes.protobuf')).status).toBe(406);
      expect((await get(maps, 'application/vnd.kubernetes.protobuf,application/json')).status).toBe(200);
    }));
});

interface Table {
  readonly columnDefinitions: readonly { name: string; priority: number }[];
  readonly rows: readonly { cells: readonly unknown[]; object?: KubeObject }[];
}

const tableType = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const tableAccept = `${tableType},application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json`;

describe('tables', () => {
  it('shows pods as kubectl does', () =>
    withServed(async ({ store, clock, get }) => {
      createPod(store, 'a', {}, true);
      createPod(store, 'cold', {});
      clock.now += 200_000;
      const { body } = await get('/api/v1/pods?limit=500', tableAccept);
      expect(body).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
      const { columnDefinitions, rows } = body as unknown as Table;
      const narrow = columnDefinitions.filter((column) => column.priority === 0).map((column) => column.name);
      expect(narrow).toEqual(['Name', 'Ready', 'Status', 'Restarts', 'Age']);
      expect(rows.map((row) => row.cells.slice(0, 5))).toEqual([
        ['a', '0/1', 'Running', 0, '3m20s'],
        ['cold', '0/1', 'Pending', 0, '3m20s'],
      ]);
      expect(rows[0]?.object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { namespace: 'shop' } });
      expect(rows[0]?.object).not.toHaveProperty('spec');
    }));

  it('sends as much of the object as includeObject says', () =>
    withServed(async ({ store, get }) => {
      configMaps(store, 'a');
      const row = async (query: string) => ((await get(`${maps}${query}`, tableType)).body as unknown as Table).rows[0];
      expect(await row('?includeObject=None')).toEqual({ cells: ['a', 1, '0s'] });
      expect((await row('?includeObject=Object'))?.object).toMatchObject({ data: { k: 'v' } });
      expect((await row('/a'))?.cells).toEqual(['a', 1, '0s']);
      const older = await get(maps, `${tableType.replace('v1', 'v1beta1')},application/json`);
      expect(older.body['kind']).toBe('ConfigMapList');
    }));

  it('shows the columns that a definition declares, else name and age', () =>
    withServed(async ({ store, get }) => {
      const column = (name: string, jsonPath: string, more = {}) => ({ name, type: 'string', jsonPath, ...more });
      const columns = [
        column('Class', '.spec.class'),
        column('Ready', '.status.conditions[?(@.type=="Ready")].status'),
        column('Hosts', '.spec.hosts[*]', { priority: 1 }),
        column('First', '.spec.hosts[0]'),
        column('Label', '.metadata.labels.example\\.com/team'),
        column('Since', '.spec.since', { type: 'date' }),
        column('Odd', '.spec..class'),
      ];
      const version = (name: string, printed: readonly object[]) => ({
        name,
        served: true,
        storage: name === 'v1',
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        additionalPrinterColumns: printed,
      });
      const names = { plural: 'gauges', singular: 'gauge', kind: 'Gauge', listKind: 'GaugeList' };
      store.create(resources.definitions, {
        metadata: { name: 'gauges.example.com' },
        spec: { group: 'example.com', scope: 'Cluster', names, versions: [version('v1', columns), version('v2', [])] },
      });
      const gauges = { group: 'example.com', version: 'v1', plural: 'gauges', kind: 'Gauge', namespaced: false };
      store.create(gauges, {
        metadata: { name: 'g', labels: { 'example.com/team': 'red' } },
        spec: { class: 'istio', hosts: ['x', 'y'], since: '2025-12-31T00:00:00Z' },
        status: {
          conditions: [
            { type: 'Other', status: 'False' },
            { type: 'Ready', status: 'True' },
          ],
        },
      });
      const table = (await get('/apis/example.com/v1/gauges', tableType)).body as unknown as Table;
      expect(table.columnDefinitions.map(({ name, priority }) => [name, priority])).toContainEqual(['Hosts', 1]);
      expect(table.rows[0]?.cells).toEqual(['g', 'istio', 'True', 'x,y', 'x', 'red', '24h', '']);
      const plain = (await get('/apis/example.com/v2/gauges', tableType)).body as unknown as Table;
      expect(plain.rows[0]?.cells).toEqual(['g', '0s']);
    }));
});
