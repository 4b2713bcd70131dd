import { describe, expect, it } from 'vitest';
import { gatewayFact, namespaceFact } from '../../test/fact-defaults.ts';
import {
  cluster,
  injected,
  injector,
  meta,
  owned,
  owner,
  plane,
  read,
  service,
  template,
  workload,
} from '../../test/mesh-facts.ts';
import { buildMesh } from './build.ts';
import type { Facts, GatewayFact, Labels, ProxyContainerFact, WorkloadFact } from './facts.ts';

const router: ProxyContainerFact = { image: 'istio/proxyv2:1.29.6', form: 'classic', role: 'router', dials: '' };
const namespaces = read(
  namespaceFact(meta('', 'edge', { 'istio.io/rev': 'prod' })),
  namespaceFact(meta('', 'plain', { 'istio-injection': 'enabled' })),
);
const gatewayClasses = read(
  ...[
    ['istio', 'istio.io/gateway-controller'],
    ['istio-waypoint', 'istio.io/mesh-controller'],
    ['istio-remote', 'istio.io/unmanaged-gateway'],
    ['nginx', 'example.com/nginx'],
  ].map(([name = '', controller = '']) => ({ meta: meta('', name), controller })),
);

function gatewaysOf(given: Partial<Facts>, configs = [injector('1.29.6'), injector('1.29.6', 'prod')]) {
  return buildMesh({ ...cluster([plane('1.29.6')], configs, { namespaces, gatewayClasses, ...given }) }).gateways;
}

function only(...given: Parameters<typeof gatewaysOf>) {
  const [one, ...more] = gatewaysOf(...given);
  if (!one || more.length > 0) throw new Error(`${more.length} more gateways`);
  return one;
}

function chart(name = 'ingress', given: Partial<WorkloadFact> = {}): WorkloadFact {
  const labels = { app: name, istio: 'ingress', 'sidecar.istio.io/inject': 'true' };
  const annotations = { 'inject.istio.io/templates': 'gateway' };
  const proxy = { ...router, image: 'auto', role: '' };
  return workload('Deployment', 'edge', name, { template: template({ labels, annotations, proxy }), ...given });
}

function api(given: Partial<GatewayFact> = {}, labels: Labels = {}, namespace = 'edge'): GatewayFact {
  return gatewayFact(meta(namespace, 'gw', labels), given);
}

describe('of the gateway chart', () => {
  it('has the revision of the injection decision, and the version of its pods, not of its labels', () => {
    const labels = { 'app.kubernetes.io/version': '1.30.3', app: 'ingress' };
    const replicaSets = read({ meta: { ...meta('edge', 'ingress-1'), owner: owner('Deployment', 'ingress') } });
    const one = owned(injected('edge', 'ingress-1-a', '1.29.6'), owner('ReplicaSet', 'ingress-1'), labels);
    const found = only({ deployments: read(chart()), replicaSets, pods: read(one) });
    expect(found).toMatchObject({
      form: 'injected',
      effectiveRevision: '1-29-6',
      versions: ['1.29.6'],
      revisions: ['1-29-6'],
    });
    expect(found.reason).toContain('prod');
  });

  it('may be a DaemonSet', () => {
    const set = { ...chart(), kind: 'DaemonSet' as const };
    expect(only({ daemonSets: read(set) })).toMatchObject({ form: 'injected', workload: 0 });
  });

  it('has no revision when its webhook is dead', () => {
    const found = only({ deployments: read(chart()) }, [injector('1.30.3', 'prod')]);
    expect(found.effectiveRevision).toBeNull();
    expect(found.reason).toContain('prod');
  });

  it('knows its Service by selector, the load balancer first, and the Gateways of any namespace', () => {
    const services = read(
      service('edge', 'ingress', { app: 'ingress' }),
      service('edge', 'public', { istio: 'ingress' }, { type: 'LoadBalancer', addresses: ['192.0.2.1'] }),
      service('edge', 'headless', {}),
      service('shop', 'other', { istio: 'ingress' }, { type: 'LoadBalancer' }),
    );
    const istioGateways = read(
      { meta: meta('shop', 'shop'), selector: { istio: 'ingress' }, servers: [] },
      { meta: meta('shop', 'egress'), selector: { istio: 'egress' }, servers: [] },
      { meta: meta('bank', 'all'), selector: {}, servers: [] },
    );
    const found = only({ deployments: read(chart()), services, istioGateways });
    expect(found.service).toMatchObject({ name: 'public', type: 'LoadBalancer', addresses: ['192.0.2.1'] });
    expect(found.istioGateways).toEqual(['bank/all', 'shop/shop']);
    const unselecting = read(service('edge', 'external', {}));
    expect(only({ deployments: read(chart()), services: unselecting }).service).toBeNull();
  });

  it('is no gateway without the template annotation', () => {
    const sidecar = template({ proxy: { ...router, image: 'auto', role: '' } });
    expect(gatewaysOf({ deployments: read(chart('web', { template: sidecar })) })).toEqual([]);
  });
});

describe('of istioctl', () => {
  it('is legacy: its revision is written in the template', () => {
    const labels = { app: 'ingress', 'sidecar.istio.io/inject': 'false' };
    const made = template({ labels, annotations: { 'istio.io/rev': 'default' }, proxy: router });
    const own = meta('edge', 'ingress', {
      'operator.istio.io/managed': 'Reconcile',
      'app.kubernetes.io/managed-by': 'Helm',
    });
    const found = only({ deployments: read(chart('ingress', { template: made, meta: own })) });
    expect(found).toMatchObject({ form: 'legacy', effectiveRevision: 'default', owner: { kind: 'istioctl' } });
    const dialling = template({ labels, proxy: { ...router, dials: 'istiod-1-29-6.istio-system.svc' } });
    expect(only({ deployments: read(chart('ingress', { template: dialling })) }).effectiveRevision).toBe('1-29-6');
  });
});

describe('of the Gateway API', () => {
  const gateways = (...all: readonly GatewayFact[]) => ({ gateways: read(...all) });

  it('follows its own label, then that of its namespace, then the default', () => {
    const other = [injector('1.29.6'), injector('1.29.6', 'prod'), injector('1.29.6', 'default')];
    expect(only(gateways(api({}, { 'istio.io/rev': '1-29-6' }))).effectiveRevision).toBe('1-29-6');
    expect(only(gateways(api()))).toMatchObject({ form: 'gateway-api', effectiveRevision: '1-29-6', workload: -1 });
    expect(only(gateways(api({}, {}, 'plain')), other)).toMatchObject({ effectiveRevision: '1-29-6' });
    expect(only(gateways(api({}, {}, 'plain'))).effectiveRevision).toBeNull();
  });

  it.each([['9-9-9'], ['gone']])('is orphaned by label %s that nothing serves', (value) => {
    const configs = [injector('1.29.6'), injector('1.30.3', 'gone')];
    const found = only(gateways(api({}, { 'istio.io/rev': value })), configs);
    expect(found.effectiveRevision).toBeNull();
    expect(found.reason).toContain('no control plane serves');
  });

  it('does not call it orphaned when control planes or namespaces were not read', () => {
    const given = gateways(api({}, { 'istio.io/rev': '9-9-9' }));
    const base = cluster([], [], { namespaces, gatewayClasses, ...given });
    const [labelled] = buildMesh({ ...base, deployments: { items: [], unread: 'forbidden' } }).gateways;
    expect(labelled).toMatchObject({ effectiveRevision: null });
    expect(labelled?.reason).toContain('could not be read: forbidden');
    const unread = { items: [], unread: 'forbidden' };
    expect(only({ ...gateways(api()), namespaces: unread }).reason).toContain('were not read');
  });

  it('leaves out other controllers, remote and manual ones', () => {
    const classes = ['nginx', 'istio-remote', 'missing'].map((className) => api({ className }));
    expect(gatewaysOf(gateways(...classes, api({ manual: true })))).toEqual([]);
  });

  it('goes by the name of the class when classes were not read', () => {
    const unread = { items: [], unread: 'forbidden' };
    const all = ['istio-waypoint', 'nginx', 'istio-remote'].map((className) => api({ className }));
    expect(only({ ...gateways(...all), gatewayClasses: unread }).form).toBe('waypoint');
  });

  it.each([
    ['istio-waypoint', 'istio.io-mesh-controller', 'waypoint', 'waypoint'],
    ['istio', 'istio.io-gateway-controller', 'router', 'gateway-api'],
  ])('finds once what istiod deployed for class %s, although its owner reference is no controller', (...row) => {
    const [className, controller, role, form] = row;
    const labels = { 'gateway.networking.k8s.io/gateway-name': 'gw', 'gateway.istio.io/managed': controller };
    const made = template({ labels: { ...labels, 'sidecar.istio.io/inject': 'false' }, proxy: { ...router, role } });
    const own = { meta: meta('edge', 'gw-istio', labels), template: made, readyReplicas: 0 };
    const deployed = workload('Deployment', 'edge', 'gw-istio', own);
    const found = only({ ...gateways(api({ className })), deployments: read(deployed) });
    expect(found).toMatchObject({ name: 'gw', form, workload: 0, replicas: 1, readyReplicas: 0 });
  });
});
