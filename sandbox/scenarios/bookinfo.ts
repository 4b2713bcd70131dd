import type { KubeObject } from '../../src/kube/api.ts';
import type { Scenario, WorkloadSpec } from './types.ts';

const image = (name: string, version: string) => `docker.io/istio/examples-bookinfo-${name}-${version}:1.20.3`;

/** One version of a service of Istio's sample application Bookinfo. */
function book(app: string, version: string, spoken: Pick<WorkloadSpec, 'portName' | 'behaviour'>): WorkloadSpec {
  return { name: `${app}-${version}`, app, labels: { version }, image: image(app, version), port: 9080, ...spoken };
}

/** What its services speak: not all the same, as in a real mesh. */
const speaks = {
  productpage: { portName: 'http', behaviour: { answerMs: 20 } },
  details: { portName: 'http2', behaviour: { answerMs: 5 } },
  reviews: { portName: 'grpc', behaviour: { answerMs: 10 } },
  ratings: { portName: 'tcp', behaviour: { answerMs: 2 } },
} as const;

/** The way in: every name and path goes to productpage. */
const way: readonly KubeObject[] = [
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'bookinfo-gateway', namespace: 'bookinfo' },
    spec: {
      selector: { istio: 'ingressgateway' },
      servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }],
    },
  },
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'bookinfo', namespace: 'bookinfo' },
    spec: {
      hosts: ['*'],
      gateways: ['bookinfo-gateway'],
      http: [{ route: [{ destination: { host: 'productpage', port: { number: 9080 } } }] }],
    },
  },
];

/**
 * The sample application under one control plane with a revision, reached by a tag, with an ingress gateway. Live, its
 * Services speak HTTP/1.1, WebSocket, HTTP/2, gRPC and TCP.
 */
export const bookinfo: Scenario = {
  name: 'bookinfo',
  description: 'Bookinfo on Istio 1.29.6 installed by revision, with tag prod and an ingress gateway',
  nodes: 2,
  steps: [
    {
      do: 'install',
      install: [
        { chart: 'base', version: '1.29.6', defaultRevision: '1-29-6' },
        { chart: 'istiod', version: '1.29.6', revision: '1-29-6' },
        { istioctl: 'tag', version: '1.29.6', tag: 'prod', revision: '1-29-6' },
      ],
    },
    { do: 'settle' },
    {
      do: 'deploy',
      namespaces: [
        { name: 'istio-ingress', labels: { 'istio.io/rev': 'prod' } },
        {
          name: 'bookinfo',
          labels: { 'istio.io/rev': 'prod' },
          workloads: [
            book('productpage', 'v1', speaks.productpage),
            book('details', 'v1', speaks.details),
            book('reviews', 'v1', speaks.reviews),
            book('reviews', 'v2', speaks.reviews),
            book('reviews', 'v3', speaks.reviews),
            book('ratings', 'v1', speaks.ratings),
          ],
        },
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
