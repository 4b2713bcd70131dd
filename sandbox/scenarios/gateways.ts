import type { KubeObject } from '../../src/kube/api.ts';
import type { Scenario } from './types.ts';

const publicGateway: KubeObject = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'Gateway',
  // Without istio.io/rev it belongs to tag default, and changes hands when that tag moves.
  metadata: { name: 'public', namespace: 'ingress' },
  spec: { gatewayClassName: 'istio', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] },
};

const publicRoute: KubeObject = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'web', namespace: 'ingress' },
  spec: {
    parentRefs: [{ name: 'public' }],
    rules: [{ backendRefs: [{ name: 'web', namespace: 'shop', port: 8080 }] }],
  },
};

const waypoint: KubeObject = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'Gateway',
  metadata: { name: 'waypoint', namespace: 'shop', labels: { 'istio.io/rev': 'stable' } },
  spec: { gatewayClassName: 'istio-waypoint', listeners: [{ name: 'mesh', port: 15008, protocol: 'HBONE' }] },
};

/** Pods of the gateway under pressure; its Service also selects the revision, so a new one gets no traffic. */
const pods = { app: 'istio-ingress', istio: 'ingress', 'istio.io/rev': '1-28-6' };

/** A gateway that may lose one pod and gain none, and whose budget allows no eviction at all. */
const pressed: readonly KubeObject[] = [
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'istio-ingress', namespace: 'ingress', labels: { app: 'istio-ingress', istio: 'ingress' } },
    spec: {
      replicas: 4,
      strategy: { rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
      selector: { matchLabels: { app: 'istio-ingress', istio: 'ingress' } },
      template: {
        metadata: { labels: pods, annotations: { 'inject.istio.io/templates': 'gateway' } },
        spec: { terminationGracePeriodSeconds: 30, containers: [{ name: 'istio-proxy', image: 'auto' }] },
      },
    },
  },
  {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'istio-ingress', namespace: 'ingress' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'istio-ingress' },
      minReplicas: 1,
      maxReplicas: 4,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
      ],
    },
  },
  {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'istio-ingress', namespace: 'ingress' },
    spec: { minAvailable: 4, selector: { matchLabels: { app: 'istio-ingress' } } },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'istio-ingress', namespace: 'ingress', labels: { app: 'istio-ingress' } },
    spec: {
      type: 'LoadBalancer',
      externalTrafficPolicy: 'Local',
      loadBalancerIP: '10.0.0.9',
      ports: [{ name: 'https', port: 443, targetPort: 8443, nodePort: 31443 }],
      selector: { istio: 'ingress', 'istio.io/rev': '1-28-6' },
    },
  },
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'shop', namespace: 'ingress' },
    spec: {
      selector: { istio: 'ingress' },
      servers: [{ port: { number: 443, name: 'tcp', protocol: 'TCP' }, hosts: ['*'] }],
    },
  },
];

/** Gateways of every form: Gateway API without a revision label, a waypoint on a tag, and a classic one under pressure. */
export const gateways: Scenario = {
  name: 'gateways',
  description: 'Gateway API and classic gateways on Istio 1.28.6: unlabelled, on a tag, and one that may lose no pod',
  nodes: 2,
  gatewayApi: 'v1.4.1',
  steps: [
    {
      do: 'install',
      install: [
        { chart: 'base', version: '1.28.6', defaultRevision: '1-28-6' },
        { chart: 'istiod', version: '1.28.6', revision: '1-28-6', ambient: true, tags: ['default', 'stable'] },
        { chart: 'cni', version: '1.28.6', revision: '1-28-6', ambient: true },
        { chart: 'ztunnel', version: '1.28.6', revision: '1-28-6' },
      ],
    },
    { do: 'settle' },
    {
      do: 'deploy',
      namespaces: [
        { name: 'ingress' },
        {
          name: 'shop',
          labels: { 'istio.io/dataplane-mode': 'ambient', 'istio.io/use-waypoint': 'waypoint' },
          workloads: [{ name: 'web', replicas: 2 }],
        },
      ],
    },
    { do: 'create', objects: [publicGateway, publicRoute, waypoint, ...pressed] },
    { do: 'settle' },
  ],
};
