import type { KubeObject } from '../../src/kube/api.ts';
import type { Install, Scenario, WorkloadSpec } from './types.ts';

const plane: readonly Install[] = [
  { chart: 'base', version: '1.29.6', defaultRevision: '1-29-6' },
  { chart: 'istiod', version: '1.29.6', revision: '1-29-6' },
  { istioctl: 'tag', version: '1.29.6', tag: 'prod', revision: '1-29-6' },
];
const injected = { 'istio.io/rev': 'prod' };
/** A rollout that never takes a ready pod away before its successor is ready. */
const strategy = { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } };
const rudely = { answerMs: 100, onTerm: 'exit' } as const;

/** Applications that die at SIGTERM with whatever is under way: a restart loses requests, however careful it is. */
export const rude: Scenario = {
  name: 'rude',
  description: 'Applications that die at SIGTERM, one beside a polite one, on Istio 1.29.6 with tag prod',
  nodes: 2,
  steps: [
    { do: 'install', install: plane },
    { do: 'settle' },
    {
      do: 'deploy',
      namespaces: [
        {
          name: 'shop',
          labels: injected,
          workloads: [
            { name: 'rude', replicas: 3, strategy, behaviour: rudely },
            { name: 'rude-socket', replicas: 2, strategy, portName: 'tcp', behaviour: rudely },
            { name: 'polite', replicas: 3, strategy, behaviour: { answerMs: 100 } },
          ],
        },
      ],
    },
    { do: 'settle' },
  ],
};

const reports: WorkloadSpec = {
  name: 'reports',
  replicas: 2,
  strategy,
  behaviour: { answerMs: 8000, serveMs: 10_000 },
};

const way: readonly KubeObject[] = [
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'reports', namespace: 'shop' },
    spec: {
      selector: { istio: 'ingressgateway' },
      servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['reports.example.com'] }],
    },
  },
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'reports', namespace: 'shop' },
    spec: {
      hosts: ['reports.example.com'],
      gateways: ['reports'],
      http: [{ route: [{ destination: { host: 'reports', port: { number: 8080 } } }] }],
    },
  },
];

/** Requests that take longer than a gateway's drain of 5 s: what is under way when it restarts is cut. */
export const slowRequests: Scenario = {
  name: 'slow-requests',
  description: 'Requests of 8 s through an ingress gateway that drains for 5 s, on Istio 1.29.6 with tag prod',
  nodes: 2,
  steps: [
    { do: 'install', install: plane },
    { do: 'settle' },
    {
      do: 'deploy',
      namespaces: [
        { name: 'istio-ingress', labels: injected },
        { name: 'shop', labels: injected, workloads: [reports] },
      ],
    },
    {
      do: 'install',
      install: [
        {
          chart: 'gateway',
          version: '1.29.6',
          name: 'istio-ingressgateway',
          namespace: 'istio-ingress',
          revision: '',
        },
      ],
    },
    { do: 'create', objects: way },
    { do: 'settle' },
  ],
};
