import { crdFact, webhookConfigFact } from '../fact-defaults.ts';
import { cluster, injector, meta, plane, read } from '../mesh-facts.ts';
import type { CrdFact, Facts, Labels, RouteFact } from '../../src/mesh/facts.ts';
import { fires, silent, unseen, type CheckCase } from './case.ts';

const virtualServices = 'virtualservices.networking.istio.io';
const object = `CustomResourceDefinition ${virtualServices}`;
const all = 'CustomResourceDefinition *.istio.io';
const to = { to: '1.30.3' };
const names = [
  ...['virtualservices', 'destinationrules', 'gateways', 'serviceentries', 'sidecars', 'workloadentries'],
  ...['workloadgroups', 'envoyfilters', 'proxyconfigs'],
].map((name) => `${name}.networking.istio.io`);
const rest = [
  ...['authorizationpolicies', 'peerauthentications', 'requestauthentications'].map(
    (name) => `${name}.security.istio.io`,
  ),
  ...['telemetries.telemetry.istio.io', 'wasmplugins.extensions.istio.io'],
];
const helm = (name = 'istio-base'): Labels => ({
  ...{ 'meta.helm.sh/release-name': name, 'meta.helm.sh/release-namespace': 'istio-system' },
  'helm.sh/resource-policy': 'keep',
});
const chart = (version = '1.29.6'): Labels => ({
  ...{ 'app.kubernetes.io/managed-by': 'Helm', 'helm.sh/chart': `base-${version}` },
});
const crd = (name: string, over: Partial<CrdFact> = {}, labels = chart(), annotations = helm()): CrdFact =>
  crdFact(meta('', name, labels, annotations), over);
const whole = [...names, ...rest].map((name) => crd(name));

/** istiod of a version, held by Helm, with these CRDs in place of those of the same name; null takes one away. */
function mesh(
  changed: readonly CrdFact[] = [],
  gone: readonly string[] = [],
  version = '1.29.6',
  given: Partial<Facts> = {},
): Facts {
  const base = plane(version);
  const deployment = { ...base.deployment, meta: meta('istio-system', base.deployment.meta.name, {}, helm('istiod')) };
  const kept = whole.filter(
    ({ meta: own }) => !gone.includes(own.name) && !changed.some((one) => one.meta.name === own.name),
  );
  return cluster([{ ...base, deployment }], [injector(version)], { crds: read(...kept, ...changed), ...given });
}

const old = {
  versions: [
    { name: 'v1beta1', served: true, storage: false },
    { name: 'v1alpha3', served: true, storage: true },
  ],
  storedVersions: ['v1alpha3'],
};
const free = (name: string, over: Partial<CrdFact> = {}): CrdFact => crd(name, over, {}, {});
const dropped = { ...helm(), 'helm.sh/resource-policy': '' };
const validator = webhookConfigFact(
  'ValidatingWebhookConfiguration',
  meta('', 'istiod-default-validator', chart(), helm('base')),
);

const istio: readonly CheckCase[] = [
  fires('ML-X001', 'CRDs of 1.21 that nobody holds', mesh([free(virtualServices, old)]), [['blocks', object]], to),
  fires('ML-X001', 'CRDs of 1.21 that Helm holds', mesh([crd(virtualServices, old)]), [['informs', object]], to),
  silent('ML-X001', '1.23 reads v1beta1', mesh([free(virtualServices, old)], [], '1.22.8'), { to: '1.23.6' }),
  silent('ML-X001', 'EnvoyFilter has no v1', mesh([crd('envoyfilters.networking.istio.io', old)]), to),
  silent('ML-X001', 'v1 is served', mesh(), to),
  fires('ML-X002', 'a CRD of kubectl apply', mesh([free(virtualServices)]), [['blocks', object]], to),
  silent('ML-X002', 'Helm holds all', mesh(), to),
  silent('ML-X002', 'charts below 1.24 leave CRDs alone', mesh([free(virtualServices)], [], '1.22.8'), {
    to: '1.23.6',
  }),
  silent('ML-X002', 'no Helm anywhere', byIstioctl(), to),
  fires('ML-X003', 'one of another release', mesh([crd(virtualServices, {}, chart(), helm('old-base'))]), [
    ['blocks', object],
  ]),
  fires(
    'ML-X003',
    'the release of the validator counts',
    mesh([], names.slice(1).concat(rest), '1.29.6', { validatingWebhooks: read(validator) }),
    [['blocks', object]],
  ),
  silent('ML-X003', 'one release', mesh()),
  silent('ML-X003', 'one of nobody', mesh([free(virtualServices)])),
  fires('ML-X004', 'it is being deleted', mesh([crd(virtualServices, { terminating: true })]), [['blocks', object]]),
  fires('ML-X004', 'not established', mesh([crd(virtualServices, { established: false })]), [['blocks', object]]),
  silent('ML-X004', 'established', mesh()),
  silent('ML-X004', 'that of another project', mesh([crd('widgets.example.com', { terminating: true })])),
  fires(
    'ML-X005',
    'v1 is stored, and 1.21 has none',
    mesh([], ['telemetries.telemetry.istio.io']),
    [['blocks', 'CustomResourceDefinition virtualservices.networking.istio.io']],
    {
      to: '1.21.6',
    },
  ),
  silent('ML-X005', '1.26 has v1', mesh(), { to: '1.26.8' }),
  silent('ML-X005', 'v1alpha3 is stored', stored('v1alpha3'), { to: '1.21.6' }),
  fires('ML-X007', 'one is missing', mesh([], [virtualServices]), [['warns', all]]),
  silent('ML-X007', 'all are there', mesh()),
  silent('ML-X007', 'no control plane runs', cluster([], [])),
  fires('ML-X009', 'Helm would delete it', mesh([crd(virtualServices, {}, chart(), dropped)]), [['informs', object]]),
  silent('ML-X009', 'kept', mesh()),
  silent('ML-X009', 'no release', mesh([free(virtualServices)])),
  fires('ML-X010', 'CRDs of 1.28', aged('1.28.6'), [['warns', all]]),
  silent('ML-X010', 'of another patch', aged('1.29.1')),
  silent('ML-X010', 'newer ones', aged('1.30.3')),
];

function byIstioctl(): Facts {
  return cluster([plane('1.29.6')], [injector('1.29.6')], {
    crds: read(...[...names, ...rest].map((name) => free(name))),
  });
}

function stored(version: string): Facts {
  return mesh([...names, ...rest].map((name) => crd(name, { storedVersions: [version] })));
}

function aged(version: string): Facts {
  return mesh([...names, ...rest].map((name) => crd(name, {}, chart(version))));
}

const group = 'gateway.networking.k8s.io';
const api = (plural: string, bundle: string, over: Partial<CrdFact> = {}): CrdFact =>
  crdFact(meta('', `${plural}.${group}`, {}, bundle === '' ? {} : { [`${group}/bundle-version`]: bundle }), over);
const crdOf = (plural: string): string => `CustomResourceDefinition ${plural}.${group}`;
const route = (kind: string): RouteFact => ({ kind, meta: meta('shop', 'r'), hosts: [], parents: [], spec: {} });
const policy = (kind: string): Partial<Facts> => ({ gatewayPolicies: read({ kind, meta: meta('shop', 'p') }) });
const routes = (...kinds: string[]): Partial<Facts> => ({ routes: read(...kinds.map(route)) });

/** A mesh with CRDs of the Gateway API; `alpha` switches alpha kinds on. */
function withApi(crds: readonly CrdFact[], given: Partial<Facts>, version = '1.29.6', alpha = true): Facts {
  const facts = mesh(crds, [], version, given);
  const deployments = facts.deployments.items.map((one) => ({
    ...one,
    template: { ...one.template, env: alpha ? { PILOT_ENABLE_ALPHA_GATEWAY_API: 'true' } : {} },
  }));
  return { ...facts, deployments: read(...deployments) };
}

const tls = (bundle: string, version?: string, alpha?: boolean): Facts =>
  withApi([api('tlsroutes', bundle)], routes('TLSRoute'), version, alpha);

const gatewayApi: readonly CheckCase[] = [
  fires('ML-X006', 'TLSRoutes of 1.4.1 for 1.30', tls('v1.4.1'), [['blocks', crdOf('tlsroutes')]], to),
  fires(
    'ML-X006',
    'the same, but they do not work now either',
    tls('v1.4.1', '1.29.6', false),
    [['informs', crdOf('tlsroutes')]],
    to,
  ),
  fires('ML-X006', 'no bundle is written', tls(''), [['blocks', crdOf('tlsroutes')]], to),
  fires('ML-X006', '1.29.2 misjudges 1.4.1', tls('v1.4.1', '1.28.7'), [['blocks', crdOf('tlsroutes')]], {
    to: '1.29.2',
  }),
  fires(
    'ML-X006',
    'so does 1.28.6, where they do not work now either',
    tls('v1.4.1', '1.28.6'),
    [['informs', crdOf('tlsroutes')]],
    { to: '1.29.2' },
  ),
  silent('ML-X006', '1.29.2 reads 1.4.0', tls('v1.4.0', '1.28.6'), { to: '1.29.2' }),
  fires(
    'ML-X006',
    'policies of 1.3.0 for 1.28',
    withApi([api('backendtlspolicies', 'v1.3.0')], policy('BackendTLSPolicy'), '1.27.9'),
    [['blocks', crdOf('backendtlspolicies')]],
    { to: '1.28.10' },
  ),
  silent('ML-X006', 'TLSRoutes of 1.5.0', tls('v1.5.0'), to),
  silent('ML-X006', 'no TLSRoutes', withApi([api('tlsroutes', 'v1.4.1')], {}), to),
  silent('ML-X006', 'HTTPRoutes of any bundle', withApi([api('httproutes', 'v0.8.0')], routes('HTTPRoute')), to),
  silent('ML-X006', 'TLSRoutes of 1.4.1 for 1.29', tls('v1.4.1', '1.28.6'), { to: '1.29.6' }),
  unseen(
    'ML-X006',
    'routes were not read',
    withApi([api('tlsroutes', 'v1.4.1')], { routes: { items: [], unread: '403 Forbidden' } }),
    to,
  ),
  fires('ML-X008', 'TLSRoutes of 1.5.0 under 1.29', tls('v1.5.0'), [['warns', crdOf('tlsroutes')]]),
  silent('ML-X008', 'of 1.4.1', tls('v1.4.1')),
  fires('ML-X008', '1.28.6 misjudges 1.4.1', tls('v1.4.1', '1.28.6'), [['warns', crdOf('tlsroutes')]]),
  silent('ML-X008', 'no TLSRoutes', withApi([api('tlsroutes', 'v1.5.0')], {})),
  unseen(
    'ML-X008',
    'routes were not read',
    withApi([api('tlsroutes', 'v1.5.0')], { routes: { items: [], unread: '403' } }),
  ),
  fires('ML-X011', 'only v1beta1', grants('v1beta1'), [['warns', crdOf('referencegrants')]], to),
  silent('ML-X011', 'v1', grants('v1'), to),
  silent('ML-X011', '1.29 reads v1beta1', grants('v1beta1'), { to: '1.29.8' }),
  silent('ML-X011', 'no grants', withApi([api('referencegrants', 'v1.4.1')], {}), to),
  fires('ML-X012', 'two bundles', withApi([api('httproutes', 'v1.4.1'), api('gateways', 'v1.5.0')], {}), [
    ['warns', `CustomResourceDefinition *.${group}`],
  ]),
  silent('ML-X012', 'one', withApi([api('httproutes', 'v1.4.1'), api('gateways', 'v1.4.1')], {})),
];

function grants(version: string): Facts {
  const versions = [{ name: version, served: true, storage: true }];
  return withApi([api('referencegrants', 'v1.4.1', { versions })], policy('ReferenceGrant'));
}

/** Cases of this family's checks. */
export const crdsCases: readonly CheckCase[] = [...istio, ...gatewayApi];
