import { describe, expect, it } from 'vitest';
import { at, textAt } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import { lab } from '../situations.test-helper.ts';
import { AdmissionRate, streamsPerSecond } from './admission-rate.ts';
import {
  ask,
  createShop,
  emptyMesh,
  installIstiod,
  podsIn,
  ready,
  restartShop,
  syncEntries,
} from './mesh.test-helper.ts';

const scaleIstiod = (mesh: ReturnType<typeof emptyMesh>, replicas: number): void => {
  const ref = { resource: resources.deployments, namespace: 'istio-system', name: 'istiod' };
  mesh.store.patch(ref, 'merge', { spec: { replicas } });
};

describe('the admission rate', () => {
  it('is that of istiod: 15 and 5 a core, at most 100', () => {
    expect([1, 2, 8, 17, 64].map(streamsPerSecond)).toEqual([20, 25, 55, 100, 100]);
  });

  it('makes streams wait for at most a second', () => {
    const rate = new AdmissionRate(20);
    const answers = Array.from({ length: 30 }, () => rate.admit(0));
    expect(answers.slice(0, 3)).toEqual([0, 50, 100].map((afterMs) => ({ kind: 'admitted', afterMs })));
    expect(answers.filter(({ kind }) => kind === 'refused')).toHaveLength(9);
    expect(rate.admit(2000)).toEqual({ kind: 'admitted', afterMs: 0 });
  });

  it('lets a herd in no faster, and everybody in the end', async () => {
    const mesh = emptyMesh({ nodes: 2 });
    installIstiod(mesh, '1.30.3');
    createShop(mesh, { 'istio-injection': 'enabled' }, 120);
    scaleIstiod(mesh, 0);
    mesh.clock.advance(5000);
    scaleIstiod(mesh, 1);
    const up = () => podsIn(mesh, 'istio-system', 'app=istiod').some(ready);
    expect(mesh.clock.runUntil(up, 30_000)).toBe(true);
    mesh.clock.advance(1000);
    expect((await syncEntries(mesh)).length).toBeLessThanOrEqual(26);
    mesh.clock.advance(60_000);
    expect(await syncEntries(mesh)).toHaveLength(120);
  });
});

describe('streams', () => {
  it('break with their istiod and are spread over those that are left', async () => {
    const mesh = emptyMesh();
    installIstiod(mesh, '1.30.3', '', 2);
    createShop(mesh, { 'istio-injection': 'enabled' }, 12);
    const [first, second] = [await syncEntries(mesh, 0), await syncEntries(mesh, 1)];
    expect(first.length + second.length).toBe(12);
    expect(Math.min(first.length, second.length)).toBeGreaterThan(0);
    scaleIstiod(mesh, 1);
    mesh.clock.advance(40_000);
    expect(await syncEntries(mesh)).toHaveLength(12);
  });

  it('are not opened while nobody answers, and the pods stay unready until somebody does', async () => {
    const mesh = emptyMesh();
    installIstiod(mesh, '1.30.3');
    createShop(mesh, { 'istio-injection': 'enabled' });
    const [victim] = podsIn(mesh, 'shop');
    // Injection and xDS go to different Services: only the second one is cut here.
    mesh.store.create(resources.pods, {
      metadata: {
        name: 'lost',
        namespace: 'shop',
        annotations: { 'proxy.istio.io/config': 'discoveryAddress: gone.istio-system.svc:15012' },
      },
      spec: { containers: [{ name: 'app', image: 'api:1' }] },
    });
    mesh.clock.advance(120_000);
    const lost = mesh.store.get({ resource: resources.pods, namespace: 'shop', name: 'lost' });
    expect(textAt(lost, 'status', 'phase')).toBe('Pending');
    expect(ready(lost)).toBe(false);
    expect(victim !== undefined && ready(victim)).toBe(true);
    expect((await syncEntries(mesh)).map((entry) => entry['proxy'])).not.toContain('lost.shop');
    const service = mesh.store.get({ resource: resources.services, namespace: 'istio-system', name: 'istiod' });
    const spec = { ports: at(service, 'spec', 'ports'), selector: at(service, 'spec', 'selector') };
    mesh.store.create(resources.services, { metadata: { name: 'gone', namespace: 'istio-system' }, spec });
    mesh.clock.advance(60_000);
    expect(ready(mesh.store.get({ resource: resources.pods, namespace: 'shop', name: 'lost' }))).toBe(true);
  });

  it('move on after half an hour, as the keep-alive of istiod has it', async () => {
    const mesh = emptyMesh();
    installIstiod(mesh, '1.30.3');
    createShop(mesh, { 'istio-injection': 'enabled' }, 1);
    const connectedAt = async () =>
      textAt(
        { first: (JSON.parse(await ask(mesh, '/debug/connections')) as { clients: unknown[] }).clients[0] },
        'first',
        'connectedAt',
      );
    const before = await connectedAt();
    mesh.clock.advance(20 * 60_000);
    expect(await connectedAt()).toBe(before);
    mesh.clock.advance(20 * 60_000);
    expect(await connectedAt()).not.toBe(before);
  });
});

describe('versions that cannot work together', () => {
  const listener = 'type.googleapis.com/envoy.config.listener.v3.Listener';
  const stale = (entry: Record<string, unknown>): boolean =>
    at(entry, 'resources', listener, 'sent') !== at(entry, 'resources', listener, 'acked');

  it('leave connected proxies with stale listeners, and they stay ready', async () => {
    const mesh = emptyMesh();
    installIstiod(mesh, '1.22.0');
    createShop(mesh, { 'istio-injection': 'enabled' });
    expect((await syncEntries(mesh)).filter(stale)).toEqual([]);
    mesh.setBadPairs([{ proxy: '1.22.', istiod: '1.30.' }]);
    installIstiod(mesh, '1.30.3');
    mesh.clock.advance(30_000);
    const entries = await syncEntries(mesh);
    expect(entries.filter(stale)).toHaveLength(2);
    expect(entries.map((entry) => entry['listener_acked'])).toEqual([undefined, undefined]);
    expect(await ask(mesh, '/metrics')).toContain('pilot_total_xds_rejects{type="lds"} 2\n');
    expect(podsIn(mesh, 'shop').every(ready)).toBe(true);
  });

  it('are counted with every push that a connected proxy refuses', async () => {
    const mesh = emptyMesh();
    installIstiod(mesh, '1.30.3');
    createShop(mesh, { 'istio-injection': 'enabled' });
    const rejects = async () => /^pilot_total_xds_rejects.* (\d+)$/m.exec(await ask(mesh, '/metrics'))?.[1];
    expect(await rejects()).toBeUndefined();
    mesh.setBadPairs([{ proxy: '1.30.', istiod: '1.30.' }]);
    mesh.clock.advance(1000);
    expect(await rejects()).toBe('2');
    expect((await syncEntries(mesh)).filter(stale)).toHaveLength(2);
    const spec = { ports: [{ port: 80 }] };
    mesh.store.create(resources.services, { metadata: { name: 'api', namespace: 'shop' }, spec });
    mesh.clock.advance(1000);
    expect(await rejects()).toBe('4');
    mesh.setBadPairs([]);
    mesh.clock.advance(1000);
    expect(await rejects()).toBe('4');
    expect((await syncEntries(mesh)).filter(stale)).toEqual([]);
  });

  it('keep a restarted proxy from ever being ready', () => {
    const mesh = emptyMesh({ badPairs: [{ proxy: '1.30.', istiod: '1.30.' }] });
    installIstiod(mesh, '1.30.3');
    createShop(mesh, { 'istio-injection': 'enabled' }, 1);
    mesh.clock.advance(600_000);
    expect(podsIn(mesh, 'shop').filter(ready)).toEqual([]);
    mesh.setBadPairs([]);
    mesh.clock.advance(30_000);
    expect(podsIn(mesh, 'shop').filter(ready)).toHaveLength(1);
  });

  it('hold a rollout up: the old pod serves on', () => {
    const mesh = emptyMesh();
    installIstiod(mesh, '1.30.3');
    createShop(mesh, { 'istio-injection': 'enabled' });
    mesh.setBadPairs([{ proxy: '1.30.', istiod: '1.30.' }]);
    restartShop(mesh, 120_000);
    expect(podsIn(mesh, 'shop').filter(ready)).toHaveLength(2);
    expect(podsIn(mesh, 'shop')).toHaveLength(3);
  });
});

describe('ztunnel', () => {
  it('is one proxy a node, with types of its own and without the old fields', async () => {
    const mesh = emptyMesh({ nodes: 2 });
    const plane = { ...lab, version: '1.30.3', revision: '' };
    installIstiod(mesh, '1.30.3');
    mesh.installer.cni({ ...plane, release: 'istio-cni', ambient: true });
    mesh.installer.ztunnel({ ...plane, release: 'ztunnel' });
    mesh.clock.advance(30_000);
    const entries = await syncEntries(mesh);
    expect(entries).toHaveLength(2);
    expect(Object.keys(entries[0] ?? {})).toEqual(['cluster_id', 'proxy', 'proxy_type', 'istio_version', 'resources']);
    expect(Object.keys((entries[0]?.['resources'] ?? {}) as object)).toEqual([
      'type.googleapis.com/istio.security.Authorization',
      'type.googleapis.com/istio.workload.Address',
    ]);
    expect(entries.map((entry) => entry['proxy_type'])).toEqual(['ztunnel', 'ztunnel']);
    expect(podsIn(mesh, 'istio-system', 'app=ztunnel').every(ready)).toBe(true);
  });
});
