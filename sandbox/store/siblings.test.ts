import { expect, test } from 'vitest';
import type { KubeObject } from '../../src/kube/api.ts';
import { at, objectsAt } from './json.ts';
import { resources } from './resources.ts';
import { testCluster } from './test-cluster.test-helper.ts';
import type { WebhookAnswer } from './types.ts';

const template = Object.freeze([Object.freeze({ name: 'app', image: 'example.com/app:1' })]);

function pod(spec: object, owner = 'set'): KubeObject {
  const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: owner, controller: true }];
  return { metadata: { name: '', generateName: 'web-', namespace: 'shop', ownerReferences }, spec: { ...spec } };
}

test('pods of an owner get the same defaults as any pod, and share them', () => {
  const { store } = testCluster();
  const create = (object: KubeObject) => store.create(resources.pods, object);
  const alone = create({ metadata: { name: 'alone', namespace: 'shop' }, spec: { containers: template } });
  const [first, second] = [create(pod({ containers: template })), create(pod({ containers: template }))];
  expect(first['spec']).toEqual(alone['spec']);
  expect(second['spec']).toEqual(alone['spec']);
  for (const part of ['containers', 'tolerations']) expect(at(second, 'spec', part)).toBe(at(first, 'spec', part));
});

test('a pod that its owner makes otherwise gets defaults of its own', () => {
  const { store } = testCluster();
  const create = (spec: object) => store.create(resources.pods, pod({ containers: template, ...spec }));
  create({});
  expect(create({ hostNetwork: true, restartPolicy: 'Never' })['spec']).toMatchObject({ restartPolicy: 'Never' });
  expect(create({})['spec']).toMatchObject({ restartPolicy: 'Always' });
  const latest = create({ containers: [{ name: 'app', image: 'example.com/app' }] });
  expect(objectsAt(latest, 'spec', 'containers')).toMatchObject([{ imagePullPolicy: 'Always' }]);
});

test('what a webhook adds gets its defaults, also when it adds another thing to the next pod', () => {
  const images = ['proxy:1', 'proxy:1', 'proxy:latest'];
  const inject = (): WebhookAnswer => {
    const value = { name: 'proxy', image: images.shift() };
    return { kind: 'answered', allowed: true, patch: [{ op: 'add', path: '/spec/containers/1', value }] };
  };
  const { store } = testCluster({ webhooks: { call: inject } });
  const rules = [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }];
  const clientConfig = { service: { namespace: 'istio-system', name: 'istiod', path: '/inject' } };
  store.create(resources.mutatingWebhooks, {
    metadata: { name: 'injector' },
    webhooks: [{ name: 'i.example.com', admissionReviewVersions: ['v1'], sideEffects: 'None', clientConfig, rules }],
  });
  const policies = [1, 2, 3].map(() => {
    const made = store.create(resources.pods, pod({ containers: template }));
    return objectsAt(made, 'spec', 'containers')[1]?.['imagePullPolicy'];
  });
  expect(policies).toEqual(['IfNotPresent', 'IfNotPresent', 'Always']);
});
