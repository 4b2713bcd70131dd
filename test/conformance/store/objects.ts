import { describe, expect, it } from 'vitest';
import { failureOf, idleDeployment, refusal, types, withBench, type MakeTarget } from './harness.ts';

/** Create, read, delete, versions and generations. Source: Kubernetes documentation, "API Concepts" and "Objects". */
export function objectConformance(make: MakeTarget): void {
  describe('objects', () => {
    it('gets uid, resourceVersion and creation time on create and reads back the same', () =>
      withBench(make, async ({ api, configMap, ref }) => {
        const made = await configMap('a', { data: { k: 'v' } });
        expect(made.metadata.uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(made.metadata.resourceVersion).toMatch(/^[1-9]\d*$/);
        expect(made.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
        expect(await api.get(ref(types.configMaps, 'a'))).toEqual(made);
      }));

    it('refuses a second object of the same name', () =>
      withBench(make, async ({ configMap }) => {
        await configMap('a');
        const error = await failureOf(configMap('a'));
        expect([error.errorClass, error.status]).toEqual(['Conflict', 409]);
        expect(error.message).toContain('configmaps "a" already exists');
      }));

    it('generates names with a suffix of five', () =>
      withBench(make, async ({ api, namespace }) => {
        const made = await api.create(types.configMaps, { metadata: { name: '', generateName: 'gen-', namespace } });
        expect(made.metadata.name).toMatch(/^gen-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
      }));

    it('says what is missing: object, namespace, kind', () =>
      withBench(make, async ({ api, ref }) => {
        const missing = await failureOf(api.get(ref(types.configMaps, 'none')));
        expect([missing.errorClass, missing.status]).toEqual(['NotFound', 404]);
        expect(missing.message).toContain('configmaps "none" not found');
        const homeless = { metadata: { name: 'a', namespace: 'no-such-namespace' } };
        const noNamespace = await failureOf(api.create(types.configMaps, homeless));
        expect(noNamespace.message).toContain('namespaces "no-such-namespace" not found');
        const unserved = { group: 'example.com', version: 'v1', plural: 'things', kind: 'Thing', namespaced: true };
        expect(await refusal(api.get(ref(unserved, 'a')))).toEqual({ errorClass: 'NotFound', status: 404 });
      }));

    it('refuses names that are no DNS subdomain', () =>
      withBench(make, async ({ configMap }) => {
        const error = await failureOf(configMap('Upper_Case'));
        expect([error.errorClass, error.status]).toEqual(['InvalidInput', 422]);
        expect(error.message).toContain('a lowercase RFC 1123 subdomain must consist of');
      }));

    it('stores nothing in a dry run', () =>
      withBench(make, async ({ api, namespace, ref }) => {
        await api.create(types.configMaps, { metadata: { name: 'dry', namespace } }, { dryRun: true });
        expect(await refusal(api.get(ref(types.configMaps, 'dry')))).toEqual({ errorClass: 'NotFound', status: 404 });
      }));

    it('counts generation for the spec only, and leaves status to its subresource', () =>
      withBench(make, async ({ api, namespace, ref }) => {
        await api.create(types.deployments, idleDeployment('web', namespace));
        const at = ref(types.deployments, 'web');
        const labelled = await api.patch(at, 'merge', { metadata: { labels: { a: 'b' } } });
        expect(labelled.metadata.generation).toBe(1);
        const paused = await api.patch(at, 'merge', { spec: { paused: true }, status: { replicas: 7 } });
        expect(paused.metadata.generation).toBe(2);
        expect(paused['status']).not.toMatchObject({ replicas: 7 });
        const told = await api.patch(
          at,
          'merge',
          { spec: { paused: false }, status: { collisionCount: 3 } },
          { subresource: 'status' },
        );
        expect(told.metadata.generation).toBe(2);
        expect(told['spec']).toMatchObject({ paused: true });
        expect(told['status']).toMatchObject({ collisionCount: 3 });
      }));

    it('fills the defaults of a Deployment', () =>
      withBench(make, async ({ api, namespace }) => {
        const made = await api.create(types.deployments, idleDeployment('web', namespace));
        expect(made['spec']).toMatchObject({
          strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
          revisionHistoryLimit: 10,
          progressDeadlineSeconds: 600,
          template: {
            spec: { restartPolicy: 'Always', dnsPolicy: 'ClusterFirst', terminationGracePeriodSeconds: 30 },
          },
        });
      }));

    it('gives services an address that stays, and target ports', () =>
      withBench(make, async ({ api, namespace, ref }) => {
        const made = await api.create(types.services, {
          metadata: { name: 'web', namespace },
          spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
        });
        expect(made['spec']).toMatchObject({
          type: 'ClusterIP',
          ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
        });
        const clusterIP = (made['spec'] as { clusterIP: string }).clusterIP;
        expect(clusterIP).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
        expect(
          await refusal(api.patch(ref(types.services, 'web'), 'merge', { spec: { clusterIP: '1.2.3.4' } })),
        ).toEqual({
          errorClass: 'InvalidInput',
          status: 422,
        });
      }));

    it('never changes the selector of a Deployment', () =>
      withBench(make, async ({ api, namespace, ref }) => {
        await api.create(types.deployments, idleDeployment('web', namespace));
        const change = {
          spec: { selector: { matchLabels: { app: 'x' } }, template: { metadata: { labels: { app: 'x' } } } },
        };
        const error = await failureOf(api.patch(ref(types.deployments, 'web'), 'merge', change));
        expect(error.status).toBe(422);
        expect(error.message).toMatch(
          /Deployment\.apps "web" is invalid: spec\.selector: Invalid value: .*field is immutable/,
        );
      }));

    it('deletes under preconditions, and at once without finalizers', () =>
      withBench(make, async ({ api, configMap, ref }) => {
        const made = await configMap('a');
        const at = ref(types.configMaps, 'a');
        const other = await failureOf(api.delete(at, { uid: 'not-this-one' }));
        expect([other.errorClass, other.status]).toEqual(['Conflict', 409]);
        expect(other.message).toContain('the UID in the precondition (not-this-one) does not match the UID in record');
        expect(await refusal(api.delete(at, { resourceVersion: '1' }))).toEqual({
          errorClass: 'Conflict',
          status: 409,
        });
        await api.delete(at, { uid: made.metadata.uid ?? '' });
        expect(await refusal(api.get(at))).toEqual({ errorClass: 'NotFound', status: 404 });
        expect(await refusal(api.delete(at))).toEqual({ errorClass: 'NotFound', status: 404 });
      }));

    it('keeps an object with a finalizer until the finalizer goes', () =>
      withBench(make, async ({ api, namespace, ref }) => {
        const metadata = { name: 'held', namespace, finalizers: ['example.com/hold'] };
        await api.create(types.configMaps, { metadata });
        const at = ref(types.configMaps, 'held');
        await api.delete(at);
        expect((await api.get(at)).metadata.deletionTimestamp).toMatch(/Z$/);
        await api.patch(at, 'merge', { metadata: { finalizers: null } });
        expect(await refusal(api.get(at))).toEqual({ errorClass: 'NotFound', status: 404 });
      }));

    it('evicts a pod that is not running whatever a budget says', () =>
      withBench(make, async ({ api, namespace, ref }) => {
        const labels = { app: 'idle' };
        const spec = {
          nodeSelector: { 'example.com/no': 'such-node' },
          containers: [{ name: 'app', image: 'example.com/app:1' }],
        };
        await api.create(types.budgets, {
          metadata: { name: 'idle', namespace },
          spec: { minAvailable: 1, selector: { matchLabels: labels } },
        });
        await api.create(types.pods, { metadata: { name: 'idle', namespace, labels }, spec });
        await api.evict({ namespace, name: 'idle' });
        expect(await refusal(api.get(ref(types.pods, 'idle')))).toEqual({ errorClass: 'NotFound', status: 404 });
        expect(await refusal(api.evict({ namespace, name: 'idle' }))).toEqual({ errorClass: 'NotFound', status: 404 });
      }));
  });
}
