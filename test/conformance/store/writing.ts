import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/kube/api.ts';
import { failureOf, idleDeployment, refusal, types, withBench, type MakeTarget } from './harness.ts';

const containersOf = (object: KubeObject) =>
  (object['spec'] as { template: { spec: { containers: readonly Record<string, unknown>[] } } }).template.spec
    .containers;

/** Patches and server-side apply. Source: Kubernetes documentation, "API Concepts" and "Server-Side Apply". */
export function writingConformance(make: MakeTarget): void {
  describe('patches', () => {
    it('refuses an outdated resourceVersion with the words of Kubernetes', () =>
      withBench(make, async ({ api, configMap, ref }) => {
        const made = await configMap('a');
        const at = ref(types.configMaps, 'a');
        await api.patch(at, 'merge', { data: { n: '1' } });
        const stale = { metadata: { resourceVersion: made.metadata.resourceVersion }, data: { n: '2' } };
        const error = await failureOf(api.patch(at, 'merge', stale));
        expect([error.errorClass, error.status]).toEqual(['Conflict', 409]);
        expect(error.message).toContain(
          'Operation cannot be fulfilled on configmaps "a": the object has been modified; ' +
            'please apply your changes to the latest version and try again',
        );
      }));

    it('keeps the version when nothing changes', () =>
      withBench(make, async ({ api, configMap, ref }) => {
        const made = await configMap('a', { data: { n: '1' } });
        const same = await api.patch(ref(types.configMaps, 'a'), 'merge', { data: { n: '1' } });
        expect(same.metadata.resourceVersion).toBe(made.metadata.resourceVersion);
      }));

    it('merges: null removes, objects merge, the rest replaces', () =>
      withBench(make, async ({ api, configMap, ref }) => {
        await configMap('a', { data: { gone: '1', kept: '2', changed: '3' } });
        const next = await api.patch(ref(types.configMaps, 'a'), 'merge', {
          data: { gone: null, changed: '4', fresh: '5' },
        });
        expect(next['data']).toEqual({ kept: '2', changed: '4', fresh: '5' });
      }));

    it('carries out JSON patches whole or not at all', () =>
      withBench(make, async ({ api, configMap, ref }) => {
        await configMap('a', { data: { n: '1' } });
        const at = ref(types.configMaps, 'a');
        const failing = [
          { op: 'add', path: '/data/m', value: '2' },
          { op: 'test', path: '/data/n', value: 'other' },
        ];
        expect(await refusal(api.patch(at, 'json', failing))).toEqual({ errorClass: 'InvalidInput', status: 422 });
        expect((await api.get(at))['data']).toEqual({ n: '1' });
        const next = await api.patch(at, 'json', [
          { op: 'test', path: '/data/n', value: '1' },
          { op: 'replace', path: '/data/n', value: '2' },
          { op: 'add', path: '/metadata/labels', value: { 'a.b/c': 'd' } },
          { op: 'remove', path: '/metadata/labels/a.b~1c' },
        ]);
        expect(next['data']).toEqual({ n: '2' });
        expect(next.metadata.labels ?? {}).toEqual({});
      }));

    it('merges containers and variables by name in a strategic patch, and replaces lists in a merge patch', () =>
      withBench(make, async ({ api, namespace, ref }) => {
        await api.create(types.deployments, idleDeployment('web', namespace));
        const at = ref(types.deployments, 'web');
        const sidecar = {
          spec: { template: { spec: { containers: [{ name: 'side', image: 'example.com/side:1' }] } } },
        };
        const two = await api.patch(at, 'strategic', sidecar);
        expect(containersOf(two).map((container) => container['name'])).toEqual(
          expect.arrayContaining(['app', 'side']),
        );
        const variable = { name: 'app', env: [{ name: 'B', value: '2' }] };
        const three = await api.patch(at, 'strategic', { spec: { template: { spec: { containers: [variable] } } } });
        const app = containersOf(three).find((container) => container['name'] === 'app');
        expect(app?.['env']).toEqual(
          expect.arrayContaining([
            { name: 'A', value: '1' },
            { name: 'B', value: '2' },
          ]),
        );
        const removal = { spec: { template: { spec: { containers: [{ name: 'side', $patch: 'delete' }] } } } };
        expect(containersOf(await api.patch(at, 'strategic', removal))).toHaveLength(1);
        const single = {
          spec: { template: { spec: { containers: [{ name: 'only', image: 'example.com/only:1' }] } } },
        };
        expect(containersOf(await api.patch(at, 'merge', single)).map((container) => container['name'])).toEqual([
          'only',
        ]);
      }));

    it('clears the rolling parameters with $retainKeys', () =>
      withBench(make, async ({ api, namespace, ref }) => {
        await api.create(types.deployments, idleDeployment('web', namespace));
        const next = await api.patch(ref(types.deployments, 'web'), 'strategic', {
          spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } },
        });
        expect(next['spec']).toMatchObject({ strategy: { type: 'Recreate' } });
        expect((next['spec'] as { strategy: object }).strategy).not.toHaveProperty('rollingUpdate');
      }));
  });

  describe('server-side apply', () => {
    const config = (name: string, namespace: string, data: Record<string, string>) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace },
      data,
    });

    it('creates, owns, and removes what is no longer applied', () =>
      withBench(make, async ({ api, namespace, ref }) => {
        const at = ref(types.configMaps, 'a');
        const made = await api.patch(at, 'apply', config('a', namespace, { one: '1', two: '2' }));
        expect(made.metadata['managedFields']).toMatchObject([
          { manager: 'meshlift', operation: 'Apply', apiVersion: 'v1', fieldsType: 'FieldsV1' },
        ]);
        const again = await api.patch(at, 'apply', config('a', namespace, { one: '1', two: '2' }));
        expect(again.metadata.resourceVersion).toBe(made.metadata.resourceVersion);
        const less = await api.patch(at, 'apply', config('a', namespace, { one: '1' }));
        expect(less['data']).toEqual({ one: '1' });
      }));

    it('refuses to change what another manager owns, unless forced', () =>
      withBench(make, async ({ api, namespace, configMap, ref }) => {
        // A plain write and an apply are two managers, even under one name.
        await configMap('a', { data: { one: '1', two: '2' } });
        const at = ref(types.configMaps, 'a');
        const error = await failureOf(api.patch(at, 'apply', config('a', namespace, { one: 'other' })));
        expect([error.errorClass, error.status]).toEqual(['Conflict', 409]);
        expect(error.message).toContain('Apply failed with 1 conflict: conflict with "meshlift" using v1: .data.one');
        const taken = await api.patch(at, 'apply', config('a', namespace, { one: 'other' }), { force: true });
        expect(taken['data']).toEqual({ one: 'other', two: '2' });
      }));

    it('wants no managedFields in the configuration', () =>
      withBench(make, async ({ api, namespace, ref }) => {
        const own = {
          ...config('a', namespace, {}),
          metadata: { name: 'a', namespace, managedFields: [{ manager: 'x' }] },
        };
        const error = await failureOf(api.patch(ref(types.configMaps, 'a'), 'apply', own));
        expect(error.status).toBe(400);
        expect(error.message).toContain('metadata.managedFields must be nil');
      }));
  });
}
