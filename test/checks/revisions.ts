import * as build from '../facts.ts';
import * as mesh from '../mesh-facts.ts';
import {
  attachedFact,
  autoscalerFact,
  budgetFact,
  gatewayFact,
  installerFact,
  namespaceFact,
} from '../fact-defaults.ts';
import type { Facts, MetaFact, WebhookConfigFact } from '../../src/mesh/facts.ts';
import { fires, silent, type CheckCase } from './case.ts';

const { injectorConfig: injector, meta, read } = build;
const old = build.istiodBackend('1-29-6');
const fresh = build.istiodBackend('1-30-3');
const own = [injector({ revision: '1-29-6' }), injector({ revision: '1-30-3' })];
const prod = 'MutatingWebhookConfiguration istio-revision-tag-prod';

const both = (configs: readonly WebhookConfigFact[], over: Partial<Facts> = {}): Facts =>
  build.cluster([old, fresh], [...own, ...configs], over);
const newOnly = (...configs: WebhookConfigFact[]): Facts =>
  build.cluster([fresh], [injector({ revision: '1-30-3' }), ...configs]);

function tagService(name: string, revision: string): ReturnType<typeof build.serviceFact> {
  const labels = { 'istio.io/tag': name, 'istio.io/rev': revision };
  return build.serviceFact(meta(`istiod-revision-tag-${name}`, 'istio-system', labels), { 'istio.io/rev': revision });
}

function withServices(facts: Facts, ...services: readonly ReturnType<typeof build.serviceFact>[]): Facts {
  return { ...facts, services: read([...facts.services.items, ...services]) };
}

const tagged = (revision: string, webhook = {}): WebhookConfigFact => injector({ revision, tag: 'prod', webhook });

const tags: readonly CheckCase[] = [
  fires('ML-R001', 'the revision was removed', newOnly(tagged('1-29-6')), [['blocks', prod]]),
  fires('ML-R001', 'the same with Ignore', newOnly(tagged('1-29-6', { failurePolicy: 'Ignore' })), [['warns', prod]]),
  silent('ML-R001', 'the revision serves', both([tagged('1-29-6')])),
  fires('ML-R002', 'webhook and Service differ', withServices(both([tagged('1-30-3')]), tagService('prod', '1-29-6')), [
    ['warns', prod],
  ]),
  fires('ML-R002', 'only the Service is left', withServices(both([]), tagService('prod', '1-29-6')), [
    ['warns', 'Service istio-system/istiod-revision-tag-prod'],
  ]),
  fires('ML-R002', 'two webhooks for one tag', both([tagged('1-30-3'), renamed(tagged('1-29-6'))]), [['warns', prod]]),
  silent('ML-R002', 'they agree', withServices(both([tagged('1-30-3')]), tagService('prod', '1-30-3'))),
  silent('ML-R002', 'no Service, as before Istio 1.28', both([tagged('1-30-3')])),
  fires('ML-R003', 'the tag moved on, its release did not', owned('istiod-1-29-6'), [['warns', prod]]),
  silent('ML-R003', 'it belongs to the release of its revision', owned('istiod-1-30-3')),
  silent('ML-R003', 'it belongs to no release', both([tagged('1-30-3')])),
];

function renamed(config: WebhookConfigFact): WebhookConfigFact {
  return { ...config, meta: { ...config.meta, name: 'zz-left-over' } };
}

function released<T extends { readonly meta: MetaFact }>(object: T, release: string): T {
  const annotations = { 'meta.helm.sh/release-name': release, 'meta.helm.sh/release-namespace': 'istio-system' };
  const labels = { ...object.meta.labels, 'operator.istio.io/component': 'Pilot' };
  return { ...object, meta: { ...object.meta, annotations, labels } };
}

function owned(release: string): Facts {
  const facts = both([released(tagged('1-30-3'), release)]);
  const deployments = facts.deployments.items.map((one) => released(one, one.meta.name));
  const helmReleases = read(
    ['istiod-1-29-6', 'istiod-1-30-3'].map((name) => ({
      namespace: 'istio-system',
      name,
      version: 1,
      status: 'deployed',
    })),
  );
  return { ...facts, deployments: read(deployments), helmReleases };
}

const classes = read(
  [
    ['istio', 'istio.io/gateway-controller'],
    ['nginx', 'example.com/nginx'],
  ].map(([name = '', controller = '']) => ({ meta: meta(name), controller })),
);

function gateways(labels = {}, className = 'istio', namespaceLabels = {}): Partial<Facts> {
  return {
    gatewayClasses: classes,
    namespaces: read([namespaceFact(meta('edge', '', namespaceLabels))]),
    gateways: read([gatewayFact(meta('public', 'edge', labels), { className })]),
  };
}

const gateway = 'Gateway edge/public';
const rev = { 'istio.io/rev': '1-30-3' };
const one = (over: Partial<Facts>): Facts => build.cluster([fresh], [injector({ revision: '1-30-3' })], over);
const versioned = (facts: Facts): Facts => ({
  ...facts,
  deployments: read(
    facts.deployments.items.map((plane) => ({
      ...plane,
      template: { ...plane.template, images: { discovery: 'istio/pilot:1.29.6' } },
    })),
  ),
});
const unrevisioned = (over: Partial<Facts>): Facts =>
  versioned(build.cluster([build.istiodBackend('default')], [injector({ revision: 'default' })], over));

const defaults: readonly CheckCase[] = [
  fires('ML-R004', 'a Gateway without a label and no default', one(gateways()), [['blocks', gateway]]),
  silent('ML-R004', 'the Gateway names its revision', one(gateways(rev))),
  silent('ML-R004', 'its namespace does', one(gateways({}, 'istio', rev))),
  silent('ML-R004', 'it is not of Istio', one(gateways({}, 'nginx'))),
  silent('ML-R004', 'tag default exists', both([injector({ revision: '1-30-3', tag: 'default' })], gateways())),
  fires('ML-R005', 'two control planes and no tag', both([], gateways()), [['warns', gateway]]),
  fires('ML-R005', 'the upgrade brings the second', unrevisioned(gateways()), [['warns', gateway]], { to: '1.30.3' }),
  silent('ML-R005', 'in place there is never a second', unrevisioned(gateways()), {
    ...{ to: '1.30.3', strategy: 'in-place' },
  }),
  silent('ML-R005', 'tag default says it', both([injector({ revision: '1-29-6', tag: 'default' })], gateways())),
  silent('ML-R005', 'no Gateway asks', both([])),
];

const state = installerFact('IstioOperator', meta('installed-state-1-27-2', 'istio-system'), { revision: '1-27-2' });
const alive = installerFact('IstioOperator', meta('installed-state-1-30-3', 'istio-system'), { revision: '1-30-3' });
const leftService = build.serviceFact(meta('istiod-1-27-2', 'istio-system'), {
  app: 'istiod',
  'istio.io/rev': '1-27-2',
});

function beside(revision: string): Facts {
  const own = meta(`istiod-${revision}`, 'istio-system', { 'istio.io/rev': revision });
  return both([], { autoscalers: read([autoscalerFact(own, own.name)]), budgets: read([budgetFact(own)]) });
}

const up = { to: '1.30.3' } as const;
const onPolicy = 'RequestAuthentication shop/policy-0';
const config = (...revisions: readonly (string | undefined)[]): Facts =>
  mesh.cluster([mesh.plane('1.29.6')], [mesh.injector('1.29.6'), mesh.injector('1.29.6', 'prod')], {
    requestAuthentications: mesh.read(
      ...revisions.map((revision, index) =>
        attachedFact(
          mesh.meta('shop', `policy-${String(index)}`, revision === undefined ? {} : { 'istio.io/rev': revision }),
        ),
      ),
    ),
  });

const ghosts: readonly CheckCase[] = [
  fires('ML-R006', 'istioctl remembers a removed revision', both([], { installers: read([state]) }), [
    ['informs', 'IstioOperator istio-system/installed-state-1-27-2'],
  ]),
  fires('ML-R006', 'its Service is left', withServices(both([]), leftService), [
    ['informs', 'Service istio-system/istiod-1-27-2'],
  ]),
  silent('ML-R006', 'the revision runs', both([], { installers: read([alive]) })),
  fires('ML-R006', 'its autoscaler and its budget are left', beside('1-27-2'), [
    ['informs', 'HorizontalPodAutoscaler istio-system/istiod-1-27-2'],
    ['informs', 'PodDisruptionBudget istio-system/istiod-1-27-2'],
  ]),
  silent('ML-R006', 'those of a revision that runs', beside('1-29-6')),
  fires('ML-R007', 'a policy for the revision that is left', config('1-29-6'), [['blocks', onPolicy]], up),
  fires('ML-R007', 'a policy for a revision that is gone', config('1-27-2'), [['warns', onPolicy]], up),
  fires('ML-R007', 'a tag, which istiod does not resolve here', config('prod'), [['warns', onPolicy]]),
  fires(
    'ML-R007',
    'two in a namespace are one finding',
    config('1-29-6', '1-29-6'),
    [['blocks', 'Namespace shop']],
    up,
  ),
  silent('ML-R007', 'in place the revision keeps its name', config('1-29-6'), { ...up, strategy: 'in-place' }),
  silent('ML-R007', 'a policy for the revision that runs, and no upgrade', config('1-29-6')),
  silent('ML-R007', 'no label', config(undefined), up),
];

/** Cases of this family's checks. */
export const revisionsCases: readonly CheckCase[] = [...tags, ...defaults, ...ghosts];
