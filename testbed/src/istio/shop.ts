import type { KubeObject } from '../../../src/kube/api.ts';
import { images } from '../images.ts';

/** Namespace of the ingress gateway. */
export const gatewayNamespace = 'istio-ingress';

const namespace = 'shop';

/** A workload of the shop. */
interface Workload {
  readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  readonly name: string;
  readonly replicas?: number;
  /** How long it serves on after SIGTERM; '' ends it at once. */
  readonly linger: string;
}

/** Which workloads there are. */
export interface ShopOptions {
  readonly workloads: readonly Workload[];
  /** Only mutual TLS is let in. Default: false. */
  readonly isStrict?: boolean;
}

/** One workload of each kind, all of which leave as they should. */
export const graceful: readonly Workload[] = [
  { kind: 'Deployment', name: 'web', replicas: 2, linger: '5s' },
  { kind: 'StatefulSet', name: 'store', replicas: 2, linger: '5s' },
  { kind: 'DaemonSet', name: 'agent', linger: '5s' },
];

function container(linger: string): object {
  return {
    name: 'app',
    image: images.app,
    imagePullPolicy: 'Never',
    args: linger === '' ? [] : ['-linger', linger],
    ports: [{ name: 'http', containerPort: 8080 }],
    readinessProbe: { httpGet: { path: '/readyz', port: 8080 }, periodSeconds: 1 },
    resources: { requests: { cpu: '5m', memory: '16Mi' } },
  };
}

function workload({ kind, name, replicas, linger }: Workload): KubeObject[] {
  const labels = { app: name };
  const template = {
    metadata: { labels },
    spec: { terminationGracePeriodSeconds: 20, containers: [container(linger)] },
  };
  const spec = {
    ...(replicas === undefined ? {} : { replicas }),
    ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
    // On one node it has one pod: without a surge nobody would serve while that is replaced.
    ...(kind === 'DaemonSet' ? { updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } } : {}),
    selector: { matchLabels: labels },
    template,
  };
  const ports = [{ name: 'http', port: 80, targetPort: 8080 }];
  return [
    { apiVersion: 'apps/v1', kind, metadata: { name, namespace }, spec },
    { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec: { selector: labels, ports } },
  ];
}

function routing(names: readonly string[]): KubeObject[] {
  const servers = [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }];
  const http = names.map((host) => ({
    match: [{ uri: { prefix: `/${host}/` } }],
    rewrite: { uri: '/' },
    route: [{ destination: { host, port: { number: 80 } } }],
  }));
  const apiVersion = 'networking.istio.io/v1';
  const metadata = { name: 'shop', namespace };
  return [
    { apiVersion, kind: 'Gateway', metadata, spec: { selector: { istio: 'ingressgateway' }, servers } },
    { apiVersion, kind: 'VirtualService', metadata, spec: { hosts: ['*'], gateways: ['shop'], http } },
  ];
}

const strict: KubeObject = {
  apiVersion: 'security.istio.io/v1',
  kind: 'PeerAuthentication',
  metadata: { name: 'default', namespace },
  spec: { mtls: { mode: 'STRICT' } },
};

/** Namespaces with the tag, workloads with their Services, and the routes to them: /NAME/ leads to workload NAME. */
export function shopObjects({ workloads, isStrict = false }: ShopOptions, tag: string): KubeObject[] {
  const labelled = (name: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'istio.io/rev': tag } },
  });
  return [
    labelled(namespace),
    labelled(gatewayNamespace),
    ...(isStrict ? [strict] : []),
    ...workloads.flatMap(workload),
    ...routing(workloads.map(({ name }) => name)),
  ];
}
