import * as build from '../mesh-facts.ts';
import { configMapFact, deliveryFact, gatewayFact } from '../fact-defaults.ts';
import { builtInKnowledge } from '../../src/knowledge/knowledge.ts';
import type { BehaviourChange } from '../../src/knowledge/changes/model.ts';
import type { Facts, Labels } from '../../src/mesh/facts.ts';
import { fires, silent, unseen, type CheckCase } from './case.ts';
import { istiod, mesh, on, step, system } from './values-mesh.ts';

const flags: readonly CheckCase[] = [
  fires(
    'ML-V001',
    'a flag that 1.26 does not have',
    istiod('1.25.5', { ENABLE_AUTO_SNI: 'false' }),
    [['warns', on('1.25.5')]],
    step('1.26.8'),
  ),
  silent(
    'ML-V001',
    'ML-V008 says what becomes of metrics',
    istiod('1.27.9', { METRIC_ROTATION_INTERVAL: '10m' }),
    step('1.28.10'),
  ),
  silent('ML-V001', 'it was set to its default', istiod('1.25.5', { ENABLE_AUTO_SNI: 'true' }), step('1.26.8')),
  silent('ML-V001', 'the target still has it', istiod('1.24.6', { ENABLE_AUTO_SNI: 'false' }), step('1.25.5')),
  unseen('ML-V001', 'no table of that minor', istiod('1.30.3', { PILOT_ENABLE_AMBIENT: 'true' }), {
    ...step('1.31.1'),
    knowledge: { ...builtInKnowledge, flags: { ...builtInKnowledge.flags, minors: ['1.30'] } },
  }),
  fires('ML-V002', 'two defaults of 1.27', istiod('1.26.8', {}), [['informs', on('1.26.8')]], step('1.27.9')),
  silent(
    'ML-V002',
    'both are set',
    istiod('1.26.8', { ENABLE_NATIVE_SIDECARS: 'false', ENABLE_PROXY_FIND_POD_BY_IP: 'true' }),
    step('1.27.9'),
  ),
  silent('ML-V002', '1.30 changes none', istiod('1.29.6', {}), step('1.30.3')),
];

const added = (severity: BehaviourChange['severity']): typeof builtInKnowledge => ({
  ...builtInKnowledge,
  changes: [
    {
      ...{ id: 'added-by-file', since: ['1.30.0'], until: null, title: 'Something', effect: 'It changes.', severity },
      ...{
        affected: 'all',
        detect: { kind: 'env', name: 'SOMETHING', on: 'istiod' },
        remedy: 'Look at it.',
        revert: null,
      },
      ...{ source: 'a file', date: '2026-09-01' },
    },
  ],
});
const set = istiod('1.29.6', { SOMETHING: 'true' });

const rest: readonly CheckCase[] = [
  fires('ML-V011', 'a file knows of a change', set, [['warns', on('1.29.6')]], {
    ...step('1.30.3'),
    knowledge: added('high'),
  }),
  fires('ML-V011', 'of a small one', set, [['informs', on('1.29.6')]], { ...step('1.30.3'), knowledge: added('low') }),
  silent('ML-V011', 'this mesh does not meet it', mesh('1.29.6'), { ...step('1.30.3'), knowledge: added('high') }),
  fires(
    'ML-V012',
    'scrapers and dashboards',
    mesh('1.28.6'),
    [
      ['informs', on('1.28.6')],
      ['informs', on('1.28.6')],
    ],
    step('1.29.5'),
  ),
  silent('ML-V012', 'nothing that is not seen', mesh('1.29.6'), step('1.30.3')),
];

const given = (version: string, values: Labels): Facts =>
  mesh(version, {
    configMaps: build.read(
      configMapFact(build.meta(system, `istio-sidecar-injector-${build.revisionOf(version)}`), { values }),
    ),
  });
const onInjector = 'ConfigMap istio-system/istio-sidecar-injector-1-29-6';
const tagged = (version: string, tag: boolean): Facts =>
  build.cluster(
    [build.plane(version)],
    [build.injector(version), ...(tag ? [build.injector(version, 'default')] : [])],
    {
      gateways: build.read(gatewayFact(build.meta('ingress', 'public'))),
    },
  );
const applied = (serverSideApply: boolean): Facts =>
  mesh('1.28.6', {
    deliveries: build.read(deliveryFact('Application', build.meta('argocd', 'istio'), { serverSideApply })),
  });
const proxied = (image: string): Facts =>
  mesh('1.30.3', {
    deployments: build.read(
      build.workload('Deployment', 'shop', 'gw', { template: build.template({ images: { 'istio-proxy': image } }) }),
    ),
  });
const charts = (url: string): Facts =>
  mesh('1.30.3', {
    deliveries: build.read(deliveryFact('Application', build.meta('argocd', 'istio'), { urls: [url] })),
  });

const charted: readonly CheckCase[] = [
  fires(
    'ML-V013',
    'compatibility with a release that is too old',
    given('1.29.6', { compatibilityVersion: '1.24' }),
    [['blocks', onInjector]],
    step('1.30.3'),
  ),
  silent('ML-V013', 'the oldest that 1.30 accepts', given('1.29.6', { compatibilityVersion: '1.25' }), step('1.30.3')),
  fires(
    'ML-V013',
    'the profile openshift',
    given('1.29.6', { profile: 'openshift-ambient' }),
    [['blocks', onInjector]],
    step('1.30.3'),
  ),
  fires(
    'ML-V013',
    'certificates of Kubernetes',
    given('1.29.6', { 'global.pilotCertProvider': 'kubernetes' }),
    [['blocks', onInjector]],
    step('1.30.3'),
  ),
  silent('ML-V013', 'the profile ambient', given('1.29.6', { profile: 'ambient' }), step('1.30.3')),
  unseen(
    'ML-V013',
    'what 1.23 accepts is not known',
    given('1.22.8', { compatibilityVersion: '1.21' }),
    step('1.23.6'),
  ),
  fires(
    'ML-V014',
    'a default tag, and a release that ignores it',
    tagged('1.26.8', true),
    [['blocks', on('1.26.8')]],
    step('1.27.0'),
  ),
  silent('ML-V014', 'no default tag', tagged('1.26.8', false), step('1.27.0')),
  silent('ML-V014', 'the patch with the fix', tagged('1.26.8', true), step('1.27.9')),
  fires(
    'ML-V014',
    'charts that conflict under server-side apply',
    applied(true),
    [['warns', on('1.28.6')]],
    step('1.29.1'),
  ),
  silent('ML-V014', 'nobody applies like that', applied(false), step('1.29.1')),
  fires('ML-V015', 'an image of a retired registry', proxied('gcr.io/istio-release/proxyv2:1.30.3'), [
    ['warns', 'Deployment shop/gw'],
  ]),
  silent('ML-V015', 'an image of a mirror of it', proxied('mirror.example/gcr.io/istio-release/proxyv2:1.30.3')),
  fires('ML-V015', 'charts of a retired repository', charts('https://istio-release.storage.googleapis.com/charts'), [
    ['warns', 'Application argocd/istio'],
  ]),
  silent('ML-V015', 'charts of the new one', charts('https://blob.istio.io/istio-release/charts')),
  fires(
    'ML-V015',
    'the default hub moves',
    istiod('1.29.6', {}, {}, 'docker.io/istio/pilot:1.29.6'),
    [['informs', on('1.29.6')]],
    step('1.30.3'),
  ),
  silent('ML-V015', 'a hub of their own', istiod('1.29.6', {}, {}, 'hub.example/istio/pilot:1.29.6'), step('1.30.3')),
  fires('ML-V016', 'proxies come from elsewhere', given('1.29.6', { 'global.hub': 'docker.io/istio' }), [
    ['warns', on('1.29.6')],
  ]),
  silent('ML-V016', 'they come from the same place', given('1.29.6', { 'global.hub': 'istio' })),
];

/** Cases of flags, values, versions, and what files of knowledge add. */
export const settingsCases: readonly CheckCase[] = [...flags, ...rest, ...charted];
