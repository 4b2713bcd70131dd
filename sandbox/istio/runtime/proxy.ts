import type { KubeObject } from '../../../src/kube/api.ts';
import { textAt, type JsonObject } from '../../store/json.ts';
import type { ServicePort } from './network.ts';
import { containerNamed, envOf, imageParts } from './pod-state.ts';

/** Name of the container of every proxy. */
export const proxyContainer = 'istio-proxy';

/** Kinds of proxy as istiod calls them. */
export type ProxyType = 'sidecar' | 'router' | 'waypoint' | 'ztunnel';

/** What a proxy is, by the specification of its pod. */
export interface ProxyFacts {
  readonly type: ProxyType;
  /** Version of its image: what it tells istiod. */
  readonly version: string;
  /** Service of istiod that it connects to. */
  readonly service: ServicePort;
}

const types: readonly string[] = ['sidecar', 'router', 'waypoint', 'ztunnel'] satisfies ProxyType[];
const isType = (value: unknown): value is ProxyType => typeof value === 'string' && types.includes(value);

function configured(container: JsonObject): string | undefined {
  const text = envOf(container, 'PROXY_CONFIG');
  if (text === undefined) return undefined;
  try {
    return textAt(JSON.parse(text), 'discoveryAddress');
  } catch {
    return undefined;
  }
}

/** discoveryAddress wins over the addresses in the environment; without any the agent's default holds. */
function addressOf(container: JsonObject): string {
  const told = ['XDS_ADDRESS', 'CA_ADDR', 'CA_ADDRESS'].map((name) => envOf(container, name));
  return configured(container) ?? told.find((one) => one !== undefined) ?? 'istiod.istio-system.svc:15012';
}

function serviceAt(address: string): ServicePort {
  const [host = '', port = '15012'] = address.replace(/^https?:\/\//, '').split(':');
  const [name = '', namespace = ''] = host.split('.');
  return { name, namespace, port: Number(port) };
}

/** The proxy in a pod; undefined for a pod without one. */
export function proxyFacts(pod: KubeObject): ProxyFacts | undefined {
  const container = containerNamed(pod, proxyContainer);
  const args = container?.['args'];
  if (container === undefined || !Array.isArray(args) || args[0] !== 'proxy' || !isType(args[1])) return undefined;
  return {
    type: args[1],
    version: imageParts(textAt(container, 'image') ?? '').version,
    service: serviceAt(addressOf(container)),
  };
}

/** Types of resources that a proxy subscribes to. */
export function subscriptions(type: ProxyType): readonly string[] {
  if (type === 'ztunnel') return ['istio.security.Authorization', 'istio.workload.Address'];
  return [
    'envoy.config.cluster.v3.Cluster',
    'envoy.config.endpoint.v3.ClusterLoadAssignment',
    'envoy.config.listener.v3.Listener',
    'envoy.config.route.v3.RouteConfiguration',
  ];
}
