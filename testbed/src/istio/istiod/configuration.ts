import type { KubeObject } from '../../../../src/kube/api.ts';
import { numberAt, objectAt, objectsAt, textAt, type JsonObject } from '../../../../sandbox/store/json.ts';
import { endpointsOf, type Network } from './endpoints.ts';
import {
  endpointCluster,
  httpFilter,
  listener,
  loadAssignment,
  originalDestination,
  route,
  tcpFilter,
  type RouteOptions,
} from './envoy.ts';

/** What a proxy is given: Envoy's clusters and listeners, and endpoints by the name of the file that its agent puts them into. */
export interface Configuration {
  readonly endpoints: Readonly<Record<string, JsonObject>>;
  readonly clusters: readonly JsonObject[];
  readonly listeners: readonly JsonObject[];
}

/** A port of the proxy's pod, as ISTIO_META_POD_PORTS tells it. */
export interface PodPort {
  readonly name?: string;
  readonly containerPort: number;
}

const anything = { prefix: '/' };
const allTo = (cluster: string, direction: RouteOptions['direction']): JsonObject => ({
  name: 'all',
  domains: ['*'],
  routes: [route(anything, cluster, { direction })],
});

/** Protocol by the port's name, as Istio reads it; a name that says nothing counts as HTTP here. */
const isTcp = ({ name = '' }: PodPort): boolean => /^(tcp|tls|https|mongo|mysql|redis)(-|$)/.test(name);

function inboundChain(port: PodPort): JsonObject {
  const name = `inbound|${port.containerPort}||`;
  const filter = isTcp(port) ? tcpFilter(name, name) : httpFilter(name, [allTo(name, 'inbound')]);
  return { filter_chain_match: { destination_port: port.containerPort }, filters: [filter] };
}

/** Of a sidecar: everything goes where it was going, in by port, out as HTTP where it is HTTP. */
export function sidecarConfiguration(podPorts: readonly PodPort[]): Configuration {
  const ports = podPorts.filter(({ name }) => name !== 'http-envoy-prom');
  const [inbound, outbound] = ['InboundPassthroughCluster', 'PassthroughCluster'];
  const http = { application_protocols: ['http/1.0', 'http/1.1', 'h2c'] };
  return {
    endpoints: {},
    clusters: [
      ...ports.map(({ containerPort }) => originalDestination(`inbound|${containerPort}||`)),
      originalDestination(inbound),
      originalDestination(outbound),
    ],
    listeners: [
      listener({
        name: 'virtualInbound',
        port: 15006,
        direction: 'INBOUND',
        filters: ['originalDst'],
        chains: ports.map(inboundChain),
        fallback: { filters: [tcpFilter(inbound, inbound)] },
      }),
      listener({
        name: 'virtualOutbound',
        port: 15001,
        direction: 'OUTBOUND',
        filters: ['originalDst', 'httpInspector'],
        chains: [{ filter_chain_match: http, filters: [httpFilter(outbound, [allTo(outbound, 'outbound')])] }],
        fallback: { filters: [tcpFilter(outbound, outbound)] },
      }),
    ],
  };
}

interface Destination {
  readonly cluster: string;
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
}

/** 'reviews' in namespace 'a' is reviews.a.svc.cluster.local; what has dots stays. */
function destinationOf(http: JsonObject, namespace: string): Destination | undefined {
  const destination = objectAt(objectsAt(http, 'route')[0], 'destination');
  const name = textAt(destination, 'host');
  if (name === undefined) return undefined;
  const [service = '', where = namespace] = name.split('.');
  const port = numberAt(destination, 'port', 'number') ?? 80;
  return { cluster: `outbound|${port}||${service}.${where}.svc.cluster.local`, namespace: where, service, port };
}

function routesOf(
  service: KubeObject,
): { readonly destination: Destination; readonly routes: readonly JsonObject[] }[] {
  return objectsAt(service, 'spec', 'http').flatMap((http) => {
    const destination = destinationOf(http, service.metadata.namespace ?? '');
    if (destination === undefined) return [];
    const prefixes = objectsAt(http, 'match').map((match) => textAt(match, 'uri', 'prefix') ?? '/');
    const rewrite = textAt(http, 'rewrite', 'uri');
    const options = { direction: 'outbound' as const, ...(rewrite === undefined ? {} : { rewrite }) };
    const routes = (prefixes.length === 0 ? ['/'] : prefixes).map((prefix) =>
      route({ prefix }, destination.cluster, options),
    );
    return [{ destination, routes }];
  });
}

const namesGateway = (service: KubeObject, gateway: KubeObject): boolean => {
  const { namespace = '', name } = gateway.metadata;
  const wanted = textAt(service, 'spec', 'gateways', '0') ?? '';
  const all = (service['spec'] as { gateways?: readonly string[] } | undefined)?.gateways ?? [wanted];
  return all.includes(`${namespace}/${name}`) || (service.metadata.namespace === namespace && all.includes(name));
};

const fileOf = ({ namespace, service, port }: Destination): string => `${namespace}.${service}.${port}.json`;

/** Of a gateway whose pods have these labels: the ports and routes of the Gateways that select them. */
export function gatewayConfiguration(
  labels: Readonly<Record<string, string>>,
  gateways: readonly KubeObject[],
  virtualServices: readonly KubeObject[],
  network: Network,
): Configuration {
  const selects = (gateway: KubeObject): boolean =>
    Object.entries(objectAt(gateway, 'spec', 'selector') ?? {}).every(([key, value]) => labels[key] === value);
  const own = gateways.filter(selects);
  const found = virtualServices.filter((one) => own.some((gateway) => namesGateway(one, gateway))).flatMap(routesOf);
  const ports = new Set(
    own.flatMap((gateway) =>
      objectsAt(gateway, 'spec', 'servers').map((server) => numberAt(server, 'port', 'number') ?? 80),
    ),
  );
  const destinations = [...new Map(found.map(({ destination: one }) => [one.cluster, one])).values()];
  const hosts = [{ name: 'all', domains: ['*'], routes: found.flatMap(({ routes }) => routes) }];
  return {
    endpoints: Object.fromEntries(
      destinations.map((one) => [fileOf(one), loadAssignment(one.cluster, endpointsOf(network, one))]),
    ),
    clusters: destinations.map((one) => endpointCluster(one.cluster, fileOf(one))),
    listeners: [...ports].map((port) =>
      listener({
        name: `0.0.0.0_${port}`,
        port,
        direction: 'OUTBOUND',
        filters: [],
        chains: [{ filters: [httpFilter(`http.${port}`, hosts)] }],
      }),
    ),
  };
}
