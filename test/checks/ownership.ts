import { crdFact, deliveryFact, fit, installerFact, namespaceFact, webhookConfigFact } from '../fact-defaults.ts';
import { cluster, injector, meta, plane, read, template, workload } from '../mesh-facts.ts';
import type {
  CrdFact,
  DeliveryFact,
  Facts,
  FieldManagerFact,
  HelmReleaseFact,
  InstallerFact,
  Labels,
  WebhookConfigFact,
  WorkloadFact,
} from '../../src/mesh/facts.ts';
import { fires, silent, unseen, type CheckCase } from './case.ts';

const to = { to: '1.30.3' };
const inPlace = { to: '1.30.3', strategy: 'in-place' } as const;
const istiod = 'Deployment istio-system/istiod-1-29-6';
const webhook = 'MutatingWebhookConfiguration istio-sidecar-injector-1-29-6';
const helm = (name: string): Labels => ({
  ...{ 'meta.helm.sh/release-name': name, 'meta.helm.sh/release-namespace': 'istio-system' },
});

/** What differs from istiod 1.29.6 that nobody holds. */
interface Held {
  readonly version?: string;
  readonly plane?: Partial<WorkloadFact>;
  /** Labels and annotations of the Deployment. */
  readonly marks?: readonly [labels: Labels, annotations: Labels];
  /** Of the injector. */
  readonly webhook?: Partial<WebhookConfigFact>;
  readonly over?: Partial<Facts>;
  readonly more?: readonly WebhookConfigFact[];
}

function mesh({ version = '1.29.6', plane: different, marks = [{}, {}], ...rest }: Held = {}): Facts {
  const base = plane(version);
  const [labels, annotations] = marks;
  const own = { ...base.deployment.meta, labels: { ...base.deployment.meta.labels, ...labels }, annotations };
  const deployment = { ...base.deployment, meta: own, ...different };
  const config = { ...injector(version), ...rest.webhook };
  return cluster([{ ...base, deployment }], [config, ...(rest.more ?? [])], rest.over);
}

/** The injector with other labels and annotations besides its own. */
function marked(config: WebhookConfigFact, labels: Labels, annotations: Labels): WebhookConfigFact {
  return { ...config, meta: { ...config.meta, labels: { ...config.meta.labels, ...labels }, annotations } };
}

const reconciled = { 'operator.istio.io/managed': 'Reconcile' };
const argo = { 'argocd.argoproj.io/instance': 'istiod' };
const flux = {
  ...{ 'kustomize.toolkit.fluxcd.io/name': 'apps', 'kustomize.toolkit.fluxcd.io/namespace': 'flux-system' },
};
const application = (over: Partial<DeliveryFact> = {}): Partial<Facts> => ({
  deliveries: read(deliveryFact('Application', meta('argocd', 'istiod'), { automated: true, selfHeal: true, ...over })),
});
const kustomization = (over: Partial<DeliveryFact> = {}): Partial<Facts> => ({
  deliveries: read(
    deliveryFact('Kustomization', meta('flux-system', 'apps'), { automated: true, selfHeal: true, ...over }),
  ),
  namespaces: read(namespaceFact(meta('', 'shop', { 'istio.io/rev': '1-29-6', ...flux }))),
});
const byArgo = (over: Partial<DeliveryFact> = {}): Facts => mesh({ marks: [argo, {}], over: application(over) });
const hooksByArgo = (over: Partial<DeliveryFact> = {}): Facts =>
  mesh({ webhook: marked(injector('1.29.6'), argo, {}), over: application(over) });

const delivered: readonly CheckCase[] = [
  fires(
    'ML-O001',
    'a webhook of Helm and istioctl',
    mesh({ webhook: marked(injector('1.29.6'), reconciled, helm('istiod')) }),
    [['warns', webhook]],
  ),
  silent('ML-O001', 'of Helm alone', mesh({ webhook: marked(injector('1.29.6'), {}, helm('istiod')) })),
  silent('ML-O001', 'a control plane has a check of its own', mesh({ marks: [reconciled, helm('istiod')] })),
  fires('ML-O002', 'an Application that heals itself', byArgo(), [['warns', 'Application argocd/istiod']]),
  fires('ML-O002', 'one that only syncs', byArgo({ selfHeal: false }), [['informs', 'Application argocd/istiod']]),
  fires('ML-O002', 'a Kustomization that holds namespaces', mesh({ over: kustomization() }), [
    ['warns', 'Kustomization flux-system/apps'],
  ]),
  silent(
    'ML-O002',
    'it is suspended',
    mesh({ over: kustomization({ suspended: true, automated: false, selfHeal: false }) }),
  ),
  silent('ML-O002', 'it is synced by hand', byArgo({ automated: false, selfHeal: false })),
  silent('ML-O002', 'it holds nothing of Istio', mesh({ over: application() })),
  unseen('ML-O002', 'the Application is elsewhere', mesh({ marks: [argo, {}] })),
  fires('ML-O009', 'nothing is ignored', hooksByArgo(), [['warns', 'Application argocd/istiod']]),
  silent('ML-O009', 'the fields are ignored', hooksByArgo({ ignoresWebhookFields: true })),
  silent('ML-O009', 'it does not heal', hooksByArgo({ selfHeal: false })),
  silent('ML-O009', 'it holds no webhook', byArgo()),
];

const writes = (manager: string, operation: string, fields: readonly string[]): FieldManagerFact => ({
  ...{ manager, operation, fields },
});
const byIstiod = writes('pilot-discovery', 'Update', ['failurePolicy', 'caBundle']);
const validatorOf = (name: string, managers: readonly FieldManagerFact[]): Facts =>
  mesh({
    ...{ version: '1.28.1', webhook: { managers } },
    over: {
      validatingWebhooks: read({ ...webhookConfigFact('ValidatingWebhookConfiguration', meta('', name)), managers }),
    },
  });
const managed = (...managers: FieldManagerFact[]): Facts => validatorOf('istiod-default-validator', managers);
const old = 'ValidatingWebhookConfiguration istiod-default-validator';
const ofRevision = validatorOf('istio-validator-istio-system', [byIstiod, writes('helm', 'Apply', [])]);
const aks = { managers: [writes('admissionsenforcer', 'Update', ['namespaceSelector'])] };
const crds = (over: Partial<CrdFact>, annotations: Labels = helm('istio-base')): Partial<Facts> => ({
  crds: read(crdFact(meta('', 'sidecars.networking.istio.io', {}, annotations), over)),
});

const managers: readonly CheckCase[] = [
  fires('ML-O003', 'Helm 4 to 1.29.1', managed(byIstiod, writes('helm', 'Apply', [])), [['blocks', old]], {
    to: '1.29.1',
  }),
  fires('ML-O003', 'Argo CD forces', managed(byIstiod, writes('argocd-controller', 'Apply', [])), [['warns', old]], {
    to: '1.29.1',
  }),
  fires(
    'ML-O003',
    'in place the validator of the revision is applied again',
    ofRevision,
    [['blocks', 'ValidatingWebhookConfiguration istio-validator-istio-system']],
    { to: '1.29.1', strategy: 'in-place' },
  ),
  silent('ML-O003', 'by revision it is not', ofRevision, { to: '1.29.1' }),
  silent('ML-O003', '1.29.6 has the fix', managed(byIstiod, writes('helm', 'Apply', [])), { to: '1.29.6' }),
  silent('ML-O003', 'Helm 3 updates', managed(byIstiod, writes('helm', 'Update', [])), { to: '1.29.1' }),
  silent(
    'ML-O003',
    'istioctl forces and is followed by istiod',
    managed(byIstiod, writes('istio-operator', 'Apply', [])),
    {
      to: '1.29.1',
    },
  ),
  fires('ML-O004', 'AKS wrote the selector', mesh({ webhook: aks }), [['warns', webhook]]),
  silent(
    'ML-O004',
    'it is told not to',
    mesh({ webhook: { ...marked(injector('1.29.6'), {}, { 'admissions.enforcer/disabled': 'true' }), ...aks } }),
  ),
  silent(
    'ML-O004',
    'it wrote something else',
    mesh({ webhook: { managers: [writes('admissionsenforcer', 'Update', [])] } }),
  ),
  fires('ML-O005', 'istiod', mesh({ marks: [{}, helm('istiod')], plane: withManagers(['helm', 'istio-operator']) }), [
    ['warns', istiod],
  ]),
  fires('ML-O005', 'a CRD', mesh({ over: crds({ managers: ['helm', 'istio-operator'] }) }), [
    ['warns', 'CustomResourceDefinition sidecars.networking.istio.io'],
  ]),
  silent('ML-O005', 'istioctl holds it', mesh({ plane: withManagers(['istio-operator']) })),
  silent('ML-O005', 'Helm alone', mesh({ over: crds({ managers: ['helm'] }) })),
  silent('ML-O005', 'a CRD of istioctl', mesh({ over: crds({ managers: ['istio-operator'] }, {}) })),
];

function withManagers(managers: readonly string[]): Partial<WorkloadFact> {
  return { managers };
}

const account = (name: string, version = '1.29.6'): Partial<WorkloadFact> => ({
  template: template({
    ...{ labels: plane(version).deployment.template.labels, images: { discovery: `istio/pilot:${version}` } },
    fitness: { ...fit, serviceAccount: name },
  }),
});
const image = (name: string, over: Partial<WorkloadFact> = {}, deployment = 'restarter'): Partial<Facts> => ({
  deployments: read(
    workload('Deployment', 'ops', deployment, { template: template({ images: { app: name } }), ...over }),
  ),
});
const restarter = 'Deployment ops/restarter';
const prod = injector('1.29.6', 'prod');
/** Label of the chart; istioctl takes it off a tag that it makes. */
const tagOf = (release: string): WebhookConfigFact =>
  marked(prod, { 'operator.istio.io/component': 'Pilot' }, helm(release));
const releases = (...found: readonly (readonly [version: number, status: string])[]): Facts =>
  mesh({
    marks: [{}, helm('istiod')],
    over: {
      helmReleases: read(
        ...found.map(([version, status]): HelmReleaseFact => ({
          ...{ namespace: 'istio-system', name: 'istiod', version, status },
        })),
      ),
    },
  });
const release = 'HelmRelease istio-system/istiod';

const others: readonly CheckCase[] = [
  fires(
    'ML-O006',
    'base of Helm takes it away',
    mesh({ plane: account('istiod-service-account'), over: crds({}) }),
    [['blocks', istiod]],
    to,
  ),
  fires('ML-O006', 'base of nobody', mesh({ plane: account('istiod-service-account') }), [['warns', istiod]], to),
  silent('ML-O006', 'an account of its own', mesh({ plane: account('istiod-1-29-6') }), to),
  silent(
    'ML-O006',
    'charts of 1.18 have it',
    mesh({ version: '1.18.2', plane: account('istiod-service-account', '1.18.2') }),
    { to: '1.18.7' },
  ),
  fires('ML-O007', 'fortsa', mesh({ over: image('ghcr.io/istio-ecosystem/fortsa:v0.1.0') }), [['warns', restarter]]),
  fires('ML-O007', 'the module of Kyma', mesh({ over: image('kyma-project/prod/istio-manager:1.20.0') }), [
    ['warns', restarter],
  ]),
  silent('ML-O007', 'scaled to 0', mesh({ over: image('istio-ecosystem/fortsa:v0.1.0', { replicas: 0 }) })),
  silent('ML-O007', 'a similar name', mesh({ over: image('shop/comfortsale:1') })),
  fires(
    'ML-O008',
    'in revisionTags of the old release',
    mesh({ marks: [{}, helm('istiod')], more: [tagOf('istiod')] }),
    [['blocks', 'MutatingWebhookConfiguration istio-revision-tag-prod']],
    to,
  ),
  silent(
    'ML-O008',
    'made by istioctl, with the annotations of its revision',
    mesh({ more: [marked(prod, {}, helm('istiod'))] }),
    to,
  ),
  silent('ML-O008', 'in place it stays', mesh({ marks: [{}, helm('istiod')], more: [tagOf('istiod')] }), inPlace),
  fires('ML-O012', 'pending', releases([1, 'deployed'], [2, 'pending-upgrade']), [['blocks', release]]),
  fires('ML-O012', 'failed', releases([1, 'deployed'], [2, 'failed']), [['warns', release]]),
  silent('ML-O012', 'deployed after a failure', releases([1, 'failed'], [2, 'deployed'])),
  silent(
    'ML-O012',
    'a release of somebody else',
    mesh({ over: { helmReleases: read({ namespace: 'shop', name: 'web', version: 2, status: 'failed' }) } }),
  ),
];

const sail = (over: Partial<InstallerFact>, kind = 'Istio'): Facts =>
  mesh({ over: { installers: read(installerFact(kind, meta('', 'default'), over)) } });
const settled = { strategy: 'RevisionBased', graceSeconds: 604800 };
const operator = (replicas: number, picture = 'istio/operator:1.23.6'): Facts =>
  mesh({ over: image(picture, { replicas }, 'istio-operator') });
const provided = (namespace: string, revision: string): Facts => {
  const base = plane('1.29.6');
  const deployment = {
    ...base.deployment,
    meta: { ...base.deployment.meta, namespace, labels: { ...base.deployment.meta.labels, 'istio.io/rev': revision } },
    istiodRevision: revision,
  };
  return cluster([{ ...base, deployment }], []);
};

const operators: readonly CheckCase[] = [
  fires('ML-O010', 'the old revision goes after 30 s', sail({ strategy: 'RevisionBased' }), [
    ['warns', 'Istio default'],
  ]),
  fires(
    'ML-O010',
    'in place, but a revision is wanted',
    sail({ strategy: 'InPlace' }),
    [['warns', 'Istio default']],
    to,
  ),
  fires('ML-O010', 'it restarts workloads', sail({ ...settled, updateWorkloads: true }), [['warns', 'Istio default']]),
  silent('ML-O010', 'by revision, with a week', sail(settled), to),
  silent('ML-O010', 'in place, as wanted', sail({ strategy: 'InPlace' }), inPlace),
  silent('ML-O010', 'a revision of it', sail({ strategy: 'RevisionBased' }, 'IstioRevision')),
  fires('ML-O011', 'it runs', operator(1), [['warns', 'Deployment ops/istio-operator']]),
  fires('ML-O011', 'it runs, and an upgrade is wanted', operator(1), [['blocks', 'Deployment ops/istio-operator']], to),
  silent('ML-O011', 'scaled to 0', operator(0)),
  silent('ML-O011', 'another program of that name', operator(1, 'shop/istio-operator-docs:1')),
  fires(
    'ML-O013',
    'that of AKS is to be upgraded',
    provided('aks-istio-system', 'asm-1-29'),
    [['blocks', 'Deployment aks-istio-system/istiod-1-29-6']],
    to,
  ),
  fires('ML-O013', 'that of OpenShift is there', provided('openshift-ingress', 'openshift-gateway'), [
    ['informs', 'Deployment openshift-ingress/istiod-1-29-6'],
  ]),
  silent('ML-O013', 'our own', mesh(), to),
];

/** Cases of this family's checks. */
export const ownershipCases: readonly CheckCase[] = [...delivered, ...managers, ...others, ...operators];
