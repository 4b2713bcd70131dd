/**
 * Whether a workload's pods can be handed over, and which label takes a pod out of its Services. A label that Istio's
 * own objects or network policies select by must not change: a Gateway would take its routes away at once.
 */
import { matches } from '../mesh/selectors.ts';
import type { Facts, FactKind, Labels, SelectorFact, ServiceFact } from '../mesh/facts.ts';

/** '' when no Service selects the pods. */
export type HandOverLabel = { readonly label: string } | { readonly refused: string };

/** Lists of objects with a selector of their own that are looked at. */
const attached = [
  'sidecars',
  'peerAuthentications',
  'requestAuthentications',
  'authorizationPolicies',
  'envoyFilters',
  'wasmPlugins',
  'telemetries',
  'proxyConfigs',
] as const satisfies readonly FactKind[];

const needed = [
  'services',
  'istioGateways',
  'networkPolicies',
  'serviceEntries',
  'destinationRules',
  ...attached,
] as const;

/** The label for pods of a template in a namespace. */
export function handOverLabel(facts: Facts, namespace: string, labels: Labels): HandOverLabel {
  const unread = needed.find((kind) => facts[kind].unread !== null);
  if (unread !== undefined) return { refused: `${unread} could not be read: ${facts[unread].unread ?? ''}` };
  const services = facts.services.items.filter(
    (service) => service.meta.namespace === namespace && selects(service, labels),
  );
  if (services.length === 0) return { label: '' };
  const taken = takenKeys(facts, namespace, labels);
  const common = keysOf(services[0]).filter((key) => services.every(({ selector }) => Object.hasOwn(selector, key)));
  const free = common.filter((key) => !taken.has(key)).sort(byPreference);
  const [label] = free;
  if (label !== undefined) return { label };
  const names = services.map(({ meta }) => meta.name).join(', ');
  const why =
    common.length === 0 ? 'no label is in the selectors of all' : `other objects select by ${words(common, taken)}`;
  return { refused: `Service ${names}: ${why}` };
}

function keysOf(service: ServiceFact | undefined): string[] {
  return Object.keys(service?.selector ?? {});
}

function selects({ selector }: ServiceFact, labels: Labels): boolean {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}

// Any key will do; one that only Services use is the least surprising, and `app` the most usual.
function byPreference(a: string, b: string): number {
  if (a === b) return 0;
  return a === 'app' ? -1 : b === 'app' ? 1 : a < b ? -1 : 1;
}

function words(keys: readonly string[], taken: ReadonlyMap<string, string>): string {
  return keys.map((key) => `${key} (${taken.get(key) ?? ''})`).join(', ');
}

/** Label keys by which something else selects these pods, and what. */
function takenKeys(facts: Facts, namespace: string, labels: Labels): ReadonlyMap<string, string> {
  const taken = new Map<string, string>();
  // Asked for every workload of a mesh: words are only made for what selects by something.
  const take = (keys: readonly string[], what: () => string): void => keys.forEach((key) => taken.set(key, what()));
  const takeLabels = (selector: Labels | null, what: () => string): void => {
    if (selector === null) return;
    const keys = Object.keys(selector);
    if (keys.every((key) => labels[key] === selector[key])) take(keys, what);
  };
  for (const { meta, selector } of facts.istioGateways.items)
    takeLabels(selector, () => `Gateway ${meta.namespace}/${meta.name}`);
  for (const kind of attached) {
    for (const { meta, selector } of facts[kind].items)
      takeLabels(selector, () => `${kind} ${meta.namespace}/${meta.name}`);
  }
  for (const { meta, selector } of facts.serviceEntries.items) {
    if (meta.namespace === namespace) takeLabels(selector, () => `ServiceEntry ${meta.name}`);
  }
  for (const { meta, spec } of facts.destinationRules.items) {
    const { subsets } = spec;
    if (Array.isArray(subsets)) take(subsetKeys(subsets), () => `DestinationRule ${meta.namespace}/${meta.name}`);
  }
  for (const { meta, selector } of facts.networkPolicies.items) {
    if (meta.namespace === namespace && matches(selector, labels) !== false)
      take(selectorKeys(selector), () => `NetworkPolicy ${meta.name}`);
  }
  return taken;
}

function selectorKeys({ matchLabels, matchExpressions }: SelectorFact): string[] {
  return [...Object.keys(matchLabels), ...matchExpressions.map(({ key }) => key)];
}

function subsetKeys(subsets: readonly { labels?: Labels }[]): readonly string[] {
  return subsets.flatMap(({ labels }) => Object.keys(labels ?? {}));
}
