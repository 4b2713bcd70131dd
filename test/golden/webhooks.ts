/** G1, G5 and G11: webhooks, who writes them, and what half-finished upgrades leave. */
import { debris } from '../../sandbox/scenarios/debris.ts';
import { applyConflict } from '../../sandbox/scenarios/golden/apply-conflict.ts';
import {
  pointValidator,
  validatorAhead,
  validatorBehind,
  validatorDangling,
} from '../../sandbox/scenarios/golden/validator.ts';
import { cases, patched, removed, to, type GoldenCase } from './case.ts';

const validator = 'ValidatingWebhookConfiguration istiod-default-validator';
const injector = 'MutatingWebhookConfiguration';

/** A validator that points to what is about to go, or is gone. */
const g1: readonly GoldenCase[] = [
  ...cases('G1', { scenario: validatorAhead, target: to('1.30.3') }, [
    'refuses (a) until it repoints: the validator is not at the default revision',
    `warns ML-W009 ${validator}`,
    [pointValidator('1-29-6')],
  ]),
  ...cases(
    'G1',
    { scenario: validatorBehind, target: to('1.30.3') },
    [
      'refuses (b) until it repoints: the validator is not at the default revision',
      `warns ML-W009 ${validator}`,
      [pointValidator('1-30-3')],
    ],
    [
      'refuses (b) until it repoints: the validator calls what is to be removed',
      `informs ML-W010 ${validator}`,
      [pointValidator('1-30-3')],
    ],
  ),
  ...cases('G1', { scenario: validatorDangling, target: to('1.30.3') }, [
    'in (c) it repairs: the Service is gone',
    `blocks ML-W001 ${validator}`,
    [pointValidator('1-29-6')],
  ]),
  ...cases(
    'G1',
    {
      ...{ scenario: validatorAhead, target: to('1.30.3') },
      more: removed(['ValidatingWebhookConfiguration', 'istiod-default-validator']),
    },
    [
      'an invalid one is rejected at every moment: nobody validates',
      `warns ML-W008 ${validator}`,
      [{ do: 'install', install: [{ chart: 'base', version: '1.30.3', defaultRevision: '1-29-6' }] }],
    ],
  ),
];

/** Several writers of one webhook. */
const g5 = cases(
  'G5',
  { scenario: applyConflict, target: to('1.28.5') },
  ['conflict predicted; the fixed chart has none', `blocks ML-O003 ${validator}`, to('1.28.6')],
  [
    'no second writer flips it: the provider writes selectors',
    `warns ML-O004 ${injector} istio-sidecar-injector`,
    patched(injector, 'istio-sidecar-injector', {
      metadata: { annotations: { 'admissions.enforcer/disabled': 'true' } },
    }),
  ],
  [
    'the same with an Application selfHeal: true',
    'warns ML-O002 Application argocd/istio-base',
    patched('Application', 'argocd/istio-base', { spec: { syncPolicy: { automated: null } } }),
  ],
  [
    'caBundle non-empty, failurePolicy still Fail: Argo CD puts both back',
    'warns ML-O009 Application argocd/istio-base',
    patched('Application', 'argocd/istio-base', {
      spec: {
        ignoreDifferences: [
          {
            group: 'admissionregistration.k8s.io',
            kind: 'ValidatingWebhookConfiguration',
            jqPathExpressions: ['.webhooks[]?.failurePolicy'],
          },
        ],
      },
    }),
  ],
);

const noTagDefault = removed([injector, 'istio-revision-tag-default']);

/** What is left of two upgrades. */
const g11 = cases(
  'G11',
  { scenario: debris, target: to('1.30.3') },
  [
    'never 2 matching injectors: the injector and tag default overlap',
    `blocks ML-W004 ${injector} istio-revision-tag-default`,
    noTagDefault,
  ],
  [
    'never 2 matching injectors: the other one of the two',
    `blocks ML-W004 ${injector} istio-sidecar-injector`,
    noTagDefault,
  ],
  [
    'the real revision set: a tag into the void',
    `blocks ML-R001 ${injector} istio-revision-tag-prod`,
    removed([injector, 'istio-revision-tag-prod']),
  ],
  [
    'the real revision set: a tag of which only the Service is left',
    'warns ML-R002 Service istio-system/istiod-revision-tag-old',
    removed(['Service', 'istio-system/istiod-revision-tag-old']),
  ],
  [
    'the real revision set: installed-state without an istiod',
    'informs ML-R006 IstioOperator istio-system/installed-state-1-27-2',
    removed(['IstioOperator', 'istio-system/installed-state-1-27-2']),
  ],
  [
    'the real revision set: an autoscaler without an istiod',
    'informs ML-R006 HorizontalPodAutoscaler istio-system/istiod-1-27-2',
    removed(['HorizontalPodAutoscaler', 'istio-system/istiod-1-27-2']),
  ],
  [
    'EnvoyFilters of the revision that is gone',
    'warns ML-R007 Namespace istio-system',
    removed(
      ['EnvoyFilter', 'istio-system/stats-filter-1-27-2'],
      ['EnvoyFilter', 'istio-system/tcp-stats-filter-1-27-2'],
    ),
  ],
  [
    'a release in pending-upgrade',
    'blocks ML-O012 HelmRelease istio-system/istiod-1-28',
    removed(['Secret', 'istio-system/sh.helm.release.v1.istiod-1-28.v2']),
  ],
  [
    'proxies whose control plane was removed',
    'blocks ML-D010 Deployment orders/api',
    removed(['Deployment', 'orders/api']),
  ],
  [
    'activate the winner: the validator is not at the default revision',
    `warns ML-W009 ${validator}`,
    [pointValidator('1-29-6')],
  ],
);

/** All of them. */
export const webhookCases: readonly GoldenCase[] = [...g1, ...g5, ...g11];
