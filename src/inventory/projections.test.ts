import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createInterner } from './interner.ts';
import { recordedObjects } from './memory-api.test-helper.ts';
import { pod } from './project-pod.ts';
import { readSnapshot } from './read-snapshot.ts';
import { parseSyncz } from './syncz.ts';

const io = { readFile: (path: string) => readFile(path), exists: (path: string) => Promise.resolve(existsSync(path)) };
const facts = async (moment: string) => {
  const file = fileURLToPath(new URL(`../../test/fixtures/recorded/${moment}.json.gz`, import.meta.url));
  return (await readSnapshot(file, io)).facts;
};

describe('projections of recorded objects', () => {
  it('finds native sidecars, classic gateways and the control plane they dial', async () => {
    const { pods } = await facts('canary/30-restarted-half');
    const api = pods.items.find((one) => one.meta.name === 'api-676d5568c8-tbwc7');
    expect(api).toMatchObject({
      node: 'node-1',
      phase: 'Running',
      ready: true,
      meta: { owner: { kind: 'ReplicaSet', name: 'api-676d5568c8' }, annotations: { 'istio.io/rev': '1-30-3' } },
    });
    expect(api?.proxy).toEqual({
      image: 'testbed.local/istio/proxyv2:1.30.3',
      form: 'native',
      role: 'sidecar',
      dials: 'istiod-1-30-3.istio-system.svc',
    });
    expect(Object.keys(api?.meta.annotations ?? {}).some((key) => key.startsWith('prometheus'))).toBe(false);
    expect(pods.items.find((one) => one.meta.namespace === 'istio-ingress')?.proxy).toMatchObject({
      form: 'classic',
      role: 'router',
    });
    expect(pods.items.filter((one) => one.discoveryImage !== '').map((one) => one.discoveryImage)).toEqual([
      'testbed.local/istio/pilot:1.29.6',
      'testbed.local/istio/pilot:1.30.3',
    ]);
  });

  it('reads workloads, webhooks, config and releases', async () => {
    const all = await facts('canary/30-restarted-half');
    const istiod = all.deployments.items.find((one) => one.meta.name === 'istiod-1-29-6');
    expect(istiod).toMatchObject({
      ...{ istiodRevision: '1-29-6', replicas: 1, readyReplicas: 1, updatedReplicas: 1, observed: true },
      ...{ strategy: 'RollingUpdate', maxSurge: '100%', maxUnavailable: '25%' },
    });
    const gateway = all.deployments.items.find((one) => one.meta.namespace === 'istio-ingress');
    expect(gateway?.template).toMatchObject({
      proxy: { image: 'auto', role: '', dials: '' },
      annotations: { 'inject.istio.io/templates': 'gateway' },
    });
    const tag = all.mutatingWebhooks.items.find((one) => one.meta.name === 'istio-revision-tag-prod');
    expect(tag?.webhooks[0]).toMatchObject({
      service: { namespace: 'istio-system', name: 'istiod-1-30-3', path: '/inject', port: 443 },
      ...{ caHash: '', hasCaBundle: true, failurePolicy: 'Fail', url: '' },
      namespaceSelector: { matchLabels: {}, matchExpressions: [{ key: 'istio.io/rev' }, { operator: 'DoesNotExist' }] },
    });
    const mesh = all.configMaps.items.find((one) => one.meta.name === 'istio-1-29-6');
    expect(mesh?.mesh).toMatchObject({ rootNamespace: 'istio-system', trustDomain: 'cluster.local' });
    expect(all.configMaps.items.find((one) => one.meta.name === 'istio-ca-root-cert')).toMatchObject({
      meta: { namespace: 'istio-system' },
      ...{ mesh: null, injector: null, rootCertHash: '' },
    });
    expect(all.helmReleases.items).toContainEqual({
      ...{ namespace: 'istio-system', name: 'istio-base', version: 1, status: 'superseded' },
    });
    expect(all.budgets.items[0]).toMatchObject({ minAvailable: '2', selector: { matchLabels: { app: 'api' } } });
    expect(all.istiods.unread).toBeNull();
    expect(all.istiods.items.map((one) => one.syncz?.length)).toSatisfy((counts: number[]) =>
      counts.every((n) => n > 0),
    );
  });

  it('reads the ambient parts', async () => {
    const all = await facts('ambient/40-after');
    const roles = all.pods.items.map((one) => one.proxy?.role).filter((role) => role !== undefined);
    expect(roles.sort()).toEqual(['waypoint', 'waypoint', 'ztunnel']);
    expect(all.pods.items.find((one) => one.proxy?.role === 'ztunnel')?.proxy?.dials).toBe('istiod.istio-system.svc');
    expect(all.daemonSets.items.find((one) => one.meta.name === 'ztunnel')).toMatchObject({
      ...{ replicas: 1, updatedReplicas: 1, maxSurge: '1', maxUnavailable: '0' },
    });
    expect(all.gateways.items[0]).toMatchObject({ className: 'istio-waypoint', programmed: true, manual: false });
    expect(all.configMaps.items.find((one) => one.meta.name === 'istio-cni-config')?.cniVersion).toBe('1.30.3');
    expect(all.istiods.items[0]?.syncz).toEqual([
      { namespace: 'istio-system', pod: 'ztunnel-xzdwk', proxyType: 'ztunnel', version: '1.30.3', stale: [] },
    ]);
  });

  it('does not take a missing kind for absent', async () => {
    const all = await facts('broken/control-plane-removed-in-use');
    expect(all.rollouts.unread).toContain('none existed, or none was recorded');
    expect(all.istiods).toEqual({ items: [], unread: null });
  });
});

describe('facts are compact', () => {
  it('shares maps, owners and proxies among the pods of a workload', () => {
    const intern = createInterner();
    const [first, second] = recordedObjects('canary/30-restarted-half')
      .filter((one) => one.kind === 'Pod' && one.metadata.name.startsWith('web-'))
      .map((one) => pod(one, { intern, kind: 'Pod' }));
    expect(first?.meta.name).not.toBe(second?.meta.name);
    expect(first?.meta.labels).toBe(second?.meta.labels);
    expect(first?.meta.annotations).toBe(second?.meta.annotations);
    expect(first?.meta.owner).toBe(second?.meta.owner);
    expect(first?.proxy).toBe(second?.proxy);
  });

  it('survives objects with nothing in them', () => {
    const bare = pod(
      { metadata: { name: 'x' }, spec: { containers: 'no list' } },
      { intern: createInterner(), kind: 'Pod' },
    );
    expect(bare).toMatchObject({ phase: '', ready: false, proxy: null, discoveryImage: '', meta: { owner: null } });
  });
});

describe('parseSyncz', () => {
  it('names the types that are behind, in the new and the old shape', () => {
    const resources = {
      'type.googleapis.com/envoy.config.listener.v3.Listener': { sent: 'b', acked: 'a' },
      'type.googleapis.com/envoy.config.cluster.v3.Cluster': { sent: 'a', acked: 'a' },
      'type.googleapis.com/istio.workload.Address': { sent: 'a' },
    };
    const old = { proxy: 'b.ns', istio_version: '1.20.0', route_sent: 'x', route_acked: '', cluster_sent: '' };
    expect(parseSyncz([{ proxy: 'a.ns', resources }, old])?.map((entry) => entry.stale)).toEqual([
      ['Address', 'Listener'],
      ['RouteConfiguration'],
    ]);
    expect(parseSyncz({})).toBeNull();
  });
});
