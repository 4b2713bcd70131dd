import type { KubeObject } from '../../src/kube/api.ts';
import type { Scenario, Step, WorkloadSpec } from './types.ts';

const image = (name: string, version: string) => `docker.io/istio/examples-bookinfo-${name}-${version}:1.20.3`;

/** One version of a service of Istio's sample application Bookinfo. `ends`: what SIGTERM does to it. */
function book(app: keyof typeof speaks, version: string, ends: Ends): WorkloadSpec {
  const { portName, behaviour } = speaks[app];
  const own = { name: `${app}-${version}`, app, labels: { version }, image: image(app, version), port: 9080 };
  return { ...own, portName, behaviour: { ...behaviour, ...ends } };
}

type Ends = Pick<NonNullable<WorkloadSpec['behaviour']>, 'serveMs'>;

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
  steps: steps({}, []),
};

/** A drain of one second, longer than any request here. */
const shortDrain: Step = {
  do: 'patch',
  object: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'istio-ingress', name: 'istio-ingressgateway' },
  patch: {
    spec: { template: { metadata: { annotations: { 'proxy.istio.io/config': 'terminationDrainDuration: 1s' } } } },
  },
};

/**
 * `bookinfo` for those who have little time: what a pod that serves nobody any more needs to end is cut short. Applications
 * serve for half a second after SIGTERM instead of two, which is still longer than Services and proxies take to learn that a
 * pod ends; the gateway drains for one second instead of five; sidecars and addresses of pods that have ended go sooner.
 */
export const quickBookinfo: Scenario = {
  name: 'bookinfo-quick',
  description: 'bookinfo with pods that end sooner',
  nodes: 2,
  liveTiming: { sidecarLingerMs: 200, teardownMs: 200 },
  steps: steps({ serveMs: 500 }, [shortDrain]),
};

/** @param more what is changed before any pod of the applications runs */
function steps(ends: Ends, more: readonly Step[]): readonly Step[] {
  return [
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
            book('productpage', 'v1', ends),
            book('details', 'v1', ends),
            book('reviews', 'v1', ends),
            book('reviews', 'v2', ends),
            book('reviews', 'v3', ends),
            book('ratings', 'v1', ends),
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
    ...more,
    { do: 'create', objects: way },
    { do: 'settle' },
  ];
}
