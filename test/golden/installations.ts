/** G6, G9, G10 and G12: who holds what, raw Envoy configuration, ambient under GitOps, and two clusters. */
import { envoyFilters } from '../../sandbox/scenarios/golden/envoy-filters.ts';
import { adopted, applied, foreignCrds } from '../../sandbox/scenarios/golden/foreign-crds.ts';
import {
  cniSettings,
  gitopsAmbient,
  gitopsAmbientOld,
  suspended,
  syncWaves,
} from '../../sandbox/scenarios/golden/gitops-ambient.ts';
import { primary, remote } from '../../sandbox/scenarios/golden/primary-remote.ts';
import { cases, inPlace, patched, removed, to, type GoldenCase } from './case.ts';

const crd = 'CustomResourceDefinition';

const g6 = cases(
  'G6',
  { scenario: foreignCrds, target: to('1.24.6') },
  [
    'Helm release ends deployed: CRDs that belong to nobody',
    `blocks ML-X002 ${crd} authorizationpolicies.security.istio.io`,
    [...applied, ...others()].map(adopted),
  ],
  [
    'no CRD deleted: one of another release',
    `blocks ML-X003 ${crd} wasmplugins.extensions.istio.io`,
    [adopted('wasmplugins.extensions.istio.io')],
  ],
  [
    'Helm release ends deployed: fields of istioctl on what Helm holds',
    `warns ML-O005 ${crd} gateways.networking.istio.io`,
    patched(crd, 'gateways.networking.istio.io', { metadata: { managedFields: [{}] } }),
  ],
  [
    'the running old istiod keeps API access at all times',
    'blocks ML-O006 Deployment istio-system/istiod',
    patched('Deployment', 'istio-system/istiod', {
      spec: { template: { spec: { serviceAccountName: 'istiod' } } },
    }),
  ],
);

function others(): readonly string[] {
  const networking = ['gateways', 'sidecars', 'workloadentries', 'workloadgroups', 'envoyfilters', 'proxyconfigs'];
  return [
    ...networking.map((name) => `${name}.networking.istio.io`),
    ...['authorizationpolicies', 'peerauthentications', 'requestauthentications'].map(
      (name) => `${name}.security.istio.io`,
    ),
    ...['telemetries.telemetry.istio.io', 'wasmplugins.extensions.istio.io'],
  ];
}

const gone = (name: string): GoldenCase['twin'] => removed(['EnvoyFilter', `istio-system/${name}`]);

const g9 = cases(
  'G9',
  { scenario: envoyFilters, target: to('1.30.3') },
  ['(a) classified: no typed_config', 'warns ML-E002 EnvoyFilter istio-system/proxy-protocol', gone('proxy-protocol')],
  [
    '(b) classified: matches by an old name',
    'warns ML-E003 EnvoyFilter istio-system/lua-by-old-name',
    gone('lua-by-old-name'),
  ],
  [
    '(c) classified: needs a scoped copy',
    'warns ML-E001 EnvoyFilter istio-system/lua-by-version',
    patched('EnvoyFilter', 'istio-system/lua-by-version', [
      { op: 'replace', path: '/spec/configPatches/0/match/proxy/proxyVersion', value: '^1\\.30\\..*' },
    ]),
  ],
  [
    '(d) classified: stats of 1.13',
    'warns ML-E007 EnvoyFilter istio-system/stats-filter-1.13',
    gone('stats-filter-1.13'),
  ],
  [
    '(e) a Wasm module whose tag moves',
    'warns ML-E008 WasmPlugin istio-system/auth',
    patched('WasmPlugin', 'istio-system/auth', {
      spec: { url: `oci://registry.example/private/auth@sha256:${'0'.repeat(64)}` },
    }),
  ],
);

const ztunnel = 'DaemonSet istio-system/ztunnel';

const g10: readonly GoldenCase[] = [
  ...cases(
    'G10',
    { scenario: gitopsAmbient, target: inPlace('1.29.8') },
    ['suspends or serialises GitOps: istio-cni', 'warns ML-A024 Application argocd/istio-cni', syncWaves],
    ['suspends or serialises GitOps: ztunnel', 'warns ML-A024 Application argocd/mesh-l4', suspended],
    ['suspends GitOps: it reverts what the upgrade writes', 'warns ML-O002 Application argocd/istiod', suspended],
    ['long connections that will reset are announced', `warns ML-A003 ${ztunnel}`, inPlace('1.28.6')],
    [
      'DNS and egress stay: rules of running pods are renewed',
      `warns ML-A016 ${ztunnel}`,
      [cniSettings({ AMBIENT_RECONCILE_POD_RULES_ON_STARTUP: 'true' })],
    ],
    [
      'a single-replica waypoint',
      'warns ML-G011 Gateway shop/waypoint',
      patched('Deployment', 'shop/waypoint', { spec: { replicas: 2 } }),
    ],
  ),
  ...cases('G10', { scenario: gitopsAmbient, target: to('1.30.3') }, [
    'order base, istiod, cni, ztunnel: one minor at a time',
    `warns ML-A002 ${ztunnel}`,
    inPlace('1.29.8'),
  ]),
  ...cases(
    'G10',
    {
      ...{ scenario: gitopsAmbient, target: to('1.30.3') },
      more: [cniSettings({ EXCLUDE_NAMESPACES: 'kube-system,bank' })],
    },
    [
      'EXCLUDED_NAMESPACES holds no ambient namespace',
      'blocks ML-A011 Namespace bank',
      [cniSettings({ EXCLUDE_NAMESPACES: 'kube-system' })],
    ],
  ),
  ...cases('G10', { scenario: gitopsAmbientOld, target: inPlace('1.25.5') }, [
    'the release is not called ztunnel',
    `blocks ML-A014 ${ztunnel}`,
    patched('Application', 'argocd/mesh-l4', { spec: { source: { helm: { releaseName: 'ztunnel' } } } }),
  ]),
];

const g12: readonly GoldenCase[] = [
  ...cases(
    'G12',
    { scenario: primary, target: to('1.30.3') },
    [
      'only one cluster is changing at a time: the other one is not seen',
      'informs ML-M001 Secret istio-system/istio-remote-secret-b',
      removed(['Secret', 'istio-system/istio-remote-secret-b']),
    ],
    [
      'new name exposed on the e-w gateway before B’s webhook changes',
      'warns ML-M005 Gateway istio-system/istiod-gateway',
      inPlace('1.30.3'),
    ],
  ),
  ...cases(
    'G12',
    {
      ...{ scenario: primary, target: to('1.30.3') },
      more: [
        ...patched('Deployment', 'istio-system/istio-eastwestgateway', { spec: { replicas: 0 } }),
        { do: 'settle' },
      ],
    },
    [
      'cross-cluster traffic zero loss: the e-w gateway has no pod',
      'blocks ML-M007 Service istio-system/istio-eastwestgateway',
      patched('Deployment', 'istio-system/istio-eastwestgateway', { spec: { replicas: 2 } }),
    ],
  ),
  ...cases('G12', { scenario: remote, target: to('1.30.3') }, [
    'dry-run Pod in B injected at every step: B’s istiod runs elsewhere',
    'warns ML-M004 Service istio-system/istiod-1-29-6',
    removed(['Service', 'istio-system/istiod-1-29-6']),
  ]),
];

/** All of them. */
export const installationCases: readonly GoldenCase[] = [...g6, ...g9, ...g10, ...g12];
