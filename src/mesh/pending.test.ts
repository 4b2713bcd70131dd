import { describe, expect, it } from 'vitest';
import { namespaceFact } from '../../test/fact-defaults.ts';
import {
  cluster,
  injected,
  injector,
  meta,
  owned,
  owner,
  plane,
  read,
  template,
  workload,
} from '../../test/mesh-facts.ts';
import { buildMesh } from './build.ts';
import type { Pending } from './data-plane-model.ts';
import type { PodFact } from './facts.ts';

const key = 'sidecar.istio.io/proxyImage';

/** What is pending for a Deployment whose template names a proxy image; the namespace's revision is at 1.30.3. */
function pendingWith(image: string, pods: readonly PodFact[]): Pending | null | undefined {
  const namespaces = read(namespaceFact(meta('', 'shop', { 'istio.io/rev': '1-30-3' })));
  const replicaSets = read({ meta: { ...meta('shop', 'web-1'), owner: owner('Deployment', 'web') } });
  const own = template({ annotations: { [key]: image }, images: { app: 'app:1' } });
  const deployments = read(workload('Deployment', 'shop', 'web', { template: own }));
  const mine = read(...pods.map((one) => owned(one, owner('ReplicaSet', 'web-1'))));
  const given = { namespaces, replicaSets, deployments, pods: mine };
  const mesh = buildMesh(cluster([plane('1.30.3')], [injector('1.30.3')], given));
  return mesh.workloads.find(({ name }) => name === 'web')?.pending;
}

/** A pod of revision 1-30-3 with this image. */
function running(name: string, image: string): PodFact {
  const pod = injected('shop', name, '1.30.3');
  return { ...pod, proxy: pod.proxy && { ...pod.proxy, image } };
}

describe('a template that names the image of its proxy', () => {
  it('keeps that version, whatever the revision gives to others', () => {
    expect(pendingWith('example.test/proxyv2:1.27.1', [running('a', 'example.test/proxyv2:1.27.1')])).toBeNull();
  });

  it('promises that version and not that of the revision', () => {
    const moving = pendingWith('example.test/proxyv2:1.27.1', [injected('shop', 'a', '1.29.6')]);
    expect(moving).toMatchObject({ revision: '1-30-3', version: '1.27.1' });
    const back = pendingWith('example.test/proxyv2:1.27.1', [running('a', 'istio/proxyv2:1.30.3')]);
    expect(back).toMatchObject({ revision: '1-30-3', version: '1.27.1' });
    expect(back?.reason).toBe(`1 of 1 proxy at version 1.30.3; new pods get 1.27.1, which annotation ${key} names.`);
  });

  it('promises no version when the image names none', () => {
    const moving = pendingWith('example.test/proxyv2:mine', [injected('shop', 'a', '1.29.6')]);
    expect(moving).toMatchObject({ revision: '1-30-3', version: null });
    expect(pendingWith('example.test/proxyv2:mine', [running('a', 'istio/proxyv2:1.30.3')])).toBeNull();
  });

  it('means nothing without a registry or folder, as in the injection template', () => {
    const moving = pendingWith('proxyv2:1.27.1', [injected('shop', 'a', '1.29.6')]);
    expect(moving).toMatchObject({ revision: '1-30-3', version: '1.30.3' });
  });
});
