import type { KubeObject } from '../../../src/kube/api.ts';
import type { Scenario } from '../types.ts';

const filter = (name: string, ...configPatches: readonly object[]): KubeObject => ({
  apiVersion: 'networking.istio.io/v1alpha3',
  kind: 'EnvoyFilter',
  metadata: { name, namespace: 'istio-system' },
  spec: { configPatches: [...configPatches] },
});

const lua = {
  name: 'envoy.filters.http.lua',
  typed_config: {
    '@type': 'type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua',
    inlineCode: 'function envoy_on_request(handle) end',
  },
};

const router = (manager: string): object => ({
  listener: { filterChain: { filter: { name: manager, subFilter: { name: 'envoy.filters.http.router' } } } },
});
const canonical = 'envoy.filters.network.http_connection_manager';

const scoped = (proxyVersion: string): object => ({
  applyTo: 'HTTP_FILTER',
  match: { context: 'SIDECAR_INBOUND', proxy: { proxyVersion }, ...router(canonical) },
  patch: { operation: 'INSERT_BEFORE', value: lua },
});

/** (a) A listener filter that Envoy used to find by its name. */
const untyped = filter('proxy-protocol', {
  applyTo: 'LISTENER_FILTER',
  match: { context: 'GATEWAY' },
  patch: { operation: 'INSERT_FIRST', value: { name: 'envoy.filters.listener.proxy_protocol' } },
});

/** (b) It looks for the connection manager by the name that it had before 1.19. */
const oldName = filter('lua-by-old-name', {
  applyTo: 'HTTP_FILTER',
  match: { context: 'SIDECAR_INBOUND', ...router('envoy.http_connection_manager') },
  patch: { operation: 'INSERT_BEFORE', value: lua },
});

/** (c) Two copies, for the two minors before the target. */
const copies = filter('lua-by-version', scoped('^1\\.28\\..*'), scoped('^1\\.29\\..*'));

/** (d) What Istio 1.13 made for its own telemetry. */
const generated = filter('stats-filter-1.13', {
  applyTo: 'HTTP_FILTER',
  match: { context: 'SIDECAR_OUTBOUND', proxy: { proxyVersion: '^1\\.13.*' }, ...router(canonical) },
  patch: {
    operation: 'INSERT_BEFORE',
    value: {
      name: 'istio.stats',
      typed_config: { '@type': 'type.googleapis.com/udpa.type.v1.TypedStruct', type_url: 'x' },
    },
  },
});

/** (f) It changes one number, by names and types that stay. */
const harmless = filter('idle-timeout', {
  applyTo: 'NETWORK_FILTER',
  match: { context: 'GATEWAY', listener: { filterChain: { filter: { name: canonical } } } },
  patch: {
    operation: 'MERGE',
    value: {
      name: canonical,
      typed_config: {
        '@type':
          'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
        common_http_protocol_options: { idle_timeout: '30s' },
      },
    },
  },
});

/** (e) A module whose tag moves, from a registry that asks for a secret. */
const wasm: KubeObject = {
  apiVersion: 'extensions.istio.io/v1alpha1',
  kind: 'WasmPlugin',
  metadata: { name: 'auth', namespace: 'istio-system' },
  spec: { url: 'oci://registry.example/private/auth:latest', imagePullSecret: 'registry', phase: 'AUTHN' },
};

/** A fleet of raw Envoy configuration: four that break or do nothing at an upgrade, and one that does not. */
export const envoyFilters: Scenario = {
  name: 'envoy-filters',
  description: 'Istio 1.29.6 with EnvoyFilters without types, by old names, for old versions, and a Wasm module',
  nodes: 1,
  steps: [
    {
      do: 'install',
      install: [
        { chart: 'base', version: '1.29.6', defaultRevision: 'default' },
        { chart: 'istiod', version: '1.29.6', revision: '' },
      ],
    },
    { do: 'settle' },
    {
      do: 'deploy',
      namespaces: [{ name: 'shop', labels: { 'istio-injection': 'enabled' }, workloads: [{ name: 'web' }] }],
    },
    { do: 'create', objects: [untyped, oldName, copies, generated, wasm, harmless] },
    { do: 'settle' },
  ],
};
