import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Facts } from '../mesh/facts.ts';
import { configObjects as objects } from './config-objects.test-helper.ts';
import { secret } from './kube-object.test-helper.ts';
import { memoryApi } from './memory-api.test-helper.ts';
import { readCluster } from './read-cluster.ts';
import { readSnapshot } from './read-snapshot.ts';
import { saveSnapshot } from './save-snapshot.ts';

async function both(): Promise<{ live: Facts; saved: Facts; text: string }> {
  const api = memoryApi({ objects });
  const live = await readCluster(api, { context: 'test' });
  const parts: Uint8Array[] = [];
  await saveSnapshot(api, { context: 'test', takenAt: new Date(0) }, (bytes) =>
    Promise.resolve(void parts.push(bytes)),
  );
  const bytes = Buffer.concat(parts);
  const io = { readFile: () => Promise.resolve(bytes), exists: (path: string) => Promise.resolve(path === 'x') };
  return { live, saved: (await readSnapshot('x', io)).facts, text: gunzipSync(bytes).toString() };
}

describe('facts for the checks', () => {
  it('are the same from a snapshot, and nothing secret is in either', async () => {
    const { live, saved, text } = await both();
    const rest = { source: null, configMaps: null };
    expect({ ...saved, ...rest }).toEqual({ ...live, ...rest });
    expect(text).not.toContain(secret);
    expect(JSON.stringify({ ...live, configMaps: null })).not.toContain(secret);
    const maps = (facts: Facts) =>
      facts.configMaps.items.map(({ settings, values, networks }) => ({ settings, values, networks }));
    expect(maps(saved)).toEqual(maps(live));
    expect(JSON.stringify(maps(live))).not.toContain(secret);
  });

  it('know filters, expressions, TLS settings and routes', async () => {
    const { live } = await both();
    expect(live.envoyFilters.items[0]).toMatchObject({
      selector: { app: 'web' },
      patches: [
        {
          ...{
            applyTo: 'HTTP_FILTER',
            context: 'SIDECAR_INBOUND',
            proxyVersion: '^1\\.29.*',
            operation: 'INSERT_BEFORE',
          },
          ...{ name: 'envoy.filters.http.lua', typed: true, types: ['envoy.extensions.filters.http.lua.v3.Lua'] },
          matchNames: ['envoy.filters.network.http_connection_manager', 'envoy.filters.http.router'],
        },
      ],
      spec: {
        configPatches: [{ patch: { value: { typed_config: { use_remote_address: true, inlineCode: 'DROPPED' } } } }],
      },
    });
    expect(live.wasmPlugins.items[0]).toMatchObject({ url: 'oci://registry.example/auth:1', hasPullSecret: true });
    expect(live.telemetries.items[0]).toMatchObject({ providers: ['otel'], tracing: false });
    expect(live.telemetries.items[0]?.expressions.join()).toContain('wasm.upstream_peer');
    expect(live.virtualServices.items[0]).toMatchObject({ mirrors: true, destinations: ['web'] });
    expect(live.destinationRules.items[0]).toMatchObject({
      tls: [
        { at: 'trafficPolicy', mode: 'SIMPLE', hasCa: false, hasSni: false, insecureSkipVerify: null },
        { at: 'trafficPolicy port 443', mode: 'MUTUAL', hasCa: true, hasSni: true, insecureSkipVerify: true },
        { at: 'subset v1', hasCa: true },
      ],
      ...{ outlier: { minHealthPercent: null }, retryBudget: { percent: 25 } },
    });
    expect(live.serviceEntries.items[0]).toMatchObject({ resolution: 'NONE', movesPort: true });
    expect(live.workloadEntries.items[0]).toMatchObject({ autoRegistered: true });
    expect(live.authorizationPolicies.items[0]).toMatchObject({
      action: 'DENY',
      selector: null,
      targets: [{ name: 'gw' }],
    });
    expect(live.routes.items[0]?.parents).toMatchObject([
      { group: 'gateway.networking.k8s.io', kind: 'Gateway', section: 'https', hasGroup: false },
      { group: '', kind: 'Service', hasGroup: true },
      { kind: 'Service', hasGroup: false },
    ]);
    expect(live.gateways.items[0]).toMatchObject({
      listeners: [{ protocol: 'TLS', tlsMode: 'Passthrough', attachedRoutes: 2 }],
      parameters: 'ConfigMap/gw-options',
    });
  });

  it('know limits, owners and versions', async () => {
    const { live } = await both();
    expect(live.networkPolicies.items[0]).toMatchObject({
      ingressPorts: ['15017'],
      anyIngressPort: false,
      types: ['Ingress'],
    });
    expect(live.quotas.items[0]).toMatchObject({ used: { pods: '9' }, scoped: false });
    expect(live.remoteSecrets.items.map(({ meta }) => meta.annotations)).toEqual([
      { 'networking.istio.io/cluster': 'b' },
    ]);
    expect(live.deliveries.items).toMatchObject([
      {
        ...{ kind: 'Application', charts: ['istiod 1.29.*'], urls: ['https://charts.example/istio'], selfHeal: true },
        ...{ automated: true, serverSideApply: true, ignoresWebhookFields: true, state: 'Synced, Healthy' },
      },
      { kind: 'HelmRelease', charts: ['cni 1.29.6'], automated: true, selfHeal: false, dependsOn: ['base'] },
    ]);
    expect(live.crds.items).toMatchObject([
      {
        storedVersions: ['v1alpha3', 'v1'],
        established: true,
        managers: ['istio-operator'],
        versions: [{ name: 'v1' }, { served: false }],
      },
      { versions: [], storedVersions: [], established: null },
    ]);
    const map = (name: string) => live.configMaps.items.find(({ meta }) => meta.name === name);
    const [cni, istio, injector, values] = ['istio-cni-config', 'istio', 'istio-sidecar-injector', 'values'].map(map);
    expect(cni?.settings).toMatchObject({
      AMBIENT_DNS_CAPTURE: 'true',
      EXCLUDE_NAMESPACES: 'kube-system,legacy',
      SOME_TOKEN: 'DROPPED',
    });
    expect(istio?.networks).toEqual(['a', 'b']);
    expect(injector).toMatchObject({
      values: { 'global.hub': 'registry.example/istio', 'global.tag': '1.29.6', 'global.imagePullSecrets': 'pull' },
      injector: { templates: ['mine', 'sidecar'] },
    });
    expect(values?.values).toEqual({ compatibilityVersion: '1.27' });
  });

  it('know what a restart of a workload does', async () => {
    const [workload] = (await both()).live.deployments.items;
    expect(workload).toMatchObject({
      ...{ uid: 'u-1', generation: 4, minReadySeconds: 3, progressDeadlineSeconds: 600 },
      troubles: [{ type: 'ReplicaFailure', reason: 'FailedCreate' }],
      ...{ managers: ['helm', 'hpa'], replicasManager: 'hpa' },
      template: {
        requests: { cpuMillis: 750, memoryBytes: 2 * 2 ** 30 },
        fitness: {
          ...{ readiness: 'some', readinessDelaySeconds: 5, preStop: 'some', hostPorts: [8080], pinned: true },
          spread: ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'],
          mustSpread: ['topology.kubernetes.io/zone'],
        },
        proxyConfig: { terminationDrainDuration: '30s', 'proxyMetadata.EXIT_ON_ZERO_ACTIVE_CONNECTIONS': 'true' },
        configKeys: ['istio-cni-config/cni_network_config'],
        env: {
          ...{ PILOT_ENABLE_ALPHA_GATEWAY_API: 'true', PILOT_PUSH_THROTTLE: '100', PILOT_JWT_TOKEN: 'DROPPED' },
          ...{ PILOT_TOKEN_SCOPE: 'DROPPED', PILOT_SCOPE: 'cluster' },
          ...{ EXTERNAL_CA: 'ISTIOD_RA_KUBERNETES_API', MY_SWITCH: 'DROPPED', CNI_NETWORK_CONFIG: '' },
        },
      },
    });
  });
});
