import type { KubeObject } from '../../../src/kube/api.ts';
import type { ObjectName, Scenario, Step } from '../types.ts';
import { definition } from './objects.ts';

const group = 'gateway.networking.k8s.io';

const bundle = (version: string): Readonly<Record<string, string>> => ({
  [`${group}/bundle-version`]: version,
  [`${group}/channel`]: 'experimental',
});

/** TLSRoutes as the experimental channel of Gateway API 1.4.1 has them. */
const tlsRoutes = definition(
  group,
  ['tlsroutes', 'TLSRoute'],
  [
    { name: 'v1alpha2', served: true, storage: true },
    { name: 'v1alpha3', served: true, storage: false },
  ],
  bundle('v1.4.1'),
);

const passthrough: readonly KubeObject[] = [
  {
    apiVersion: `${group}/v1`,
    kind: 'Gateway',
    metadata: { name: 'edge', namespace: 'ingress', labels: { 'istio.io/rev': '1-29-6' } },
    spec: {
      gatewayClassName: 'istio',
      listeners: [{ name: 'tls', port: 443, protocol: 'TLS', tls: { mode: 'Passthrough' } }],
    },
  },
  {
    apiVersion: `${group}/v1alpha2`,
    kind: 'TLSRoute',
    metadata: { name: 'bank', namespace: 'ingress' },
    spec: {
      parentRefs: [{ name: 'edge' }],
      hostnames: ['bank.example.com'],
      rules: [{ backendRefs: [{ name: 'bank', namespace: 'bank', port: 8443 }] }],
    },
  },
  {
    apiVersion: `${group}/v1beta1`,
    kind: 'ReferenceGrant',
    metadata: { name: 'from-ingress', namespace: 'bank' },
    spec: { from: [{ group, kind: 'TLSRoute', namespace: 'ingress' }], to: [{ group: '', kind: 'Service' }] },
  },
];

/** Name of a CRD of the Gateway API. */
export function crdOf(plural: string): ObjectName {
  return { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name: `${plural}.${group}` };
}

/** Somebody brings the CRD of TLSRoute to bundle 1.5, which serves v1 and no alpha version. */
export const bundle15: Step = {
  do: 'patch',
  object: crdOf('tlsroutes'),
  patch: { metadata: { annotations: bundle('v1.5.0') } },
};

/** TLS passthrough by alpha kinds of the Gateway API, which 1.29 reads up to bundle 1.4.1 and 1.30 from 1.5 on. */
export const routeSkew: Scenario = {
  name: 'route-skew',
  description: 'Istio 1.29.6 with TLS passthrough by TLSRoute of the experimental Gateway API 1.4.1, and a grant',
  nodes: 2,
  gatewayApi: 'v1.4.1',
  steps: [
    {
      do: 'install',
      install: [
        { chart: 'base', version: '1.29.6', defaultRevision: '1-29-6' },
        {
          ...{ chart: 'istiod', version: '1.29.6', revision: '1-29-6' },
          env: { PILOT_ENABLE_ALPHA_GATEWAY_API: 'true' },
        },
      ],
    },
    { do: 'settle' },
    {
      do: 'deploy',
      namespaces: [
        { name: 'ingress' },
        { name: 'bank', workloads: [{ name: 'bank', replicas: 2, port: 8443, portName: 'tcp' }] },
      ],
    },
    { do: 'create', objects: [tlsRoutes, ...passthrough] },
    { do: 'settle' },
  ],
};

const policy: KubeObject = {
  apiVersion: `${group}/v1alpha3`,
  kind: 'BackendTLSPolicy',
  metadata: { name: 'bank', namespace: 'bank' },
  spec: {
    targetRefs: [{ group: '', kind: 'Service', name: 'bank' }],
    validation: { hostname: 'bank.example.com', wellKnownCACertificates: 'System' },
  },
};

/** A policy of a version that 1.28 drops. */
export const policySkew: Scenario = {
  name: 'policy-skew',
  description: 'Istio 1.27.9 with a BackendTLSPolicy of v1alpha3, Gateway API 1.3.0',
  nodes: 1,
  gatewayApi: 'v1.3.0',
  steps: [
    {
      do: 'install',
      install: [
        { chart: 'base', version: '1.27.9', defaultRevision: '1-27-9' },
        {
          ...{ chart: 'istiod', version: '1.27.9', revision: '1-27-9' },
          env: { PILOT_ENABLE_ALPHA_GATEWAY_API: 'true' },
        },
      ],
    },
    { do: 'settle' },
    {
      do: 'create',
      objects: [
        definition(
          group,
          ['backendtlspolicies', 'BackendTLSPolicy'],
          [{ name: 'v1alpha3', served: true, storage: true }],
          bundle('v1.3.0'),
        ),
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'bank' } },
        policy,
      ],
    },
    { do: 'settle' },
  ],
};
