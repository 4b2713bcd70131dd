import * as build from '../mesh-facts.ts';
import { attachedFact, configMapFact, crdFact, fit, gatewayFact, installerFact, nodeFact } from '../fact-defaults.ts';
import type { DestinationRuleFact, Facts, Labels, ServiceEntryFact, VirtualServiceFact } from '../../src/mesh/facts.ts';
import { fires, silent, unseen, type CheckCase } from './case.ts';
import { istiod, mesh, on, step, system } from './values-mesh.ts';
import { settingsCases } from './values-settings.ts';

function rule(trafficPolicy: Readonly<Record<string, unknown>>, name = 'db'): DestinationRuleFact {
  return {
    ...attachedFact(build.meta('shop', name), { spec: { host: name, trafficPolicy } }),
    ...{ host: name, exportTo: [], subsets: [], tls: [], outlier: null, retryBudget: null },
  };
}

const rules = (version: string, ...all: readonly DestinationRuleFact[]): Facts =>
  mesh(version, { destinationRules: build.read(...all) });
const simple = { tls: { mode: 'SIMPLE' } };
const whole = { tls: { mode: 'SIMPLE', sni: 'db.example', caCertificates: 'SET' } };
const port = { portLevelSettings: [{ port: { number: 443 }, tls: { mode: 'SIMPLE', sni: 'db.example' } }] };
const onRule = 'DestinationRule shop/db';
const kept = { ENABLE_AUTO_SNI: 'false', VERIFY_CERTIFICATE_AT_CLIENT: 'false' };

function entry(namespace: string, host: string, over: Partial<ServiceEntryFact> = {}): ServiceEntryFact {
  return {
    ...attachedFact(build.meta(namespace, 'db'), {
      spec: { hosts: [host], resolution: 'DNS', addresses: ['192.0.2.7'] },
    }),
    ...{ hosts: [host], exportTo: [], resolution: 'DNS', location: '', addresses: 1, movesPort: false, ...over },
  };
}

const entries = (version: string, ...all: readonly ServiceEntryFact[]): Facts =>
  mesh(version, { serviceEntries: build.read(...all) });
const noAddress = { spec: { hosts: ['a.example'], resolution: 'DNS' } };
const api = build.service('shop', 'api', { app: 'api' });
const [ours, theirs] = [entry('shop', 'a.example'), entry('bank', 'a.example')];

function routes(namespace: string, name: string, ...hosts: readonly string[]): VirtualServiceFact {
  return {
    ...{ meta: build.meta(namespace, name), hosts, gateways: [], exportTo: [], mirrors: false, destinations: [] },
    spec: { hosts, http: [{ route: [] }] },
  };
}

const traffic: readonly CheckCase[] = [
  fires(
    'ML-V003',
    'neither sni nor authority',
    rules('1.20.8', rule(simple)),
    [
      ['warns', onRule],
      ['warns', onRule],
    ],
    step('1.21.6'),
  ),
  fires('ML-V003', 'no authority for one port', rules('1.20.8', rule(port)), [['warns', onRule]], step('1.21.6')),
  fires(
    'ML-V003',
    'several in a namespace are one finding for each change',
    rules('1.20.8', rule(port), rule(port, 'cache')),
    [['warns', 'Namespace shop']],
    step('1.21.6'),
  ),
  silent('ML-V003', 'both are written', rules('1.20.8', rule(whole)), step('1.21.6')),
  silent('ML-V003', '1.21 is behind', rules('1.29.6', rule(simple)), step('1.30.3')),
  silent(
    'ML-V003',
    'flags keep the old behaviour',
    istiod('1.20.8', kept, { destinationRules: build.read(rule(simple)) }),
    step('1.21.6'),
  ),
  fires(
    'ML-V003',
    'the target obeys one of the flags no more',
    istiod('1.20.8', kept, { destinationRules: build.read(rule(simple)) }),
    [['warns', onRule]],
    { to: '1.24.6' },
  ),
  unseen(
    'ML-V003',
    'DestinationRules were not read',
    mesh('1.20.8', { destinationRules: { items: [], unread: '403' } }),
    step('1.21.6'),
  ),
  fires(
    'ML-V004',
    'a host of two namespaces',
    entries('1.29.6', ours, theirs),
    [
      ['warns', 'ServiceEntry bank/db'],
      ['warns', 'ServiceEntry shop/db'],
    ],
    step('1.30.3'),
  ),
  fires(
    'ML-V004',
    'the host of a Service elsewhere',
    mesh('1.29.6', {
      services: build.read(api),
      serviceEntries: build.read(entry('bank', 'api.shop.svc.cluster.local')),
    }),
    [['warns', 'ServiceEntry bank/db']],
    step('1.30.3'),
  ),
  fires(
    'ML-V004',
    'addresses will be allocated',
    entries('1.24.6', entry('shop', 'a.example', noAddress)),
    [['informs', 'ServiceEntry shop/db']],
    step('1.25.5'),
  ),
  fires(
    'ML-V004',
    'one wildcard contains the other',
    mesh('1.20.1', {
      virtualServices: build.read(routes('shop', 'wide', '*.example'), routes('shop', 'narrow', '*.eu.example')),
    }),
    [['warns', 'Namespace shop']],
    step('1.20.8'),
  ),
  silent(
    'ML-V004',
    'wildcards side by side',
    mesh('1.20.1', {
      virtualServices: build.read(routes('shop', 'us', '*.us.example'), routes('shop', 'eu', '*.eu.example')),
    }),
    step('1.20.8'),
  ),
  silent(
    'ML-V004',
    'one of the two is for its own namespace',
    entries('1.29.6', ours, { ...theirs, exportTo: ['.'] }),
    step('1.30.3'),
  ),
  silent('ML-V004', 'two hosts', entries('1.29.6', ours, entry('bank', 'b.example')), step('1.30.3')),
  fires(
    'ML-V005',
    'ejection without a least percentage',
    rules('1.30.3', rule({ outlierDetection: {} })),
    [['warns', onRule]],
    step('1.31.1'),
  ),
  silent('ML-V005', 'with one', rules('1.30.3', rule({ outlierDetection: { minHealthPercent: 0 } })), step('1.31.1')),
];

const nodes = (...versions: readonly string[]): Partial<Facts> => ({
  nodes: build.read(
    ...versions.map((kubeletVersion, index) => nodeFact(build.meta('', `node-${String(index)}`), { kubeletVersion })),
  ),
});
const csr = build.workload('Deployment', 'cert-manager', 'cert-manager-istio-csr');
const other = build.workload('Deployment', 'cert-manager', 'cert-manager');
const deployed = (version: string, ...all: readonly (typeof csr)[]): Facts =>
  mesh(version, { deployments: build.read(...all) });
const config = (version: string, settings: Readonly<Record<string, unknown>>): Facts =>
  mesh(version, {
    configMaps: build.read(configMapFact(build.meta(system, `istio-${build.revisionOf(version)}`), { mesh: settings })),
  });
const provider = (kind: string) => ({ extensionProviders: [{ name: 'traces', [kind]: {} }] });
const listening = (protocol: string): Facts =>
  mesh('1.29.6', {
    gateways: build.read(
      gatewayFact(build.meta('ingress', 'public'), {
        listeners: [{ name: 'l', port: 443, protocol, hostname: '', tlsMode: 'Terminate', attachedRoutes: 1 }],
      }),
    ),
  });
const operator = build.workload('Deployment', 'istio-operator', 'istio-operator');
const stale = build.workload('Deployment', system, 'sidecar-bot', {
  template: build.template({ fitness: { ...fit, serviceAccount: 'istiod-service-account' } }),
});
const state = { installers: build.read(installerFact('IstioOperator', build.meta(system, 'installed-state'))) };

const zipkin = (values: Labels): Facts =>
  mesh('1.21.6', {
    services: build.read(build.service(system, 'zipkin', { app: 'zipkin' })),
    configMaps: build.read(configMapFact(build.meta(system, 'istio-sidecar-injector-1-21-6'), { values })),
  });

const alphaPools = { crds: build.read(crdFact(build.meta('', 'inferencepools.inference.networking.x-k8s.io'))) };
const finalPools = { crds: build.read(crdFact(build.meta('', 'inferencepools.inference.networking.k8s.io'))) };
const unresolved = (movesPort: boolean): Facts =>
  entries('1.21.6', entry('shop', 'a.example', { resolution: 'NONE', movesPort }));
const excluding = (ports: string): Facts =>
  deployed(
    '1.22.8',
    build.workload('Deployment', 'shop', 'web', {
      template: build.template({ annotations: { 'traffic.sidecar.istio.io/excludeOutboundPorts': ports } }),
    }),
  );
const kiali = (image: string): Facts =>
  deployed(
    '1.28.3',
    build.workload('Deployment', 'kiali', 'kiali-of-us', { template: build.template({ images: { kiali: image } }) }),
  );

/** Changes whose matchers were too wide: what they mean, and what only looks like it. */
const narrow: readonly CheckCase[] = [
  fires('ML-V004', 'targetPort of an entry with NONE', unresolved(true), [['warns', 'ServiceEntry shop/db']], {
    to: '1.22.8',
  }),
  silent('ML-V004', 'targetPort is the number of the port', unresolved(false), { to: '1.22.8' }),
  fires('ML-V006', 'DNS is excluded', excluding('5432, 53'), [['warns', 'Deployment shop/web']], step('1.23.6')),
  silent('ML-V006', 'other ports are excluded', excluding('5353,8053'), step('1.23.6')),
  fires(
    'ML-V008',
    'Kiali',
    kiali('quay.io/kiali/kiali:v2.4'),
    [['informs', 'Deployment kiali/kiali-of-us']],
    step('1.29.6'),
  ),
  silent('ML-V008', 'its operator', kiali('quay.io/kiali/kiali-operator:v2.4'), step('1.29.6')),
  fires(
    'ML-V009',
    'pools of the alpha group',
    mesh('1.27.9', alphaPools),
    [['warns', 'CustomResourceDefinition inferencepools.inference.networking.x-k8s.io']],
    step('1.28.10'),
  ),
  silent('ML-V009', 'pools of the final group', mesh('1.27.9', finalPools), step('1.28.10')),
];

const shapes: readonly CheckCase[] = [
  fires(
    'ML-V008',
    'traces went to zipkin by default',
    zipkin({}),
    [['informs', 'Service istio-system/zipkin']],
    step('1.22.8'),
  ),
  silent('ML-V008', 'compatibilityVersion keeps that', zipkin({ compatibilityVersion: '1.21' }), step('1.22.8')),
  fires(
    'ML-V006',
    'every kubelet is new',
    mesh('1.26.8', nodes('v1.33.1')),
    [['warns', 'Node node-0']],
    step('1.27.9'),
  ),
  silent('ML-V006', 'one is older', mesh('1.26.8', nodes('v1.33.1', 'v1.32.4')), step('1.27.9')),
  silent(
    'ML-V006',
    'the flag is frozen',
    istiod('1.26.8', { ENABLE_NATIVE_SIDECARS: 'false' }, nodes('v1.33.1')),
    step('1.27.9'),
  ),
  fires(
    'ML-V007',
    'tokens of the first party',
    istiod('1.21.6', { JWT_POLICY: 'first-party-jwt' }),
    [['blocks', on('1.21.6')]],
    step('1.22.8'),
  ),
  fires(
    'ML-V007',
    'istio-csr',
    deployed('1.23.6', csr),
    [['warns', 'Deployment cert-manager/cert-manager-istio-csr']],
    step('1.24.6'),
  ),
  silent('ML-V007', 'cert-manager alone', deployed('1.23.6', other), step('1.24.6')),
  silent('ML-V007', 'tokens of a third party', istiod('1.21.6', { JWT_POLICY: 'third-party-jwt' }), step('1.22.8')),
  fires(
    'ML-V008',
    'a Lightstep provider',
    config('1.26.8', provider('lightstep')),
    [['warns', 'ConfigMap istio-system/istio-1-26-8']],
    step('1.27.9'),
  ),
  fires(
    'ML-V008',
    'eviction of metrics is set',
    istiod('1.27.9', { METRIC_ROTATION_INTERVAL: '10m' }),
    [['informs', on('1.27.9')]],
    step('1.28.10'),
  ),
  silent('ML-V008', 'an OpenTelemetry provider', config('1.26.8', provider('opentelemetry')), step('1.27.9')),
  unseen('ML-V008', 'the mesh config was not read', mesh('1.26.8'), step('1.27.9')),
  fires(
    'ML-V009',
    'a listener of protocol TLS',
    listening('TLS'),
    [['warns', 'Gateway ingress/public']],
    step('1.30.3'),
  ),
  silent('ML-V009', 'a listener of protocol HTTPS', listening('HTTPS'), step('1.30.3')),
  fires(
    'ML-V010',
    'an IstioOperator that somebody wrote',
    mesh('1.23.6', { installers: build.read(installerFact('IstioOperator', build.meta(system, 'ours'))) }),
    [['warns', `IstioOperator ${system}/ours`]],
    step('1.24.6'),
  ),
  silent('ML-V010', 'a running operator is told of by ML-O011', deployed('1.23.6', operator), step('1.24.6')),
  fires(
    'ML-V010',
    'somebody uses the account of the base chart',
    deployed('1.18.7', stale),
    [['warns', 'Deployment istio-system/sidecar-bot']],
    step('1.19.10'),
  ),
  silent('ML-V010', 'istioctl only noted what it installed', mesh('1.23.6', state), step('1.24.6')),
];

/** Cases of this family's checks. */
export const valuesCases: readonly CheckCase[] = [...settingsCases, ...traffic, ...shapes, ...narrow];
