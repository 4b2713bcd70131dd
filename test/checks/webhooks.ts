import * as build from '../facts.ts';
import { webhookConfigFact } from '../fact-defaults.ts';
import type { Facts, WebhookConfigFact, WebhookFact } from '../../src/mesh/facts.ts';
import { fires, silent, type CheckCase } from './case.ts';

const rules = [
  {
    apiGroups: ['security.istio.io', 'networking.istio.io'],
    apiVersions: ['*'],
    operations: ['CREATE', 'UPDATE'],
    resources: ['*'],
    scope: '*',
  },
];

function validator(revision: string, over: Partial<WebhookFact> = {}, labels = {}): WebhookConfigFact {
  const own = build.meta('istiod-default-validator', '', { app: 'istiod', 'istio.io/rev': revision, ...labels });
  const webhook = build.webhookFact('validation.istio.io', `istiod-${revision}`, { rules, ...over });
  return webhookConfigFact('ValidatingWebhookConfiguration', own, [webhook]);
}

const injector = build.injectorConfig;
const old = build.istiodBackend('1-29-6');
const fresh = build.istiodBackend('1-30-3');
const both = [old, fresh];
const own = [injector({ revision: '1-29-6' }), injector({ revision: '1-30-3' })];
const onlyNew = [injector({ revision: '1-30-3' })];
const defaultValidator = 'ValidatingWebhookConfiguration istiod-default-validator';

const mesh = (...configs: WebhookConfigFact[]): Facts => build.cluster(both, [...own, ...configs]);
const newOnly = (...configs: WebhookConfigFact[]): Facts => build.cluster([fresh], [...onlyNew, ...configs]);
const silentIstiod = (webhook: Partial<WebhookFact> = {}): Facts =>
  build.cluster([build.istiodBackend('1-30-3', { ready: false })], [injector({ revision: '1-30-3', webhook })]);
const unlabelled = build.selector(['istio.io/rev', 'DoesNotExist']);
const labelled = build.selector(['istio.io/rev', 'In', '1-30-3']);
const injectorOfNew = 'MutatingWebhookConfiguration istio-sidecar-injector-1-30-3';

const targets: readonly CheckCase[] = [
  fires('ML-W001', 'the validator outlived its revision', newOnly(validator('1-29-6')), [['blocks', defaultValidator]]),
  fires('ML-W001', 'the same with Ignore', newOnly(validator('1-29-6', { failurePolicy: 'Ignore' })), [
    ['warns', defaultValidator],
  ]),
  silent('ML-W001', 'its Service is there', mesh(validator('1-29-6'))),
  silent('ML-W001', 'a dangling tag is told of as a tag', newOnly(injector({ revision: '1-29-6', tag: 'prod' }))),
  silent('ML-W001', 'istioctl switched it off', newOnly(injector({ revision: '1-29-6', deactivated: true }))),
  silent('ML-W001', 'a foreign webhook', newOnly(foreign())),
  fires('ML-W002', 'no pod of istiod is ready', silentIstiod(), [['blocks', injectorOfNew]]),
  fires('ML-W002', 'the same with Ignore', silentIstiod({ failurePolicy: 'Ignore' }), [['warns', injectorOfNew]]),
  silent('ML-W002', 'one is ready', mesh()),
  silent('ML-W002', 'a missing Service is another finding', newOnly(validator('1-29-6'))),
  fires(
    'ML-W003',
    'the Service leads to another revision',
    build.cluster([build.istiodBackend('1-30-3', { podRevision: '1-29-6' })], onlyNew),
    [['warns', injectorOfNew]],
  ),
  silent('ML-W003', 'label and pods agree', mesh()),
];

function foreign(): WebhookConfigFact {
  const meta = build.meta('cert-manager-webhook', '', { app: 'webhook' });
  return webhookConfigFact('ValidatingWebhookConfiguration', meta, [
    build.webhookFact('webhook.cert-manager.io', 'gone', { failurePolicy: 'Ignore', hasCaBundle: false, caHash: '' }),
  ]);
}

// A failed run of istioctl leaves the un-revisioned injector and tag default both active.
const istiod = build.istiodBackend('default');
const debris = (deactivated: boolean): Facts =>
  build.cluster(
    [istiod],
    [injector({ revision: 'default', deactivated }), injector({ revision: 'default', tag: 'default' })],
  );

const coverage: readonly CheckCase[] = [
  fires('ML-W004', 'injector and tag default are both active', debris(false), [
    ['blocks', 'MutatingWebhookConfiguration istio-revision-tag-default'],
    ['blocks', 'MutatingWebhookConfiguration istio-sidecar-injector'],
  ]),
  silent('ML-W004', 'one of them is switched off', debris(true)),
  silent('ML-W004', 'two revisions side by side', mesh(injector({ revision: '1-30-3', tag: 'prod' }))),
  fires('ML-W008', 'only the revision itself is validated', mesh(validator('1-30-3', { objectSelector: labelled })), [
    ['warns', defaultValidator],
  ]),
  fires('ML-W008', 'no validator at all', mesh(), [['warns', defaultValidator]]),
  silent('ML-W008', 'objects without the label are', mesh(validator('1-30-3', { objectSelector: unlabelled }))),
  silent('ML-W008', 'no control plane runs', build.cluster([], [])),
  fires(
    'ML-W009',
    'the tag was moved by a template, the validator was not',
    mesh(injector({ revision: '1-30-3', tag: 'default' }), validator('1-29-6')),
    [['warns', defaultValidator]],
  ),
  silent('ML-W009', 'both were', mesh(injector({ revision: '1-30-3', tag: 'default' }), validator('1-30-3'))),
  silent('ML-W009', 'the validator alone says what is default', mesh(validator('1-29-6'))),
  fires(
    'ML-W010',
    'the validator and a tag are on the old revision',
    planes(injector({ revision: '1-29-6', tag: 'prod' }), validator('1-29-6')),
    [
      ['informs', defaultValidator],
      ['informs', 'MutatingWebhookConfiguration istio-revision-tag-prod'],
    ],
    { to: '1.30.3' },
  ),
  silent('ML-W010', 'both were moved', planes(injector({ revision: '1-30-3', tag: 'prod' }), validator('1-30-3')), {
    to: '1.30.3',
  }),
  silent('ML-W010', 'in place nothing is left behind', planes(validator('1-29-6')), {
    ...{ to: '1.30.3', strategy: 'in-place' },
  }),
];

// The same two revisions with versions: the old one is where the upgrade starts.
function planes(...configs: WebhookConfigFact[]): Facts {
  const facts = mesh(...configs);
  const image = (revision: string): string => `istio/pilot:${revision.replaceAll('-', '.')}`;
  const deployments = facts.deployments.items.map((one) => ({
    ...one,
    template: { ...one.template, images: { discovery: image(one.istiodRevision) } },
  }));
  return { ...facts, deployments: build.read(deployments) };
}

const ignoring = (webhook: Partial<WebhookFact>): Facts =>
  build.cluster([fresh], [injector({ revision: '1-30-3', webhook })]);

const policies: readonly CheckCase[] = [
  fires('ML-W005', 'Ignore', mesh(validator('1-30-3', { failurePolicy: 'Ignore' })), [['warns', defaultValidator]]),
  silent('ML-W005', 'Fail', mesh(validator('1-30-3'))),
  silent('ML-W005', 'Ignore of a foreign webhook', mesh(foreign())),
  fires('ML-W006', 'Ignore', ignoring({ failurePolicy: 'Ignore' }), [['warns', injectorOfNew]]),
  silent('ML-W006', 'Fail', mesh()),
  silent(
    'ML-W006',
    'Ignore, but switched off',
    build.cluster([fresh], [injector({ revision: '1-30-3', deactivated: true, webhook: { failurePolicy: 'Ignore' } })]),
  ),
  fires('ML-W007', 'no bundle', ignoring({ hasCaBundle: false, caHash: '' }), [['blocks', injectorOfNew]]),
  fires('ML-W007', 'no bundle, and Ignore', ignoring({ hasCaBundle: false, caHash: '', failurePolicy: 'Ignore' }), [
    ['warns', injectorOfNew],
  ]),
  fires(
    'ML-W007',
    'injector and validator of one Service trust different roots',
    mesh(validator('1-30-3', { caHash: 'decaf' })),
    [['blocks', 'Service istio-system/istiod-1-30-3']],
  ),
  silent('ML-W007', 'the same root', mesh(validator('1-30-3'))),
  silent('ML-W007', 'roots that the snapshot left out', mesh(validator('1-30-3', { caHash: '' }))),
];

/** Cases of this family's checks. */
export const webhooksCases: readonly CheckCase[] = [...targets, ...coverage, ...policies];
