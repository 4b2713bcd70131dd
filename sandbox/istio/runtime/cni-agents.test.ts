import { beforeEach, describe, expect, it } from 'vitest';
import { resources } from '../../store/resources.ts';
import { lab } from '../situations.test-helper.ts';
import { createShop, emptyMesh, installIstiod, podsIn, type Mesh } from './mesh.test-helper.ts';

const redirection = 'ambient.istio.io/redirection';
const states = (mesh: Mesh, namespace = 'shop') =>
  podsIn(mesh, namespace).map(({ metadata }) => metadata.annotations?.[redirection]);
const plane = { ...lab, version: '1.30.3', revision: '' };

function label(mesh: Mesh, value: string | null): void {
  const patch = { metadata: { labels: { 'istio.io/dataplane-mode': value } } };
  mesh.store.patch({ resource: resources.namespaces, name: 'shop' }, 'merge', patch);
  mesh.clock.advance(1000);
}

describe('the agents of istio-cni', () => {
  let mesh: Mesh;
  const installCni = (ambient = true) => {
    mesh.installer.cni({ ...plane, release: 'istio-cni', ambient });
    mesh.clock.advance(15_000);
  };
  const installZtunnel = () => {
    mesh.installer.ztunnel({ ...plane, release: 'ztunnel' });
    mesh.clock.advance(15_000);
  };

  beforeEach(() => {
    mesh = emptyMesh({ nodes: 1 });
    installIstiod(mesh, '1.30.3');
  });

  it('annotate the pods of ambient namespaces, and no others', () => {
    installCni();
    installZtunnel();
    createShop(mesh, { 'istio.io/dataplane-mode': 'ambient' });
    expect(states(mesh)).toEqual(['enabled', 'enabled']);
    expect(new Set(states(mesh, 'istio-system'))).toEqual(new Set([undefined]));
  });

  it('leave a pod pending until the ztunnel of its node can be told', () => {
    installCni();
    createShop(mesh, { 'istio.io/dataplane-mode': 'ambient' });
    expect(states(mesh)).toEqual(['pending', 'pending']);
    installZtunnel();
    expect(states(mesh)).toEqual(['enabled', 'enabled']);
    mesh.store.delete({ resource: resources.daemonSets, namespace: 'istio-system', name: 'ztunnel' });
    mesh.clock.advance(60_000);
    expect(states(mesh)).toEqual(['enabled', 'enabled']);
  });

  it('take pods into the mesh and out of it as the label of their namespace says, without a restart', () => {
    installCni();
    installZtunnel();
    createShop(mesh, {});
    const uids = podsIn(mesh, 'shop').map(({ metadata }) => metadata.uid);
    expect(states(mesh)).toEqual([undefined, undefined]);
    label(mesh, 'ambient');
    expect(states(mesh)).toEqual(['enabled', 'enabled']);
    label(mesh, null);
    expect(states(mesh)).toEqual([undefined, undefined]);
    expect(podsIn(mesh, 'shop').map(({ metadata }) => metadata.uid)).toEqual(uids);
  });

  it('leave pods with a sidecar and pods that say none outside', () => {
    installCni();
    installZtunnel();
    createShop(mesh, { 'istio-injection': 'enabled', 'istio.io/dataplane-mode': 'ambient' });
    expect(podsIn(mesh, 'shop')[0]?.metadata.annotations?.['sidecar.istio.io/status']).toBeDefined();
    expect(states(mesh)).toEqual([undefined, undefined]);
    const metadata = { name: 'off', namespace: 'shop', labels: { 'istio.io/dataplane-mode': 'none' } };
    const annotations = { 'sidecar.istio.io/inject': 'false' };
    mesh.store.create(resources.pods, {
      metadata: { ...metadata, annotations },
      spec: { containers: [{ name: 'app', image: 'app:1' }] },
    });
    mesh.clock.advance(10_000);
    expect(podsIn(mesh, 'shop').find(({ metadata: { name } }) => name === 'off')?.metadata.annotations).toEqual(
      annotations,
    );
  });

  it('do nothing for pods when they are installed for sidecars only', () => {
    installCni(false);
    installZtunnel();
    createShop(mesh, { 'istio.io/dataplane-mode': 'ambient' });
    expect(states(mesh)).toEqual([undefined, undefined]);
  });
});
