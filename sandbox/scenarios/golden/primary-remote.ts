import type { KubeObject } from '../../../src/kube/api.ts';
import type { Scenario } from '../types.ts';

const system = 'istio-system';

/** The Secret with which the control plane reads cluster b. */
const remoteSecret: KubeObject = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    name: 'istio-remote-secret-b',
    namespace: system,
    labels: { 'istio/multiCluster': 'true' },
    annotations: { 'networking.istio.io/cluster': 'b' },
  },
  type: 'Opaque',
};

/** The way into network net-a from others. */
const eastWest: readonly KubeObject[] = [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'istio-eastwestgateway',
      namespace: system,
      labels: { app: 'istio-eastwestgateway', istio: 'eastwestgateway', 'topology.istio.io/network': 'net-a' },
    },
    spec: {
      type: 'LoadBalancer',
      selector: { istio: 'eastwestgateway' },
      ports: [
        { name: 'tls-istiod', port: 15012, targetPort: 15012 },
        { name: 'tls-webhook', port: 15017, targetPort: 15017 },
        { name: 'tls', port: 15443, targetPort: 15443 },
      ],
    },
  },
];

/** What exposes istiod to other clusters: by the name of one revision. */
const exposed: readonly KubeObject[] = [
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'istiod-gateway', namespace: system },
    spec: {
      selector: { istio: 'eastwestgateway' },
      servers: [
        { port: { number: 15012, name: 'tls-istiod', protocol: 'TLS' }, tls: { mode: 'PASSTHROUGH' }, hosts: ['*'] },
        { port: { number: 15017, name: 'tls-webhook', protocol: 'TLS' }, tls: { mode: 'PASSTHROUGH' }, hosts: ['*'] },
      ],
    },
  },
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'istiod-vs', namespace: system },
    spec: {
      hosts: ['*'],
      gateways: ['istiod-gateway'],
      tls: [
        {
          match: [{ port: 15012, sniHosts: ['*'] }],
          route: [{ destination: { host: 'istiod-1-29-6.istio-system.svc.cluster.local', port: { number: 15012 } } }],
        },
      ],
    },
  },
];

/** Cluster a of two: its control plane serves both. */
export const primary: Scenario = {
  name: 'primary',
  description: 'Primary of two clusters: Istio 1.29.6 by revision, exposed to the other one at an east-west gateway',
  nodes: 2,
  steps: [
    {
      do: 'install',
      install: [
        { chart: 'base', version: '1.29.6', defaultRevision: '1-29-6' },
        { chart: 'istiod', version: '1.29.6', revision: '1-29-6' },
      ],
    },
    { do: 'settle' },
    {
      do: 'deploy',
      namespaces: [
        {
          name: system,
          workloads: [
            {
              ...{ name: 'istio-eastwestgateway', gateway: true, replicas: 2 },
              labels: { istio: 'eastwestgateway', 'istio.io/rev': '1-29-6', 'sidecar.istio.io/inject': 'true' },
            },
          ],
        },
        { name: 'shop', labels: { 'istio.io/rev': '1-29-6' }, workloads: [{ name: 'web', replicas: 2 }] },
      ],
    },
    { do: 'create', objects: [remoteSecret, ...eastWest, ...exposed] },
    { do: 'settle' },
  ],
};

/** The Service by which cluster b knows a revision of a control plane that runs in cluster a. */
function remoteIstiod(revision: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: `istiod-${revision}`,
      namespace: system,
      labels: { app: 'istiod', istio: 'istiod', 'istio.io/rev': revision },
    },
    spec: {
      ports: [
        { name: 'tls-istiod', port: 15012 },
        { name: 'tls-webhook', port: 443, targetPort: 15017 },
      ],
    },
  };
}

/** Where that Service leads: the address of cluster a's east-west gateway, written by hand. */
function endpoints(revision: string): KubeObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `istiod-${revision}-a`,
      namespace: system,
      labels: { 'kubernetes.io/service-name': `istiod-${revision}` },
    },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['198.18.1.1'], conditions: { ready: true } }],
    ports: [
      { name: 'tls-istiod', port: 15012 },
      { name: 'tls-webhook', port: 15017 },
    ],
  };
}

/** Cluster b: it has the Service and the injector of a control plane, and no control plane. */
export const remote: Scenario = {
  name: 'remote',
  description: 'Remote of two clusters: webhook and Service of revision 1-29-6, whose istiod runs in the other one',
  nodes: 1,
  steps: [
    { do: 'install', install: [{ chart: 'base', version: '1.29.6', defaultRevision: '' }] },
    { do: 'create', objects: [remoteIstiod('1-29-6'), endpoints('1-29-6')] },
    {
      do: 'create',
      objects: [
        {
          apiVersion: 'admissionregistration.k8s.io/v1',
          kind: 'MutatingWebhookConfiguration',
          metadata: {
            name: 'istio-sidecar-injector-1-29-6',
            labels: { app: 'sidecar-injector', 'istio.io/rev': '1-29-6' },
          },
          webhooks: [
            {
              name: 'rev.namespace.sidecar-injector.istio.io',
              admissionReviewVersions: ['v1'],
              sideEffects: 'None',
              failurePolicy: 'Fail',
              clientConfig: {
                caBundle: 'Y2E=',
                service: { name: 'istiod-1-29-6', namespace: system, path: '/inject/cluster/b/net/net-b', port: 443 },
              },
              namespaceSelector: { matchLabels: { 'istio.io/rev': '1-29-6' } },
              rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
            },
          ],
        },
      ],
    },
    { do: 'settle' },
  ],
};
