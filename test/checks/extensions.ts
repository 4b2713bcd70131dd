import * as build from '../mesh-facts.ts';
import { attachedFact, configMapFact } from '../fact-defaults.ts';
import type { EnvoyFilterFact, EnvoyPatchFact, Facts, TelemetryFact, WasmPluginFact } from '../../src/mesh/facts.ts';
import { fires, silent, unseen, type CheckCase } from './case.ts';

const manager = 'envoy.filters.network.http_connection_manager';
const router = 'envoy.filters.http.router';

// A harmless patch: a typed Lua filter before the router.
function patch(over: Partial<EnvoyPatchFact> = {}): EnvoyPatchFact {
  return {
    ...{ applyTo: 'HTTP_FILTER', context: 'SIDECAR_INBOUND', proxyVersion: '', operation: 'INSERT_BEFORE' },
    ...{ matchNames: [manager, router], name: 'envoy.filters.http.lua', typed: true },
    ...{ types: ['envoy.extensions.filters.http.lua.v3.Lua'], ...over },
  };
}

function filter(name: string, ...patches: readonly EnvoyPatchFact[]): EnvoyFilterFact {
  return { ...attachedFact(build.meta('shop', name)), patches };
}

const mesh = (given: Partial<Facts>, version = '1.29.6'): Facts => build.cluster([build.plane(version)], [], given);
const filters = (...all: readonly EnvoyFilterFact[]): Facts => mesh({ envoyFilters: build.read(...all) });
const old = (...all: readonly EnvoyFilterFact[]): Facts => mesh({ envoyFilters: build.read(...all) }, '1.18.7');
const to = { to: '1.30.3' };
const to120 = { to: '1.20.8' };
const onFilter = 'EnvoyFilter shop/f';
const is129 = '^1\\.29.*';

const scopes: readonly CheckCase[] = [
  fires(
    'ML-E001',
    'it is for 1.29 only',
    filters(filter('f', patch({ proxyVersion: is129 }))),
    [['warns', onFilter]],
    to,
  ),
  silent('ML-E001', 'it is for every version', filters(filter('f', patch())), to),
  silent(
    'ML-E001',
    'a copy for 1.30 is there already',
    filters(filter('f', patch({ proxyVersion: is129 })), filter('g', patch({ proxyVersion: '^1\\.30.*' }))),
    to,
  ),
  fires(
    'ML-E001',
    'the patch for 1.30 is one of something else',
    filters(
      filter('f', patch({ proxyVersion: is129 })),
      filter('g', patch({ proxyVersion: '^1\\.30', applyTo: 'CLUSTER' })),
    ),
    [['warns', onFilter]],
    to,
  ),
  silent(
    'ML-E001',
    'it is for a version that nothing runs',
    filters(filter('f', patch({ proxyVersion: '^1\\.13' }))),
    to,
  ),
  unseen('ML-E001', 'its version is no expression', filters(filter('f', patch({ proxyVersion: '1.(' }))), to),
];

const proxyProtocol = patch({
  ...{ applyTo: 'LISTENER_FILTER', operation: 'INSERT_FIRST', matchNames: [], types: [], typed: false },
  name: 'envoy.filters.listener.proxy_protocol',
});
const discovered: EnvoyFilterFact = {
  ...filter('f', proxyProtocol),
  spec: { configPatches: [{ patch: { value: { name: 'x', config_discovery: {} } } }] },
};

const contents: readonly CheckCase[] = [
  fires(
    'ML-E002',
    'proxy protocol without typed_config, over 1.19',
    old(filter('f', proxyProtocol)),
    [['blocks', onFilter]],
    to120,
  ),
  fires('ML-E002', 'the same where 1.19 is behind', filters(filter('f', proxyProtocol)), [['warns', onFilter]], to),
  silent('ML-E002', 'with typed_config', filters(filter('f', { ...proxyProtocol, typed: true })), to),
  silent('ML-E002', 'the type comes by discovery', filters(discovered), to),
  silent(
    'ML-E002',
    'it merges into a filter that is there',
    filters(filter('f', patch({ operation: 'MERGE', typed: false }))),
    to,
  ),
  silent(
    'ML-E002',
    'it is for proxies of 1.29 only',
    filters(filter('f', { ...proxyProtocol, proxyVersion: is129 })),
    to,
  ),
  fires(
    'ML-E003',
    'an old name, over 1.19',
    old(filter('f', patch({ matchNames: ['envoy.http_connection_manager'] }))),
    [['blocks', onFilter]],
    to120,
  ),
  fires(
    'ML-E003',
    'an old name since long',
    filters(filter('f', patch({ matchNames: [manager, 'envoy.router'] }))),
    [['warns', onFilter]],
    to,
  ),
  silent('ML-E003', 'canonical names', filters(filter('f', patch())), to),
  silent(
    'ML-E003',
    'its own filter has an old name, but a type',
    filters(filter('f', patch({ name: 'envoy.lua' }))),
    to,
  ),
  fires(
    'ML-E004',
    'a type of xDS v2, over 1.19',
    old(filter('f', patch({ types: ['envoy.config.filter.http.lua.v2.Lua'] }))),
    [['blocks', onFilter]],
    to120,
  ),
  fires(
    'ML-E004',
    'a type of xDS v2 since long',
    filters(filter('f', patch({ types: ['envoy.api.v2.Cluster'] }))),
    [['warns', onFilter]],
    to,
  ),
  fires(
    'ML-E004',
    'OpenCensus, which the way takes away',
    mesh(
      { envoyFilters: build.read(filter('f', patch({ types: ['envoy.config.trace.v3.OpenCensusConfig'] }))) },
      '1.24.6',
    ),
    [['blocks', onFilter]],
    { to: '1.25.5' },
  ),
  silent(
    'ML-E004',
    'Lightstep, which the target still has',
    mesh(
      { envoyFilters: build.read(filter('f', patch({ types: ['envoy.config.trace.v3.LightstepConfig'] }))) },
      '1.24.6',
    ),
    { to: '1.25.5' },
  ),
  silent(
    'ML-E004',
    'a type of Istio with v2 in its name',
    filters(filter('f', patch({ types: ['istio.envoy.config.filter.http.alpn.v2alpha1.FilterConfig'] }))),
    to,
  ),
];

const stats = patch({ matchNames: [manager, 'istio.stats'], operation: 'INSERT_AFTER' });
const replaced = patch({ applyTo: 'NETWORK_FILTER', operation: 'REPLACE', matchNames: [manager] });

const anchors: readonly CheckCase[] = [
  fires('ML-E005', 'after statistics, over 1.20', old(filter('f', stats)), [['warns', onFilter]], to120),
  fires('ML-E005', 'after statistics, at a later minor', filters(filter('f', stats)), [['informs', onFilter]], to),
  silent('ML-E005', 'before the router', filters(filter('f', patch())), to),
  silent('ML-E005', 'only the patch number changes', filters(filter('f', stats)), { to: '1.29.8' }),
  fires('ML-E006', 'the connection manager is replaced', filters(filter('f', replaced)), [['warns', onFilter]], to),
  silent('ML-E006', 'it is merged into', filters(filter('f', { ...replaced, operation: 'MERGE' })), to),
  silent(
    'ML-E006',
    'a filter of their own is removed',
    filters(filter('f', { ...replaced, operation: 'REMOVE', matchNames: ['my.filter'] })),
    to,
  ),
  fires(
    'ML-E007',
    'Istio of 1.13 left it',
    filters(filter('stats-filter-1.13', patch({ proxyVersion: '^1\\.13.*' }))),
    [['warns', 'EnvoyFilter shop/stats-filter-1.13']],
    to,
  ),
  silent('ML-E007', 'one of their own about statistics', filters(filter('stats-filter', patch())), to),
];

function wasm(url: string, failStrategy = ''): Facts {
  const plugin: WasmPluginFact = {
    ...attachedFact(build.meta('shop', 'auth')),
    url,
    hasPullSecret: false,
    failStrategy,
  };
  return mesh({ wasmPlugins: build.read(plugin) });
}

function telemetry(over: Partial<TelemetryFact>): TelemetryFact {
  return { ...attachedFact(build.meta('shop', 't')), expressions: [], providers: [], tracing: false, ...over };
}

const telemetries = (over: Partial<TelemetryFact>, given: Partial<Facts> = {}): Facts =>
  mesh({ telemetries: build.read(telemetry(over)), ...given });
const withProviders = (...names: readonly string[]): Partial<Facts> => ({
  configMaps: build.read(
    configMapFact(build.meta('istio-system', 'istio-1-29-6'), {
      mesh: { extensionProviders: names.map((name) => ({ name })) },
    }),
  ),
});
const digest = `oci://hub.example/auth@sha256:${'ab'.repeat(32)}`;

const plugins: readonly CheckCase[] = [
  fires('ML-E008', 'latest', wasm('oci://hub.example/auth:latest'), [['warns', 'WasmPlugin shop/auth']]),
  fires('ML-E008', 'no tag means latest', wasm('hub.example:5000/auth', 'FAIL_OPEN'), [
    ['warns', 'WasmPlugin shop/auth'],
  ]),
  fires('ML-E008', 'a tag, and it fails closed', wasm('oci://hub.example/auth:v3'), [
    ['informs', 'WasmPlugin shop/auth'],
  ]),
  silent('ML-E008', 'a tag, and it fails open', wasm('oci://hub.example/auth:v3', 'FAIL_OPEN')),
  silent('ML-E008', 'a digest', wasm(digest)),
  silent('ML-E008', 'a file in the image', wasm('file:///opt/auth.wasm')),
  fires(
    'ML-E009',
    'a name from before 1.24',
    telemetries({ expressions: ["has(filter_state['wasm.upstream_peer'])"] }),
    [['warns', 'Telemetry shop/t']],
    to,
  ),
  silent('ML-E009', 'the new names', telemetries({ expressions: ['xds.node.id != upstream_peer.id'] }), to),
  fires(
    'ML-E010',
    'the mesh config lacks the provider',
    telemetries({ providers: ['otel'] }, withProviders('zipkin')),
    [['warns', 'Telemetry shop/t']],
  ),
  silent('ML-E010', 'it has it', telemetries({ providers: ['otel'] }, withProviders('otel'))),
  silent('ML-E010', 'a provider that istiod defines', telemetries({ providers: ['prometheus'] }, withProviders())),
  unseen('ML-E010', 'the mesh config was not read', telemetries({ providers: ['otel'] })),
];

/** Cases of this family's checks. */
export const extensionsCases: readonly CheckCase[] = [...scopes, ...contents, ...anchors, ...plugins];
