import type { KubeObject } from '../../src/kube/api.ts';
import type { LiveAddress } from '../live/live-mode.ts';
import { gatewayRoutes, type GatewayRoute } from '../live/view/gateways.ts';
import { keyOfPort, servicesView, type ServicePort } from '../live/view/services.ts';
import { numberAt, objectsAt, textAt, type JsonObject } from '../store/json.ts';
import { resources } from '../store/resources.ts';
import type { Store } from '../store/store.ts';
import { isGateway, takesPod } from './takes.ts';

/** What can be spoken to a Service; the names are those of `meshlift probe`. */
export type LiveProtocol = 'http1' | 'h2' | 'grpc' | 'tcp' | 'ws';

/** Where a Service is reached. */
export interface ServiceUrl {
  readonly protocol: LiveProtocol;
  /** For `meshlift probe`. */
  readonly url: string;
  /** Name that has to be asked for, where a gateway has no route for every name. */
  readonly host?: string;
}

/** A Service whose pods are real servers. */
export interface ServiceUrls {
  readonly namespace: string;
  readonly name: string;
  /** In the order of its ports. */
  readonly urls: readonly ServiceUrl[];
}

const all: readonly LiveProtocol[] = ['http1', 'h2', 'grpc', 'tcp', 'ws'];

/** By appProtocol, or the port's name up to its first '-' (Istio, "Protocol Selection"). TLS is not served. */
const declared: Readonly<Record<string, readonly LiveProtocol[]>> = {
  http: ['http1', 'ws'],
  http2: ['h2'],
  grpc: ['grpc'],
  tcp: ['tcp'],
  mongo: ['tcp'],
  mysql: ['tcp'],
  redis: ['tcp'],
  https: [],
  tls: [],
  udp: [],
  'kubernetes.io/h2c': ['h2'],
  'kubernetes.io/ws': ['http1', 'ws'],
  'kubernetes.io/wss': [],
};

/** A gateway's listener for HTTP takes both versions, whichever its port is named after. */
const atGateway: Readonly<Record<string, readonly LiveProtocol[]>> = {
  http: ['http1', 'h2', 'ws'],
  http2: ['http1', 'h2', 'ws'],
};

const schemes: Readonly<Record<LiveProtocol, (at: string, path: string) => string>> = {
  http1: (at, path) => `http://${at}${path}`,
  h2: (at, path) => `h2c://${at}${path}`,
  ws: (at, path) => `ws://${at}${path}`,
  grpc: (at) => `grpc://${at}`,
  tcp: (at) => `tcp://${at}`,
};

/**
 * The Services that lead to live pods now, by namespace and name, each opened on loopback. Left out: headless ones, ports
 * that want TLS, gateways without a route.
 * @param open as `LiveMode.serviceAddress`
 */
export async function liveServices(
  store: Store,
  open: (port: ServicePort) => Promise<LiveAddress>,
): Promise<readonly ServiceUrls[]> {
  const view = servicesView(store);
  const pods = new Map([...store.all(resources.pods)].map((pod) => [pod.metadata.uid ?? '', pod]));
  const found: ServiceUrls[] = [];
  for (const service of store.all(resources.services)) {
    const { name, namespace = '' } = service.metadata;
    const urls: ServiceUrl[] = [];
    for (const port of textAt(service, 'spec', 'clusterIP') === 'None' ? [] : objectsAt(service, 'spec', 'ports')) {
      const to = { namespace, name, port: numberAt(port, 'port') ?? 0 };
      const { ready = [], serving = [] } = view.get(keyOfPort(to)) ?? {};
      const pod = [...ready, ...serving].map(({ uid }) => pods.get(uid)).find((one) => one && takesPod(one));
      const ways = pod ? waysTo(store, pod, port) : [];
      if (ways.length > 0) urls.push(...urlsOf(await open(to), ways));
    }
    if (urls.length > 0) found.push({ namespace, name, urls });
  }
  return found.sort((a, b) => compare(a.namespace, b.namespace) || compare(a.name, b.name));
}

interface Way {
  readonly protocol: LiveProtocol;
  readonly path: string;
  readonly host?: string;
}

function waysTo(store: Store, pod: KubeObject, port: JsonObject): readonly Way[] {
  if ((port['protocol'] ?? 'TCP') !== 'TCP') return [];
  const name = textAt(port, 'appProtocol') ?? textAt(port, 'name')?.split('-')[0] ?? '';
  if (!isGateway(pod)) return (declared[name] ?? all).map((protocol) => ({ protocol, path: '/' }));
  const routes = gatewayRoutes(store, pod.metadata.labels ?? {});
  const route = routes.find(({ hosts }) => hosts.includes('*')) ?? routes[0];
  return route ? (atGateway[name] ?? []).map((protocol) => ({ protocol, ...asked(route) })) : [];
}

function asked({ hosts: [host = '*'], prefix }: GatewayRoute): Omit<Way, 'protocol'> {
  return { path: prefix, ...(host !== '*' && { host: host.replace(/^\*/, 'any') }) };
}

function urlsOf({ host, port }: LiveAddress, ways: readonly Way[]): readonly ServiceUrl[] {
  return ways.map(({ protocol, path, host: name }) => ({
    protocol,
    url: schemes[protocol](`${host}:${port}`, path),
    ...(name !== undefined && { host: name }),
  }));
}

const compare = (a: string, b: string) => (a < b ? -1 : Number(a > b));
