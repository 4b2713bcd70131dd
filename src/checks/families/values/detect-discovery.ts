/** Objects of Istio outside of the namespaces that a control plane reads. */
import type { FactKind, SelectorFact } from '../../../mesh/facts.ts';
import { matches } from '../../../mesh/selectors.ts';
import type { CheckView, FoundObject } from '../../check.ts';
import { object, safe, shown, unknown, type Exposure } from './exposure.ts';

const lists = [
  ...(['virtualServices', 'destinationRules', 'serviceEntries', 'istioGateways', 'envoyFilters', 'sidecars'] as const),
  ...([
    'authorizationPolicies',
    'peerAuthentications',
    'requestAuthentications',
    'telemetries',
    'wasmPlugins',
  ] as const),
] satisfies readonly Exclude<FactKind, 'istiods'>[];

/** The namespaces with such objects that no discoverySelector of the mesh config selects. */
export function outsideDiscovery({ facts, mesh, look }: CheckView): Exposure {
  const planes = mesh.controlPlanes.filter(({ replicas }) => replicas > 0);
  if (planes.some(({ meshConfig }) => meshConfig === null)) return unknown('A mesh config could not be read.');
  const selecting = planes.map(({ meshConfig }) => selectorsOf(meshConfig?.['discoverySelectors']));
  const limited = selecting.filter((selectors) => selectors.length > 0);
  if (limited.length === 0) return safe;
  const used = new Set(lists.flatMap((list) => facts[list].items.map(({ meta }) => meta.namespace)));
  const system = new Set(planes.map(({ namespace }) => namespace));
  const hits = [...used].filter((name) => {
    const labels = look.namespace(name)?.meta.labels;
    if (labels === undefined || system.has(name)) return false;
    return limited.some((selectors) => selectors.every((selector) => matches(selector, labels) === false));
  });
  const objects: readonly FoundObject[] = hits.sort().map((name) => object('Namespace', { namespace: '', name }));
  return shown(facts, ['namespaces', ...lists], objects);
}

function selectorsOf(value: unknown): readonly SelectorFact[] {
  return Array.isArray(value) ? value.filter(isRecord).map(selectorOf) : [];
}

function selectorOf(value: Readonly<Record<string, unknown>>): SelectorFact {
  const { matchLabels, matchExpressions } = value;
  const expressions = Array.isArray(matchExpressions) ? matchExpressions.filter(isRecord) : [];
  return {
    matchLabels: isRecord(matchLabels) ? texts(matchLabels) : {},
    matchExpressions: expressions.map(({ key, operator, values }) => ({
      ...{ key: String(key), operator: String(operator) },
      values: Array.isArray(values) ? values.map(String) : [],
    })),
  };
}

function texts(value: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, String(entry)]));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
