import type { KubeObject } from '../../../src/kube/api.ts';
import { numberAt, objectAt, objectsAt, textAt, type JsonObject } from '../../store/json.ts';
import type { Store } from '../../store/store.ts';
import type { ServicePort } from './services.ts';

/** A route of a gateway's proxy. */
export interface GatewayRoute {
  /** '*', '*.example.com' or a name. */
  readonly hosts: readonly string[];
  /** Path prefix; '/' matches all. */
  readonly prefix: string;
  readonly to: ServicePort;
}

const gateways = { group: 'networking.istio.io', plural: 'gateways' };
const virtualServices = { group: 'networking.istio.io', plural: 'virtualservices' };

/**
 * The routes that a pod gets: of the VirtualServices of every Gateway object whose selector matches the pod's labels,
 * in all namespaces (istiod's default, PILOT_SCOPE_GATEWAY_TO_NAMESPACE=false). Of a route only its first destination
 * and its path by prefix or exact text are looked at. The longest prefix comes first.
 */
export function gatewayRoutes(store: Store, labels: Readonly<Record<string, string>>): readonly GatewayRoute[] {
  const names = new Set<string>();
  for (const gateway of store.all(gateways)) {
    const selector = Object.entries(objectAt(gateway, 'spec', 'selector') ?? {});
    const { namespace = '', name } = gateway.metadata;
    if (selector.every(([key, value]) => labels[key] === value)) names.add(`${namespace}/${name}`);
  }
  const routes: GatewayRoute[] = [];
  for (const service of store.all(virtualServices)) {
    if (bound(service).some((name) => names.has(name))) routes.push(...routesOf(service));
  }
  return routes.sort((a, b) => b.prefix.length - a.prefix.length);
}

/** Gateways that a VirtualService names, as namespace/name. */
function bound(service: KubeObject): readonly string[] {
  const listed = objectAt(service, 'spec')?.['gateways'];
  if (!Array.isArray(listed)) return [];
  const namespace = service.metadata.namespace ?? '';
  return listed.map((name) => (String(name).includes('/') ? String(name) : `${namespace}/${String(name)}`));
}

function routesOf(service: KubeObject): readonly GatewayRoute[] {
  const listed = objectAt(service, 'spec')?.['hosts'];
  const hosts = Array.isArray(listed) ? listed.map(String) : [];
  return objectsAt(service, 'spec', 'http').flatMap((http) => {
    const to = destinationOf(service, objectsAt(http, 'route')[0]);
    const matches = objectsAt(http, 'match');
    const prefixes = matches.length === 0 ? ['/'] : matches.map((match) => prefixOf(match));
    return to ? prefixes.map((prefix) => ({ hosts, prefix, to })) : [];
  });
}

const prefixOf = (match: JsonObject) => textAt(match, 'uri', 'prefix') ?? textAt(match, 'uri', 'exact') ?? '/';

function destinationOf(service: KubeObject, route: JsonObject | undefined): ServicePort | undefined {
  const host = textAt(route, 'destination', 'host');
  if (host === undefined) return undefined;
  const [name = '', namespace = service.metadata.namespace ?? ''] = host.split('.');
  return { namespace, name, port: numberAt(route, 'destination', 'port', 'number') ?? 80 };
}

/** The first route for a request. @param host with or without port */
export function routeFor(routes: readonly GatewayRoute[], host: string, path: string): GatewayRoute | undefined {
  const name = host.replace(/:\d+$/, '');
  return routes.find(({ hosts, prefix }) => path.startsWith(prefix) && hosts.some((known) => matches(known, name)));
}

function matches(known: string, name: string): boolean {
  if (known === '*' || known === name) return true;
  return known.startsWith('*.') && name.endsWith(known.slice(1));
}
