import { describe, expect, it } from 'vitest';
import { fieldsMatch, parsePath } from './field-match.ts';
import type { FieldMatcher, Matcher } from './model.ts';
import { behaviourChanges } from './table.ts';

/** Whether the field matchers of a change see the object of a resource. */
function seen(id: string, resource: string, object: object): boolean {
  const change = behaviourChanges.find((one) => one.id === id);
  if (change === undefined) throw new Error(`no change ${id}`);
  const own = fieldMatchers(change.detect).filter((one) => one.resource === resource);
  if (own.length === 0) throw new Error(`${id} asks nothing of ${resource}`);
  return own.some((one) => fieldsMatch(one, object));
}

function fieldMatchers(matcher: Matcher): readonly FieldMatcher[] {
  if (matcher.kind === 'any' || matcher.kind === 'all') return matcher.of.flatMap(fieldMatchers);
  return matcher.kind === 'field' ? [matcher] : [];
}

const rules = 'destinationrules.networking.istio.io';
const filters = 'envoyfilters.networking.istio.io';
const tls = (settings: object) => ({ spec: { host: 'x', trafficPolicy: { tls: settings } } });
const patch = (value: object, rest: object = {}) => ({
  spec: { configPatches: [{ applyTo: 'HTTP_FILTER', patch: { operation: 'INSERT_BEFORE', value }, ...rest }] },
});
const looksFor = (name: string) =>
  patch({ name: 'ours', typed_config: typed }, { match: { listener: { filterChain: { filter: { name } } } } });
const typed = { '@type': 'type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua' };

describe('matchers of the table see what they should', () => {
  it.each<[string, string, object, boolean]>([
    ['auto-sni', rules, tls({ mode: 'SIMPLE' }), true],
    ['auto-sni', rules, tls({ mode: 'SIMPLE', sni: 'a' }), false],
    ['auto-sni', rules, tls({ mode: 'ISTIO_MUTUAL' }), false],
    [
      'auto-sni',
      rules,
      { spec: { trafficPolicy: { portLevelSettings: [{ port: {}, tls: { mode: 'MUTUAL' } }] } } },
      true,
    ],
    ['auto-sni', rules, { spec: { subsets: [{ trafficPolicy: { tls: { mode: 'SIMPLE' } } }] } }, true],
    ['upstream-certificates-verified', rules, tls({ mode: 'SIMPLE', sni: 'a' }), true],
    ['upstream-certificates-verified', rules, tls({ mode: 'SIMPLE', caCertificates: '/ca' }), false],
    ['upstream-certificates-verified', rules, tls({ mode: 'SIMPLE', insecureSkipVerify: true }), false],
    ['upstream-certificates-verified', rules, tls({ mode: 'SIMPLE', insecureSkipVerify: false }), true],
    ['retry-budget-default', rules, { spec: { trafficPolicy: { retryBudget: { minRetryConcurrency: 3 } } } }, true],
    ['retry-budget-default', rules, { spec: { trafficPolicy: { retryBudget: { percent: 5 } } } }, false],
    ['unhealthy-endpoints-sent', rules, { spec: { trafficPolicy: { outlierDetection: {} } } }, true],
    ['unhealthy-endpoints-sent', rules, { spec: {} }, false],
    ['external-name-is-alias', 'services', { spec: { type: 'ExternalName' } }, true],
    ['external-name-is-alias', 'services', { spec: { type: 'ClusterIP' } }, false],
    ['envoyfilter-legacy-names-rejected', filters, patch({ name: 'envoy.router', typed_config: typed }), false],
    ['envoyfilter-legacy-names-rejected', filters, looksFor('envoy.router'), true],
    ['envoyfilter-legacy-names-rejected', filters, looksFor('envoy.filters.http.router'), false],
    ['envoyfilter-legacy-names-rejected', filters, looksFor('my.envoy.router'), false],
    ['envoyfilter-legacy-names-rejected', filters, looksFor('envoy.router.of-ours'), false],
    [
      'envoyfilter-legacy-names-rejected',
      filters,
      patch({ name: 'envoy.filters.http.lua', typed_config: typed }),
      false,
    ],
    ['envoyfilter-legacy-names-rejected', filters, patch({ name: 'envoy.filters.http.lua' }), true],
    [
      'envoyfilter-legacy-names-rejected',
      filters,
      patch({ typed_config: { '@type': 'type.googleapis.com/envoy.api.v2.Cluster' } }),
      true,
    ],
    [
      'envoyfilter-legacy-names-rejected',
      filters,
      patch({ typed_config: { ...typed, stat_prefix: 'my-envoy.api.v2.gateway' } }),
      false,
    ],
    [
      'envoyfilter-legacy-names-rejected',
      filters,
      patch({ config_discovery: { type_urls: ['type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua'] } }),
      false,
    ],
    [
      'filter-order-changed',
      filters,
      patch({}, { match: { listener: { filterChain: { filter: { name: 'com.example.statsd' } } } } }),
      false,
    ],
    [
      'filter-order-changed',
      filters,
      patch({}, { match: { listener: { filterChain: { filter: { name: 'istio.stats' } } } } }),
      true,
    ],
    ['filter-order-changed', filters, patch({}, { match: { context: 'GATEWAY' } }), false],
    [
      'service-parent-needs-group',
      'httproutes.gateway.networking.k8s.io',
      { spec: { parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Service', name: 'a' }] } },
      true,
    ],
    [
      'service-parent-needs-group',
      'httproutes.gateway.networking.k8s.io',
      {
        spec: {
          parentRefs: [
            { group: '', kind: 'Service', name: 'a' },
            { kind: 'Gateway', name: 'b' },
          ],
        },
      },
      false,
    ],
    ['gateway-name-label-gone', 'services', { spec: { selector: { 'istio.io/gateway-name': 'a' } } }, true],
    [
      'no-retry-on-503',
      'virtualservices.networking.istio.io',
      { spec: { http: [{ retries: {} }, { route: [] }] } },
      true,
    ],
    ['no-retry-on-503', 'virtualservices.networking.istio.io', { spec: { http: [{ retries: {} }] } }, false],
    ['in-cluster-operator-gone', 'istiooperators.install.istio.io', { metadata: { name: 'installed-state-a' } }, false],
    ['in-cluster-operator-gone', 'istiooperators.install.istio.io', { metadata: { name: 'mesh' } }, true],
    [
      'stats-compressed',
      'deployments.apps',
      { spec: { template: { metadata: { annotations: { 'sidecar.istio.io/statsCompression': 'gzip' } } } } },
      true,
    ],
    [
      'telemetry-cel-vocabulary',
      'telemetries.telemetry.istio.io',
      { spec: { accessLogging: [{ filter: { expression: 'wasm.downstream_peer.workload == "a"' } }] } },
      true,
    ],
    [
      'telemetry-cel-vocabulary',
      'telemetries.telemetry.istio.io',
      { spec: { accessLogging: [{ filter: { expression: 'xds.node.id == "a"' } }] } },
      false,
    ],
    [
      'telemetry-cel-vocabulary',
      'telemetries.telemetry.istio.io',
      { spec: { accessLogging: [{ filter: { expression: 'node.id == "a"' } }] } },
      true,
    ],
  ])('%s, %s %j: %s', (id, resource, object, expected) => {
    expect(seen(id, resource, object)).toBe(expected);
  });
});

describe('fieldsMatch', () => {
  const field = (each: string, ...tests: FieldMatcher['tests']): FieldMatcher => ({
    kind: 'field',
    resource: 'x',
    each,
    tests,
  });

  it('wants all tests on one and the same node', () => {
    const both = field('list[]', { path: 'a', op: 'equals', value: 1 }, { path: 'b', op: 'equals', value: 2 });

    expect(fieldsMatch(both, { list: [{ a: 1, b: 2 }] })).toBe(true);
    expect(fieldsMatch(both, { list: [{ a: 1 }, { b: 2 }] })).toBe(false);
  });

  it('takes null for nothing, and survives odd shapes', () => {
    expect(fieldsMatch(field('', { path: 'a', op: 'absent' }), { a: null })).toBe(true);
    expect(fieldsMatch(field('', { path: 'a.b[].c', op: 'exists' }), { a: { b: 'text' } })).toBe(false);
    expect(fieldsMatch(field('', { path: 'toString', op: 'exists' }), {})).toBe(false);
    expect(fieldsMatch(field('', { path: 'a', op: 'exists' }), null)).toBe(false);
  });

  it.each(['a..b', '.a', 'a[', 'a b', '[]]'])('refuses the path %s', (path) => {
    expect(() => parsePath(path)).toThrow(SyntaxError);
  });
});
