import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/kube/api.ts';
import { customDefinitions } from './custom-kinds.ts';
import { at } from './json.ts';
import { resources } from './resources.ts';
import { createPod, failing, inShop, testCluster } from './test-cluster.test-helper.ts';

const labels = { app: 'api' };
const pdb = (name: string, status: object) => ({
  store: { metadata: { name, namespace: 'shop' }, spec: { minAvailable: 2, selector: { matchLabels: labels } } },
  status: {
    observedGeneration: 1,
    currentHealthy: 3,
    desiredHealthy: 2,
    expectedPods: 3,
    disruptionsAllowed: 1,
    ...status,
  },
});

function guarded(...budgets: ReturnType<typeof pdb>[]) {
  const { store, clock } = testCluster();
  createPod(store, 'api-1', labels, true);
  for (const budget of budgets) {
    const made = store.create(resources.disruptionBudgets, budget.store);
    store.update(resources.disruptionBudgets, { ...made, status: budget.status }, { subresource: 'status' });
  }
  const evict = () => store.evict(inShop(resources.pods, 'api-1'));
  return { store, clock, evict };
}

describe('eviction', () => {
  it('takes one from the budget and gives the pod its grace period', () => {
    const { store, evict } = guarded(pdb('api', {}));
    evict();
    expect(store.get(inShop(resources.disruptionBudgets, 'api'))['status']).toMatchObject({
      disruptionsAllowed: 0,
      disruptedPods: { 'api-1': '2026-01-01T00:00:00Z' },
    });
    const pod = store.get(inShop(resources.pods, 'api-1'));
    expect(pod.metadata).toMatchObject({ deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 30 });
    expect(pod['status']).toMatchObject({
      conditions: [{ type: 'Ready' }, { type: 'DisruptionTarget', reason: 'EvictionByEvictionAPI' }],
    });
  });

  it('is refused by an exhausted budget, with the words and cause of Kubernetes', () => {
    const { store, evict } = guarded(pdb('api', { disruptionsAllowed: 0, currentHealthy: 2 }));
    const failure = failing(evict);
    expect([failure.code, failure.reason]).toEqual([429, 'TooManyRequests']);
    expect(failure.message).toBe("Cannot evict pod as it would violate the pod's disruption budget.");
    expect(failure.details?.causes).toEqual([
      { reason: 'DisruptionBudget', message: 'The disruption budget api needs 2 healthy pods and has 2 currently' },
    ]);
    expect(store.get(inShop(resources.pods, 'api-1')).metadata.deletionTimestamp).toBeUndefined();
  });

  it('waits for the controller to see a new budget', () => {
    const failure = failing(guarded(pdb('api', { observedGeneration: 0 })).evict);
    expect(failure.details).toMatchObject({ retryAfterSeconds: 10 });
    expect(failure.details?.causes?.[0]?.message).toBe(
      'The disruption budget api is still being processed by the server.',
    );
  });

  it('cannot decide between two budgets', () => {
    const failure = failing(guarded(pdb('one', {}), pdb('two', {})).evict);
    expect([failure.code, failure.message]).toEqual([
      500,
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    ]);
  });

  it('lets unready pods go when the budget is healthy without them', () => {
    const { store, evict } = guarded(pdb('api', { disruptionsAllowed: 0 }));
    const pod = store.get(inShop(resources.pods, 'api-1'));
    store.update(resources.pods, { ...pod, status: { phase: 'Running' } }, { subresource: 'status' });
    evict();
    expect(store.get(inShop(resources.disruptionBudgets, 'api'))['status']).toMatchObject({ disruptionsAllowed: 0 });
    expect(store.get(inShop(resources.pods, 'api-1')).metadata.deletionTimestamp).toBeDefined();
  });

  it('changes nothing in a dry run and checks the uid first', () => {
    const { store } = guarded(pdb('api', {}));
    const before = store.resourceVersion;
    store.evict(inShop(resources.pods, 'api-1'), { dryRun: true });
    expect(failing(() => store.evict(inShop(resources.pods, 'api-1'), { uid: 'other' })).code).toBe(409);
    expect(store.resourceVersion).toBe(before);
  });
});

describe('deletion', () => {
  it('lets a running pod end, shortens but never lengthens, and removes with grace 0', () => {
    const { store, clock } = testCluster();
    createPod(store, 'a', labels, true);
    const pod = inShop(resources.pods, 'a');
    expect(store.delete(pod).metadata).toMatchObject({ deletionTimestamp: '2026-01-01T00:00:30Z', generation: 2 });
    clock.now += 5000;
    expect(store.delete(pod, { gracePeriodSeconds: 60 }).metadata.deletionTimestamp).toBe('2026-01-01T00:00:30Z');
    expect(store.delete(pod, { gracePeriodSeconds: 5 }).metadata.deletionTimestamp).toBe('2026-01-01T00:00:10Z');
    store.delete(pod, { gracePeriodSeconds: 0 });
    expect(failing(() => store.get(pod)).message).toBe('pods "a" not found');
  });

  it('removes a pod that runs nowhere at once', () => {
    const { store } = testCluster();
    createPod(store, 'a', labels);
    store.delete(inShop(resources.pods, 'a'));
    expect(failing(() => store.get(inShop(resources.pods, 'a'))).code).toBe(404);
  });

  it.each([
    ['Foreground', ['foregroundDeletion']],
    ['Orphan', ['orphan']],
  ] as const)('leaves %s to the garbage collector as a finalizer', (propagation, finalizers) => {
    const { store } = testCluster();
    store.create(resources.configMaps, { metadata: { name: 'a', namespace: 'shop' } });
    const marked = store.delete(inShop(resources.configMaps, 'a'), { propagation });
    expect(marked.metadata).toMatchObject({ finalizers, deletionTimestamp: '2026-01-01T00:00:00Z' });
    store.patch(inShop(resources.configMaps, 'a'), 'merge', { metadata: { finalizers: [] } });
    expect(failing(() => store.get(inShop(resources.configMaps, 'a'))).code).toBe(404);
  });

  it('closes a namespace until its finalizer goes', () => {
    const { store } = testCluster();
    const at = { resource: resources.namespaces, name: 'shop' };
    const closing = store.delete(at);
    expect(closing).toMatchObject({ spec: { finalizers: ['kubernetes'] }, status: { phase: 'Terminating' } });
    const failure = failing(() => createPod(store, 'late', labels));
    expect([failure.code, failure.message]).toEqual([
      403,
      'pods "late" is forbidden: unable to create new content in namespace shop because it is being terminated',
    ]);
    expect(failure.details?.causes?.[0]?.reason).toBe('NamespaceTerminating');
    store.update(resources.namespaces, { ...closing, spec: { finalizers: [] } }, { subresource: 'finalize' });
    expect(failing(() => store.get(at)).code).toBe(404);
  });

  it('deletes a collection by selector', () => {
    const { store } = testCluster();
    createPod(store, 'a', labels);
    createPod(store, 'b', { app: 'other' });
    store.deleteCollection(resources.pods, { namespace: 'shop', labelSelector: 'app=api' });
    expect(store.list(resources.pods).items.map((pod) => pod.metadata.name)).toEqual(['b']);
  });

  it('takes the objects of a definition with it', () => {
    const { store } = testCluster();
    const rollouts = {
      group: 'argoproj.io',
      version: 'v1alpha1',
      plural: 'rollouts',
      kind: 'Rollout',
      namespaced: true,
    };
    expect(failing(() => store.list(rollouts)).message).toBe('the server could not find the requested resource');
    for (const definition of customDefinitions('argoproj.io')) store.create(resources.definitions, definition);
    store.create(rollouts, { metadata: { name: 'a', namespace: 'shop' }, spec: { replicas: 1 } });
    const told: string[] = [];
    store.watch(rollouts, {}, (event) => told.push(event.type));
    store.delete({ resource: resources.definitions, name: 'rollouts.argoproj.io' });
    expect(told).toEqual(['ADDED', 'DELETED']);
    expect(failing(() => store.list(rollouts)).code).toBe(404);
  });
});

describe('writes', () => {
  it('scales through the subresource', () => {
    const { store } = testCluster();
    const template = { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'a:1' }] } };
    store.create(resources.deployments, {
      metadata: { name: 'web', namespace: 'shop' },
      spec: { selector: { matchLabels: labels }, template },
    });
    const at = inShop(resources.deployments, 'web');
    expect(store.patch(at, 'merge', { spec: { replicas: 3 } }, { subresource: 'scale' })).toMatchObject({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      spec: { replicas: 3 },
      status: { selector: 'app=api' },
    });
    expect(store.get(at)).toMatchObject({ metadata: { generation: 2 }, spec: { replicas: 3 } });
    expect(failing(() => store.patch(at, 'merge', { spec: { replicas: -1 } }, { subresource: 'scale' })).code).toBe(
      422,
    );
  });

  it('lets labels of a pod change, but not its containers', () => {
    const { store } = testCluster();
    createPod(store, 'a', labels, true);
    const at = inShop(resources.pods, 'a');
    expect(store.patch(at, 'merge', { metadata: { labels: { app: null } } }).metadata.labels).toEqual({});
    const failure = failing(() =>
      store.patch(at, 'json', [{ op: 'replace', path: '/spec/containers/0/name', value: 'b' }]),
    );
    expect(failure.message).toMatch(
      /^Pod "a" is invalid: spec: Forbidden: pod updates may not change fields other than /,
    );
  });

  it('wants a version for updates of custom objects', () => {
    const { store } = testCluster();
    for (const definition of customDefinitions('argoproj.io')) store.create(resources.definitions, definition);
    const rollouts = {
      group: 'argoproj.io',
      version: 'v1alpha1',
      plural: 'rollouts',
      kind: 'Rollout',
      namespaced: true,
    };
    store.create(rollouts, { metadata: { name: 'a', namespace: 'shop' } });
    const failure = failing(() => store.update(rollouts, { metadata: { name: 'a', namespace: 'shop' }, spec: {} }));
    expect(failure.message).toBe(
      'Rollout.argoproj.io "a" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
    );
  });

  it('takes recorded objects as they are', () => {
    const { store } = testCluster();
    const uid = '3da05877-06e3-40aa-9642-a6bce0ae23d2';
    const pod: KubeObject = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'rec', uid, generation: 7, resourceVersion: '950' },
      spec: { nodeName: 'n', containers: [{ name: 'a', image: 'a' }] },
      status: { phase: 'Running' },
    };
    store.restore([pod, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'rec' } }]);
    const stored = store.get({ resource: resources.pods, namespace: 'rec', name: 'p' });
    expect(stored).toMatchObject({ metadata: { uid, generation: 7 }, status: { phase: 'Running' } });
    expect(failing(() => store.restore([{ ...pod, kind: 'Nothing' }])).code).toBe(404);
  });

  it('gives the same cluster for the same seed', () => {
    const run = () => {
      const { store } = testCluster();
      for (let i = 0; i < 3; i++) {
        store.create(resources.services, {
          metadata: { name: `s${i}`, namespace: 'shop' },
          spec: { ports: [{ port: 80 }] },
        });
        store.create(resources.configMaps, { metadata: { name: '', generateName: 'c-', namespace: 'shop' } });
      }
      return [store.list(resources.services).items, store.list(resources.configMaps).items];
    };
    expect(run()).toEqual(run());
  });
});

describe('what a write does not touch', () => {
  const deployment = (): KubeObject => ({
    metadata: { name: 'api', namespace: 'shop' },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'app:1' }] } },
    },
  });
  const annotated = { metadata: { annotations: { told: 'yes' } } };

  it('the generation of a Deployment that is annotated through its status', () => {
    const { store } = testCluster();
    store.create(resources.deployments, deployment());
    const where = inShop(resources.deployments, 'api');
    const told = store.patch(where, 'merge', annotated, { subresource: 'status' });
    expect(told.metadata).toMatchObject({ generation: 1, annotations: { told: 'yes' } });
    expect(store.patch(where, 'merge', { metadata: { annotations: { more: 'yes' } } }).metadata.generation).toBe(2);
  });

  it('managedFields, when the writer owns nothing', () => {
    const { store } = testCluster();
    const empty = { metadata: { name: 'empty', namespace: 'shop' } };
    const bare = store.create(resources.configMaps, empty, { fieldManager: 'me' });
    expect(bare.metadata).not.toHaveProperty('managedFields');
    const where = inShop(resources.configMaps, 'empty');
    const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'empty' } };
    expect(store.patch(where, 'apply', config, { fieldManager: 'me' }).metadata).not.toHaveProperty('managedFields');
    const owning = store.patch(where, 'merge', { data: { a: '1' } }, { fieldManager: 'me' });
    expect(owning.metadata['managedFields']).toHaveLength(1);
    const left = store.patch(where, 'merge', { data: null }, { fieldManager: 'me' });
    expect(left.metadata).not.toHaveProperty('managedFields');
  });

  it('the patch and the objects that its caller holds', () => {
    const { store } = testCluster();
    const sent = deployment();
    store.create(resources.deployments, sent);
    const patch = {
      metadata: { annotations: { a: '1' } },
      spec: { template: { metadata: { annotations: { b: '2' } } } },
    };
    store.patch(inShop(resources.deployments, 'api'), 'strategic', patch);
    store.patch(inShop(resources.deployments, 'api'), 'json', [{ op: 'add', path: '/spec/paused', value: true }]);
    const values: unknown[] = [sent, patch];
    while (values.length > 0) {
      const value = values.pop();
      if (typeof value !== 'object' || value === null) continue;
      expect(Object.isFrozen(value)).toBe(false);
      values.push(...Object.values(value));
    }
  });

  it('containers that pods of one owner have in common: one copy in memory', () => {
    const { store } = testCluster();
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'api', uid: 'u', controller: true };
    const spec = () => ({ containers: [{ name: 'app', image: 'app:1' }] });
    const made = ['a', 'b'].map((name) =>
      store.create(resources.pods, { metadata: { name, namespace: 'shop', ownerReferences: [owner] }, spec: spec() }),
    );
    const other = store.create(resources.pods, { metadata: { name: 'c', namespace: 'shop' }, spec: spec() });
    const [first, second] = made.map((pod) => at(pod, 'spec', 'containers'));
    expect(first).toBe(second);
    expect(at(other, 'spec', 'containers')).not.toBe(first);
    expect(at(other, 'spec', 'containers')).toEqual(first);
  });
});
