/** The objects of a resource with the fields that matchers look at, made of the facts; and what the facts do not hold of them. */
import { resource } from '../../../knowledge/changes/matchers.ts';
import type { FieldMatcher } from '../../../knowledge/changes/model.ts';
import type {
  FactKind,
  Facts,
  GatewayFact,
  KeptSpec,
  MetaFact,
  ServiceFact,
  WorkloadFact,
} from '../../../mesh/facts.ts';
import type { FoundObject } from '../../check.ts';
import { object } from './exposure.ts';

/** An object as a matcher sees it. */
export interface Candidate {
  readonly object: FoundObject;
  readonly fields: unknown;
}

/** Objects of one resource. `list` is where they come from. */
export interface Candidates {
  readonly list: Exclude<FactKind, 'istiods'>;
  readonly all: readonly Candidate[];
}

type Source = (facts: Facts) => Candidates;

function candidate(kind: string, meta: MetaFact, spec: KeptSpec): Candidate {
  const { name, namespace, labels, annotations } = meta;
  return { object: object(kind, meta), fields: { metadata: { name, namespace, labels, annotations }, spec } };
}

type SpecList =
  'authorizationPolicies' | 'destinationRules' | 'envoyFilters' | 'serviceEntries' | 'telemetries' | 'virtualServices';

function ofSpec(list: SpecList, kind: string): Source {
  return (facts) => ({ list, all: facts[list].items.map(({ meta, spec }) => candidate(kind, meta, spec)) });
}

function ofRoutes(kind: string): Source {
  return ({ routes }) => ({
    list: 'routes',
    all: routes.items.filter((one) => one.kind === kind).map(({ meta, spec }) => candidate(kind, meta, spec)),
  });
}

function ofWorkloads(list: 'deployments' | 'statefulSets' | 'daemonSets'): Source {
  return (facts) => ({ list, all: facts[list].items.map(workload) });
}

// Of a pod only what matchers of the knowledge name: annotations, labels, images and the switches of Istio's own containers.
function workload({ kind, meta, selector, template }: WorkloadFact): Candidate {
  const env = Object.entries(template.env).map(([name, value]) => ({ name, value }));
  const containers = Object.entries(template.images).map(([name, image]) => ({ name, image, env }));
  const config = Object.keys(template.proxyConfig).length === 0 ? {} : { 'proxy.istio.io/config': 'SET' };
  return candidate(kind, meta, {
    selector: { matchLabels: selector },
    template: {
      metadata: { labels: template.labels, annotations: { ...template.annotations, ...config } },
      spec: { containers, serviceAccountName: template.fitness.serviceAccount },
    },
  });
}

function service({ meta, type, selector, externalName, ports }: ServiceFact): Candidate {
  return candidate('Service', meta, { type, selector, externalName, ports });
}

function gateway({ meta, className, listeners }: GatewayFact): Candidate {
  const kept = listeners.map(({ name, port, protocol, hostname, tlsMode }) => ({
    ...{ name, port, protocol, hostname },
    ...(tlsMode === '' ? {} : { tls: { mode: tlsMode } }),
  }));
  return candidate('Gateway', meta, { gatewayClassName: className, listeners: kept });
}

/** By resource. InferencePools of the alpha group are not here: meshlift does not read them. */
const sources: Readonly<Record<string, Source>> = {
  [resource.authorizationPolicies]: ofSpec('authorizationPolicies', 'AuthorizationPolicy'),
  [resource.destinationRules]: ofSpec('destinationRules', 'DestinationRule'),
  [resource.envoyFilters]: ofSpec('envoyFilters', 'EnvoyFilter'),
  [resource.serviceEntries]: ofSpec('serviceEntries', 'ServiceEntry'),
  [resource.telemetries]: ofSpec('telemetries', 'Telemetry'),
  [resource.virtualServices]: ofSpec('virtualServices', 'VirtualService'),
  [resource.httpRoutes]: ofRoutes('HTTPRoute'),
  [resource.tcpRoutes]: ofRoutes('TCPRoute'),
  [resource.tlsRoutes]: ofRoutes('TLSRoute'),
  [resource.backendTlsPolicies]: ({ gatewayPolicies: { items } }) => ({
    list: 'gatewayPolicies',
    all: items.filter(({ kind }) => kind === 'BackendTLSPolicy').map(({ kind, meta }) => candidate(kind, meta, {})),
  }),
  [resource.gateways]: ({ gateways }) => ({ list: 'gateways', all: gateways.items.map(gateway) }),
  [resource.istioOperators]: ({ installers: { items } }) => ({
    list: 'installers',
    all: items.filter(({ kind }) => kind === 'IstioOperator').map(({ kind, meta }) => candidate(kind, meta, {})),
  }),
  services: ({ services }) => ({ list: 'services', all: services.items.map(service) }),
  'deployments.apps': ofWorkloads('deployments'),
  'statefulsets.apps': ofWorkloads('statefulSets'),
  'daemonsets.apps': ofWorkloads('daemonSets'),
  'poddisruptionbudgets.policy': ({ budgets }) => ({
    list: 'budgets',
    all: budgets.items.map(({ meta, selector }) => candidate('PodDisruptionBudget', meta, { selector })),
  }),
};

/** Objects of a resource; null: no fact holds them. */
export function candidatesOf(facts: Facts, of: string): Candidates | null {
  return Object.hasOwn(sources, of) ? (sources[of]?.(facts) ?? null) : null;
}

// Paths of tests on fields that neither facts nor snapshots keep.
const unkept: ReadonlySet<string> = new Set([
  'retries',
  'spec.containers[].resources.limits.cpu',
  '[sidecar.istio.io/enableCoreDump]',
]);

/** The matcher without the tests that the facts can't answer; null when it has none of them. */
export function answerable(matcher: FieldMatcher): FieldMatcher | null {
  const tests = matcher.tests.filter(({ path }) => !unkept.has(path));
  return tests.length === matcher.tests.length ? null : { ...matcher, tests };
}

/**
 * Whether a matcher looks for texts that may have been left out: of EnvoyFilters only names and types of Envoy's own are kept
 * (docs/snapshot-format.md).
 */
export function looksAtDropped({ resource: of, tests }: FieldMatcher): boolean {
  return of === resource.envoyFilters && tests.some((test) => test.op === 'matches' && isFreeText(test));
}

function isFreeText({ path, value }: { readonly path: string; readonly value: string }): boolean {
  return path === '' && !/^\^?(\(type\\\.googleapis\\\.com\/\)\?)?(x-)?envoy/.test(value);
}
