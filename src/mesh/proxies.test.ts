import { describe, expect, it } from 'vitest';
import { answer, facts, injected, meta, pod, read } from '../../test/mesh-facts.ts';
import type { IstiodFact, Labels, PodFact, ProxyContainerFact } from './facts.ts';
import { proxies } from './proxies.ts';

const container: ProxyContainerFact = { image: 'istio/proxyv2:1.29.6', form: 'classic', role: 'sidecar', dials: '' };

function withProxy(proxy: Partial<ProxyContainerFact>, labels: Labels = {}, annotations: Labels = {}): PodFact {
  return pod('shop', 'x', { meta: meta('shop', 'x', labels, annotations), proxy: { ...container, ...proxy } });
}

function only(one: PodFact, ...istiods: readonly IstiodFact[]) {
  const [first] = proxies(facts({ pods: read(one), istiods: read(...istiods) }), new Map([[one, 7]]));
  if (!first) throw new Error('no proxy');
  return first;
}

describe('which pods have a proxy', () => {
  it('leaves out pods without one and pods that have ended, and marks starting ones', () => {
    const pods = [
      injected('shop', 'c', '1.29.6', { phase: 'Pending', ready: false }),
      injected('shop', 'b', '1.29.6', { phase: 'Succeeded' }),
      injected('shop', 'a', '1.29.6', { phase: 'Failed' }),
      injected('bank', 'z', '1.29.6'),
      pod('shop', 'plain'),
    ];
    const found = proxies(facts({ pods: read(...pods) }), new Map());
    expect(found.map((proxy) => [proxy.namespace, proxy.pod, proxy.running])).toEqual([
      ['bank', 'z', true],
      ['shop', 'c', false],
    ]);
  });

  it('knows the workload', () => {
    expect(only(withProxy({})).workload).toBe(7);
  });
});

describe('role', () => {
  it.each([
    ['sidecar', withProxy({})],
    ['gateway', withProxy({ role: 'router' })],
    ['waypoint', withProxy({ role: 'router' }, { 'gateway.istio.io/managed': 'istio.io-mesh-controller' })],
    ['gateway', withProxy({ role: 'router' }, { 'gateway.istio.io/managed': 'istio.io-gateway-controller' })],
    ['waypoint', withProxy({ role: 'waypoint' })],
    ['gateway', withProxy({ role: '', image: 'auto' }, {}, { 'inject.istio.io/templates': 'gateway,other' })],
    ['ztunnel', withProxy({ role: 'ztunnel' })],
    ['ztunnel', withProxy({ role: '' }, { app: 'ztunnel' })],
  ])('%s', (role, one) => {
    expect(only(one).role).toBe(role);
  });
});

describe('revision', () => {
  const status = '{"initContainers":["istio-proxy"],"containers":null,"revision":"1-30-3"}';
  it.each([
    ['annotation first', withProxy({ dials: 'istiod.x.svc' }, {}, { 'istio.io/rev': '1-29-6' }), '1-29-6'],
    ['then the status', withProxy({ dials: 'istiod.x.svc' }, {}, { 'sidecar.istio.io/status': status }), '1-30-3'],
    ['then the host', withProxy({ dials: 'istiod-1-29-6.istio-system.svc' }), '1-29-6'],
    ['the un-revisioned host', withProxy({ dials: 'istiod.istio-system.svc' }), 'default'],
    ['a remote host', withProxy({ dials: 'istiod-1-29-6-remote.istio-system.svc' }), '1-29-6'],
    ['never a tag', withProxy({ dials: 'istiod-revision-tag-prod.istio-system.svc' }), null],
    ['never the label', withProxy({}, { 'istio.io/rev': 'prod' }), null],
    ['a broken status', withProxy({}, {}, { 'sidecar.istio.io/status': '{' }), null],
    ['another host', withProxy({ dials: 'mesh.example.com' }), null],
  ])('%s', (_what, one, revision) => {
    expect(only(one).revision).toBe(revision);
  });
});

describe('version', () => {
  it('comes from the image, although the labels of a gateway say the version of its chart', () => {
    const labels = { 'app.kubernetes.io/version': '1.29.6', 'service.istio.io/canonical-revision': '1.29.6' };
    expect(only(withProxy({ image: 'istio/proxyv2:1.30.3', role: 'router' }, labels)).version).toBe('1.30.3');
  });

  it('comes from syncz when the image says nothing', () => {
    const one = withProxy({ image: 'istio/proxyv2@sha256:00' });
    expect(only(one, answer('1.30.3', ['shop/x'])).version).toBe('1.30.3');
    expect(only(one).version).toBeNull();
  });

  it('is unknown for a gateway that was never injected', () => {
    const labels = { 'app.kubernetes.io/version': '1.30.3' };
    const never = withProxy({ image: 'auto', role: '' }, labels, { 'inject.istio.io/templates': 'gateway' });
    expect(only(never, answer('1.30.3', ['shop/x'])).version).toBeNull();
  });
});

describe('connection', () => {
  const silent: IstiodFact = { ...answer('1.30.3'), version: null, syncz: null, error: 'time-out' };

  it('is to the istiod that lists it, even when another one is silent', () => {
    const proxy = only(withProxy({}), silent, answer('1.29.6', ['shop/x']));
    expect(proxy.connected).toBe(true);
    expect(proxy.connectedTo).toEqual({ pod: 'istiod-1-29-6-0', revision: '1-29-6' });
  });

  it('is absent only when every istiod answered', () => {
    expect(only(withProxy({}), answer('1.29.6')).connected).toBe(false);
    expect(only(withProxy({})).connected).toBe(false);
    expect(only(withProxy({}), answer('1.29.6'), silent).connected).toBeNull();
  });

  it('is unknown when istiods could not be asked', () => {
    const given = facts({ pods: read(withProxy({})), istiods: { items: [], unread: 'no right to port-forward' } });
    expect(proxies(given, new Map())[0]?.connected).toBeNull();
  });

  it('tells pods of the same name in two namespaces apart', () => {
    expect(only(withProxy({}), answer('1.29.6', ['bank/x'])).connected).toBe(false);
  });

  it('carries what is stale', () => {
    const fact = answer('1.29.6', ['shop/x']);
    const stale = { ...fact, syncz: (fact.syncz ?? []).map((entry) => ({ ...entry, stale: ['Listener'] })) };
    expect(only(withProxy({}), stale).stale).toEqual(['Listener']);
  });
});
