/** Istio's and the Gateway API's configuration of traffic. */
import type { KubeObject } from '../kube/api.ts';
import type {
  DestinationRuleFact,
  DestinationTlsFact,
  GatewayPolicyFact,
  NetworkPolicyFact,
  RouteFact,
  ServiceEntryFact,
  VirtualServiceFact,
} from '../mesh/facts.ts';
import { count, isRecord, list, record, records, text, texts, type Json } from './json.ts';
import { attached, targetRef } from './project-istio.ts';
import { meta, selector, spec, type Projection } from './project-meta.ts';
import { keptSpec } from './redact-istio.ts';

/** A VirtualService. */
export function virtualService(object: KubeObject, projection: Projection): VirtualServiceFact {
  const wanted = spec(object);
  const http = records(wanted['http']);
  const routes = [...http, ...records(wanted['tcp']), ...records(wanted['tls'])].flatMap((one) =>
    records(one['route']),
  );
  const destinations = routes.map((route) => text(record(route['destination'])['host'])).filter((host) => host !== '');
  return {
    meta: meta(object, projection),
    hosts: texts(wanted['hosts']),
    gateways: texts(wanted['gateways']),
    exportTo: texts(wanted['exportTo']),
    mirrors: http.some((one) => isRecord(one['mirror']) || records(one['mirrors']).length > 0),
    destinations: [...new Set(destinations)],
    spec: keptSpec(projection.kind, object),
  };
}

/** A DestinationRule. */
export function destinationRule(object: KubeObject, projection: Projection): DestinationRuleFact {
  const wanted = spec(object);
  const policy = record(wanted['trafficPolicy']);
  const subsets = records(wanted['subsets']);
  const { outlierDetection: outlier, retryBudget: budget } = policy;
  return {
    ...attached(object, projection),
    host: text(wanted['host']),
    exportTo: texts(wanted['exportTo']),
    subsets: subsets.map((subset) => text(subset['name'])),
    tls: [
      ...tlsOf('trafficPolicy', policy),
      ...subsets.flatMap((subset) => tlsOf(`subset ${text(subset['name'])}`, record(subset['trafficPolicy']))),
    ],
    outlier: isRecord(outlier) ? { minHealthPercent: numberOrNull(outlier['minHealthPercent']) } : null,
    retryBudget: isRecord(budget) ? { percent: numberOrNull(budget['percent']) } : null,
  };
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

function tlsOf(at: string, policy: Json): DestinationTlsFact[] {
  const ports = records(policy['portLevelSettings']).map(
    (one) => [`${at} port ${text(record(one['port'])['number'])}`, one['tls']] as const,
  );
  return [[at, policy['tls']] as const, ...ports].flatMap(([place, tls]) =>
    isRecord(tls) ? [tlsFact(place, tls)] : [],
  );
}

function tlsFact(at: string, tls: Json): DestinationTlsFact {
  const skip = tls['insecureSkipVerify'];
  return {
    at,
    mode: text(tls['mode']) || 'DISABLE',
    hasCa: text(tls['caCertificates']) !== '' || text(tls['credentialName']) !== '',
    hasSni: text(tls['sni']) !== '',
    insecureSkipVerify: typeof skip === 'boolean' ? skip : null,
  };
}

/** A ServiceEntry. */
export function serviceEntry(object: KubeObject, projection: Projection): ServiceEntryFact {
  const wanted = spec(object);
  return {
    ...attached(object, projection),
    hosts: texts(wanted['hosts']),
    exportTo: texts(wanted['exportTo']),
    resolution: text(wanted['resolution']),
    location: text(wanted['location']),
    addresses: list(wanted['addresses']).length,
    movesPort: records(wanted['ports']).some(
      (port) => count(port['targetPort']) !== 0 && port['targetPort'] !== port['number'],
    ),
  };
}

/** A route of the Gateway API. */
export function route(object: KubeObject, projection: Projection): RouteFact {
  const wanted = spec(object);
  return {
    kind: projection.kind,
    meta: meta(object, projection),
    hosts: texts(wanted['hostnames']),
    parents: records(wanted['parentRefs']).map((parent) => ({
      ...targetRef(parent),
      // Gateway API: kind Gateway in its own group is the default of a parentRef.
      group: parent['group'] === undefined ? 'gateway.networking.k8s.io' : text(parent['group']),
      kind: text(parent['kind']) || 'Gateway',
      namespace: text(parent['namespace']),
      section: text(parent['sectionName']),
      hasGroup: parent['group'] !== undefined,
    })),
    spec: keptSpec(projection.kind, object),
  };
}

/** A policy of the Gateway API of which only the existence matters. */
export function gatewayPolicy(object: KubeObject, projection: Projection): GatewayPolicyFact {
  return { kind: projection.kind, meta: meta(object, projection) };
}

/** A NetworkPolicy. */
export function networkPolicy(object: KubeObject, projection: Projection): NetworkPolicyFact {
  const wanted = spec(object);
  const rules = records(wanted['ingress']);
  const types = texts(wanted['policyTypes']);
  return {
    meta: meta(object, projection),
    selector: selector(wanted['podSelector']),
    // networking.k8s.io/v1: Ingress always, Egress when there are egress rules.
    types:
      types.length > 0
        ? types
        : ['Ingress', ...(isRecord(wanted['egress']) || list(wanted['egress']).length > 0 ? ['Egress'] : [])],
    ingressPorts: rules.flatMap((rule) => records(rule['ports'])).map((port) => text(port['port'])),
    anyIngressPort: rules.some((rule) => records(rule['ports']).length === 0),
  };
}
