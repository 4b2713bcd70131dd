import { expect, test } from 'vitest';
import type { KubeObject } from '../../../src/kube/api.ts';
import { inject } from '../inject.ts';
import { patchBetween } from '../inject/patch.ts';
import type { InjectorSettings } from '../inject/settings.ts';
import { Injections } from './injections.ts';

const settings: InjectorSettings = {
  revision: '1-30-3',
  version: '1.30.3',
  hub: 'docker.io/istio',
  namespace: 'istio-system',
  native: true,
};

function pod(metadata: Partial<KubeObject['metadata']> = {}, name = 'app'): KubeObject {
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-7c9', uid: 'set', controller: true };
  const named = { name: '', generateName: 'web-7c9-', labels: { app: 'web' }, ownerReferences: [owner] };
  return { metadata: { ...named, ...metadata }, spec: { containers: [{ name, image: 'app:1' }] } };
}

/** What the injector says of a pod that it has never seen the like of. */
function afresh(given: KubeObject, namespace: string, with_: InjectorSettings): unknown {
  const result = inject(given, namespace, with_);
  return result.kind === 'injected' ? { kind: 'injected', patch: patchBetween(given, result.pod) } : result;
}

test('pods of an owner that are alike get the very same patch', () => {
  const injections = new Injections();
  const first = injections.of(pod({ uid: 'a' }), 'shop', settings);
  expect(first).toEqual(afresh(pod(), 'shop', settings));
  expect(injections.of(pod({ uid: 'b' }), 'shop', { ...settings })).toBe(first);
});

test.each<[string, KubeObject, string, InjectorSettings]>([
  ['container', pod({}, 'web'), 'shop', settings],
  ['labels', pod({ labels: { app: 'web', version: 'v2' } }), 'shop', settings],
  ['wish', pod({ annotations: { 'sidecar.istio.io/inject': 'false' } }), 'shop', settings],
  ['namespace', pod(), 'billing', settings],
  ['control plane', pod(), 'shop', { ...settings, revision: '1-29-6', version: '1.29.6' }],
])('a pod of the same owner with another %s is injected anew', (_what, other, namespace, with_) => {
  const injections = new Injections();
  const first = injections.of(pod(), 'shop', settings);
  const second = injections.of(other, namespace, with_);
  expect(second).toEqual(afresh(other, namespace, with_));
  expect(second).not.toEqual(first);
});
