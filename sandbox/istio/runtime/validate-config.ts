import type { KubeObject } from '../../../src/kube/api.ts';
import { at, numberAt, objectsAt, type JsonObject } from '../../store/json.ts';

type Rule = (spec: unknown) => readonly string[];

const isEmpty = (spec: unknown, field: string): boolean => {
  const list = at(spec, field);
  return !Array.isArray(list) || list.length === 0;
};

function routeErrors(route: JsonObject): string[] {
  const weights = objectsAt(route, 'route').map((destination) => numberAt(destination, 'weight') ?? 0);
  const negative = weights.filter((weight) => weight < 0).map((weight) => `weight ${weight} < 0`);
  const leads = ['route', 'redirect', 'directResponse', 'delegate'].some((field) => route[field] !== undefined);
  return leads ? negative : ['HTTP route, redirect or direct_response is required'];
}

const virtualService: Rule = (spec) => {
  const routes = objectsAt(spec, 'http');
  return [
    // Without hosts it is a delegate, which another one includes.
    ...(isEmpty(spec, 'hosts') && !isEmpty(spec, 'gateways')
      ? ['delegate virtual service must have no gateways specified']
      : []),
    ...(['http', 'tcp', 'tls'].every((field) => isEmpty(spec, field))
      ? ['http, tcp or tls must be provided in virtual service']
      : []),
    ...routes.flatMap(routeErrors),
  ];
};

function serverErrors(server: JsonObject): string[] {
  const port = numberAt(server, 'port', 'number') ?? 0;
  return [
    ...(port >= 1 && port <= 65535 ? [] : [`port number ${port} must be in the range 1..65535`]),
    ...(isEmpty(server, 'hosts') ? ['server config must contain at least one host'] : []),
  ];
}

const gateway: Rule = (spec) => [
  ...(isEmpty(spec, 'servers') ? ['gateway must have at least one server'] : []),
  ...objectsAt(spec, 'servers').flatMap(serverErrors),
];

const destinationRule: Rule = (spec) =>
  typeof at(spec, 'host') === 'string' ? [] : ['invalid host: domain name "" invalid (must not be empty)'];

const rules: Readonly<Record<string, Rule>> = {
  'networking.istio.io/VirtualService': virtualService,
  'networking.istio.io/Gateway': gateway,
  'networking.istio.io/DestinationRule': destinationRule,
};

/**
 * Why istiod's validation refuses an Istio object, as it words it; undefined when it takes it. Knows the plain mistakes
 * only (pkg/config/validation): what it does not know it takes.
 */
export function configRefusal(object: KubeObject): string | undefined {
  const group = (object.apiVersion ?? '').split('/')[0] ?? '';
  const errors = rules[`${group}/${object.kind ?? ''}`]?.(object['spec']) ?? [];
  if (errors.length === 0) return undefined;
  const text = errors.length === 1 ? errors[0] : `${errors.length} errors occurred:\n\t* ${errors.join('\n\t* ')}`;
  return `configuration is invalid: ${text}`;
}
