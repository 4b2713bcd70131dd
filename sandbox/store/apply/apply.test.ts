import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/kube/api.ts';
import { resources } from '../resources.ts';
import { failing, inShop, testCluster } from '../test-cluster.test-helper.ts';
import { decodeFields, encodeFields } from './field-set.ts';
import { entriesOf } from './managed.ts';

const deployment = (spec: object, labels?: Record<string, string>) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', ...(labels && { labels }) },
  spec,
});
const selector = { matchLabels: { app: 'web' } };
const template = (...containers: object[]) => ({ metadata: { labels: { app: 'web' } }, spec: { containers } });
const app = { name: 'app', image: 'app:1', ports: [{ containerPort: 80 }] };
const web = inShop(resources.deployments, 'web');

/** The fields that a manager owns. */
const ownedBy = (object: KubeObject, manager: string) =>
  entriesOf(object)
    .filter((entry) => entry.manager === manager)
    .flatMap((entry) => [...entry.fields]);

function cluster() {
  const { store, clock } = testCluster();
  const apply = (fieldManager: string, config: unknown, force = false) =>
    store.patch(web, 'apply', config, { fieldManager, force });
  return { store, clock, apply };
}

describe('server-side apply', () => {
  it('records exactly the applied fields', () => {
    const { apply } = cluster();
    const made = apply('alice', deployment({ replicas: 2, selector, template: template(app) }));
    expect(made.metadata['managedFields']).toEqual([
      {
        manager: 'alice',
        operation: 'Apply',
        apiVersion: 'apps/v1',
        time: '2026-01-01T00:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:spec': {
            'f:replicas': {},
            'f:selector': {},
            'f:template': {
              'f:metadata': { 'f:labels': { 'f:app': {} } },
              'f:spec': {
                'f:containers': {
                  'k:{"name":"app"}': {
                    '.': {},
                    'f:image': {},
                    'f:name': {},
                    'f:ports': {
                      'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} },
                    },
                  },
                },
              },
            },
          },
        },
      },
    ]);
  });

  it('names every conflict by manager and field, and gives way to force', () => {
    const { store, apply } = cluster();
    apply('alice', deployment({ replicas: 2, selector, template: template(app) }));
    store.patch(web, 'merge', { spec: { paused: true } }, { fieldManager: 'kubectl-edit' });
    const greedy = deployment({ replicas: 3, paused: false, selector, template: template({ ...app, image: 'app:2' }) });
    const failure = failing(() => apply('bob', greedy));
    expect(failure.message).toBe(
      'Apply failed with 3 conflicts: conflicts with "alice":\n' +
        '- .spec.replicas\n' +
        '- .spec.template.spec.containers[name="app"].image\n' +
        'conflicts with "kubectl-edit" using apps/v1:\n' +
        '- .spec.paused',
    );
    expect(failure.details?.causes).toContainEqual({
      reason: 'FieldManagerConflict',
      message: 'conflict with "alice"',
      field: '.spec.replicas',
    });
    const forced = apply('bob', greedy, true);
    expect(forced).toMatchObject({ spec: { replicas: 3, paused: false } });
    expect(ownedBy(forced, 'alice')).not.toContain('f:spec\nf:replicas');
    expect(ownedBy(forced, 'kubectl-edit')).toEqual([]);
    expect(() => apply('bob', greedy)).not.toThrow();
    expect(failing(() => apply('alice', deployment({ replicas: 2, selector, template: template(app) }))).code).toBe(
      409,
    );
  });

  it('gives a field to whoever changes it with a plain write', () => {
    const { store, apply } = cluster();
    apply('alice', deployment({ replicas: 2, selector, template: template(app) }));
    const scaled = store.patch(web, 'merge', { spec: { replicas: 5 } }, { fieldManager: 'kubectl' });
    expect(ownedBy(scaled, 'kubectl')).toEqual(['f:spec\nf:replicas']);
    expect(ownedBy(scaled, 'alice')).not.toContain('f:spec\nf:replicas');
    const kept = apply('alice', deployment({ selector, template: template(app) }));
    expect(kept).toMatchObject({ spec: { replicas: 5 } });
  });

  it('keeps the identity of an object of which nothing is applied any more', () => {
    const { store } = cluster();
    const bare = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'map' } };
    const labelled = { ...bare, metadata: { name: 'map', labels: { a: '1' } } };
    const made = store.patch(inShop(resources.configMaps, 'map'), 'apply', labelled, { fieldManager: 'alice' });
    const less = store.patch(inShop(resources.configMaps, 'map'), 'apply', bare, { fieldManager: 'alice' });
    expect(less.metadata).toMatchObject({ name: 'map', namespace: 'shop', uid: made.metadata.uid });
    expect(less.metadata.labels).toBeUndefined();
  });

  it('shares a field that two managers apply with the same value', () => {
    const { apply } = cluster();
    apply('alice', deployment({ replicas: 2, selector, template: template(app) }));
    apply('bob', deployment({ replicas: 2 }));
    const kept = apply('alice', deployment({ selector, template: template(app) }));
    expect(kept).toMatchObject({ spec: { replicas: 2 } });
    const dropped = apply('bob', deployment({}));
    expect(dropped).toMatchObject({ spec: { replicas: 1 } });
  });

  it('removes a keyed item with its defaults, but not the parts of others', () => {
    const { store, apply } = cluster();
    const side = { name: 'side', image: 'side:1' };
    apply('alice', deployment({ selector, template: template(app, side) }));
    const less = apply('alice', deployment({ selector, template: template(app) }));
    expect(less).toMatchObject({ spec: { template: { spec: { containers: [{ name: 'app' }] } } } });
    apply('alice', deployment({ selector, template: template(app, side) }));
    const tagged = {
      spec: { template: { spec: { containers: [{ name: 'side', env: [{ name: 'A', value: '1' }] }] } } },
    };
    store.patch(web, 'strategic', tagged, { fieldManager: 'kubectl' });
    const kept = apply('alice', deployment({ selector, template: template(app) }));
    const containers = (kept['spec'] as { template: { spec: { containers: object[] } } }).template.spec.containers;
    expect(containers).toHaveLength(2);
    expect(containers[1]).toMatchObject({ name: 'side', env: [{ name: 'A', value: '1' }] });
    expect(containers[1]).not.toHaveProperty('image');
  });

  it('removes a struct that is no longer applied with its defaults', () => {
    const { apply } = cluster();
    const probed = { ...app, readinessProbe: { httpGet: { port: 80 } } };
    expect(apply('alice', deployment({ selector, template: template(probed) }))).toMatchObject({
      spec: { template: { spec: { containers: [{ readinessProbe: { periodSeconds: 10 } }] } } },
    });
    const without = apply('alice', deployment({ selector, template: template(app) }));
    const containers = (without['spec'] as { template: { spec: { containers: object[] } } }).template.spec.containers;
    expect(containers[0]).not.toHaveProperty('readinessProbe');
  });

  it('protects what was there before anybody applied', () => {
    const { store, apply } = cluster();
    store.create(resources.deployments, {
      metadata: { name: 'web', namespace: 'shop' },
      spec: { replicas: 4, selector, template: template(app) },
    });
    const failure = failing(() => apply('alice', deployment({ replicas: 5 })));
    expect(failure.message).toBe(
      'Apply failed with 1 conflict: conflict with "before-first-apply" using apps/v1: .spec.replicas',
    );
  });

  it('wants a field manager', () => {
    const { store } = cluster();
    const failure = failing(() => store.patch(web, 'apply', deployment({})));
    expect(failure.message).toBe(
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    );
  });

  const labels = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.constantFrom('1', '2'), { minKeys: 1 });
  const data = fc.dictionary(fc.constantFrom('x', 'y', 'z'), fc.string({ maxLength: 3 }), { minKeys: 1 });
  const map = inShop(resources.configMaps, 'map');
  const configMap = (own: { labels: Record<string, string>; data: Record<string, string> }, mark: string) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'map', labels: prefixed(own.labels, mark) },
    data: prefixed(own.data, mark),
  });
  const prefixed = (values: Record<string, string>, mark: string) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [mark + key, value]));
  const configuration = fc.record({ labels, data });

  it('is idempotent, and the last configuration decides', () => {
    fc.assert(
      fc.property(configuration, configuration, (first, last) => {
        const { store } = testCluster();
        store.patch(map, 'apply', configMap(first, ''), { fieldManager: 'alice' });
        const once = store.patch(map, 'apply', configMap(last, ''), { fieldManager: 'alice' });
        expect(store.patch(map, 'apply', configMap(last, ''), { fieldManager: 'alice' })).toBe(once);
        expect([once.metadata.labels, once['data']]).toEqual([last.labels, last.data]);
      }),
    );
  });

  it('commutes for managers of disjoint fields', () => {
    const outcome = (writes: readonly (readonly [string, object])[]) => {
      const { store } = testCluster();
      for (const [fieldManager, config] of writes) store.patch(map, 'apply', config, { fieldManager });
      const { metadata, data: content } = store.get(map);
      return { labels: metadata.labels, content, managed: metadata['managedFields'] };
    };
    fc.assert(
      fc.property(configuration, configuration, (one, two) => {
        const a = ['alice', configMap(one, 'a-')] as const;
        const b = ['bob', configMap(two, 'b-')] as const;
        expect(outcome([a, b])).toEqual(outcome([b, a]));
      }),
    );
  });
});

describe('FieldsV1', () => {
  it('reads back what it writes', () => {
    const paths = ['f:a', 'f:b\nk:{"name":"x"}', 'f:b\nk:{"name":"x"}\nf:name', 'f:c\nv:"y"'];
    const json = encodeFields(new Set(paths));
    expect(json).toEqual({ 'f:a': {}, 'f:b': { 'k:{"name":"x"}': { '.': {}, 'f:name': {} } }, 'f:c': { 'v:"y"': {} } });
    expect([...decodeFields(json)].sort()).toEqual([...paths].sort());
  });
});
