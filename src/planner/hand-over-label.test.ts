import { describe, expect, it } from 'vitest';
import { attachedFact } from '../../test/fact-defaults.ts';
import { facts, meta, read, service } from '../../test/mesh-facts.ts';
import type { Facts, Labels, NetworkPolicyFact, ServiceEntryFact } from '../mesh/facts.ts';
import { handOverLabel } from './hand-over-label.ts';

const labels = { app: 'web', version: 'v1', tier: 'front' };
const behind = (...selectors: readonly Labels[]): Partial<Facts> => ({
  services: read(...selectors.map((selector, index) => service('shop', `s${index}`, selector))),
});
const label = (given: Partial<Facts>) => handOverLabel(facts(given), 'shop', labels);

/** A policy over pods. */
function policy(namespace: string, matchLabels: Labels, ...keys: readonly string[]): NetworkPolicyFact {
  const matchExpressions = keys.map((key) => ({ key, operator: 'Exists', values: [] }));
  const selector = { matchLabels, matchExpressions };
  return { meta: meta(namespace, 'np'), selector, types: ['Ingress'], ingressPorts: [], anyIngressPort: true };
}

describe('the label by which a pod leaves its Services', () => {
  it('is none when no Service selects it', () => {
    expect(label({})).toEqual({ label: '' });
    expect(label(behind({ app: 'api' }))).toEqual({ label: '' });
    expect(label({ services: read(service('other', 's', { app: 'web' })) })).toEqual({ label: '' });
    // A Service without selector has endpoints of its own.
    expect(label(behind({}))).toEqual({ label: '' });
  });

  it('is in the selectors of all, app before the others, then by name', () => {
    expect(label(behind({ version: 'v1', app: 'web' }))).toEqual({ label: 'app' });
    expect(label(behind({ version: 'v1', tier: 'front' }))).toEqual({ label: 'tier' });
    expect(label(behind({ app: 'web', version: 'v1' }, { version: 'v1' }))).toEqual({ label: 'version' });
  });

  it('is refused when the Services have none in common', () => {
    expect(label(behind({ app: 'web' }, { version: 'v1' }))).toEqual({
      refused: 'Service s0, s1: no label is in the selectors of all',
    });
  });
});

describe('a label by which something else selects', () => {
  const only = behind({ app: 'web' });
  const attached = attachedFact(meta('shop', 'x'), { selector: { app: 'web' } });
  const gateway = { ...meta('istio-ingress', 'public') };

  it.each<[string, Partial<Facts>, string]>([
    [
      'a Gateway of any namespace',
      { istioGateways: read({ meta: gateway, selector: { app: 'web' } } as never) },
      'app (Gateway istio-ingress/public)',
    ],
    [
      'an AuthorizationPolicy',
      { authorizationPolicies: read(attached as never) },
      'app (authorizationPolicies shop/x)',
    ],
    ['a PeerAuthentication', { peerAuthentications: read(attached as never) }, 'app (peerAuthentications shop/x)'],
    ['a RequestAuthentication', { requestAuthentications: read(attached) }, 'app (requestAuthentications shop/x)'],
    ['a Sidecar', { sidecars: read(attached) }, 'app (sidecars shop/x)'],
    ['an EnvoyFilter', { envoyFilters: read(attached as never) }, 'app (envoyFilters shop/x)'],
    ['a WasmPlugin', { wasmPlugins: read(attached as never) }, 'app (wasmPlugins shop/x)'],
    ['a Telemetry', { telemetries: read(attached as never) }, 'app (telemetries shop/x)'],
    ['a ProxyConfig', { proxyConfigs: read(attached as never) }, 'app (proxyConfigs shop/x)'],
    ['a ServiceEntry', { serviceEntries: read(attached as unknown as ServiceEntryFact) }, 'app (ServiceEntry x)'],
    [
      'a subset of a DestinationRule',
      {
        destinationRules: read({ meta: meta('shop', 'd'), spec: { subsets: [{ labels: { app: 'web' } }] } } as never),
      },
      'app (DestinationRule shop/d)',
    ],
    ['a NetworkPolicy', { networkPolicies: read(policy('shop', { app: 'web' })) }, 'app (NetworkPolicy np)'],
    ['a NetworkPolicy by expression', { networkPolicies: read(policy('shop', {}, 'app')) }, 'app (NetworkPolicy np)'],
  ])('is not taken: %s', (_name, given, words) => {
    expect(label({ ...only, ...given })).toEqual({ refused: `Service s0: other objects select by ${words}` });
    // Another label of the Service is free.
    expect(label({ ...behind({ app: 'web', tier: 'front' }), ...given })).toEqual({ label: 'tier' });
  });

  it.each<[string, Partial<Facts>]>([
    [
      'a Gateway that selects other pods',
      { istioGateways: read({ meta: gateway, selector: { app: 'web', istio: 'ingress' } } as never) },
    ],
    ['a policy without selector', { authorizationPolicies: read({ ...attached, selector: null } as never) }],
    ['a policy over everything', { authorizationPolicies: read({ ...attached, selector: {} } as never) }],
    ['a NetworkPolicy of another namespace', { networkPolicies: read(policy('other', { app: 'web' })) }],
    ['a NetworkPolicy over other pods', { networkPolicies: read(policy('shop', { app: 'api' })) }],
    [
      'a ServiceEntry of another namespace',
      { serviceEntries: read({ ...attached, meta: meta('other', 'x') } as unknown as ServiceEntryFact) },
    ],
  ])('is free: %s', (_name, given) => {
    expect(label({ ...only, ...given })).toEqual({ label: 'app' });
  });

  it('is taken by a NetworkPolicy whose selector is not understood', () => {
    const strange = policy('shop', {}, 'app');
    const matchExpressions = [{ key: 'app', operator: 'Gt', values: ['1'] }];
    const selector = { ...strange.selector, matchExpressions };
    expect(label({ ...only, networkPolicies: read({ ...strange, selector }) })).toHaveProperty('refused');
  });

  it.each([
    'services',
    'istioGateways',
    'networkPolicies',
    'serviceEntries',
    'destinationRules',
    'sidecars',
    'peerAuthentications',
    'requestAuthentications',
    'authorizationPolicies',
    'envoyFilters',
    'wasmPlugins',
    'telemetries',
    'proxyConfigs',
  ] as const)('is not known while %s could not be read', (kind) => {
    expect(label({ ...only, [kind]: { items: [], unread: '403 Forbidden' } })).toEqual({
      refused: `${kind} could not be read: 403 Forbidden`,
    });
  });
});
