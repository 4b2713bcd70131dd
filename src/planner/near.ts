/** The facts that can matter for the hand-over of one workload: the planner goes through all that it gets, for each. */
import type { Facts, Labels, MetaFact, Read, WorkloadFact } from '../mesh/facts.ts';
import { groupBy } from '../mesh/group.ts';

/** Cuts the facts down for a workload, so that hand-over-label.ts finds the same in them as in all. */
export type Near = (fact: WorkloadFact) => Facts;

interface Selecting {
  readonly meta: MetaFact;
  readonly selector: Labels | null;
}

/** Makes the indexes once. */
export function nearFacts(facts: Facts): Near {
  const services = groupBy(facts.services.items, ({ meta }) => meta.namespace);
  const near = {
    istioGateways: selecting(facts.istioGateways),
    sidecars: selecting(facts.sidecars),
    peerAuthentications: selecting(facts.peerAuthentications),
    requestAuthentications: selecting(facts.requestAuthentications),
    authorizationPolicies: selecting(facts.authorizationPolicies),
    envoyFilters: selecting(facts.envoyFilters),
    wasmPlugins: selecting(facts.wasmPlugins),
    telemetries: selecting(facts.telemetries),
    proxyConfigs: selecting(facts.proxyConfigs),
    serviceEntries: selecting(facts.serviceEntries),
  };
  const destinationRules = distinctSubsets(facts.destinationRules);
  const policies = groupBy(facts.networkPolicies.items, ({ meta }) => meta.namespace);
  const budgets = groupBy(facts.budgets.items, ({ meta }) => meta.namespace);
  return ({ meta: { namespace }, template: { labels } }) => ({
    ...facts,
    destinationRules,
    services: { ...facts.services, items: services.get(namespace) ?? [] },
    budgets: { ...facts.budgets, items: budgets.get(namespace) ?? [] },
    networkPolicies: { ...facts.networkPolicies, items: policies.get(namespace) ?? [] },
    istioGateways: near.istioGateways(labels),
    sidecars: near.sidecars(labels),
    peerAuthentications: near.peerAuthentications(labels),
    requestAuthentications: near.requestAuthentications(labels),
    authorizationPolicies: near.authorizationPolicies(labels),
    envoyFilters: near.envoyFilters(labels),
    wasmPlugins: near.wasmPlugins(labels),
    telemetries: near.telemetries(labels),
    proxyConfigs: near.proxyConfigs(labels),
    serviceEntries: near.serviceEntries(labels),
  });
}

/** Objects by the first pair of their selector: only those can select labels that have it. Without a pair nothing is taken. */
function selecting<T extends Selecting>(list: Read<T>): (labels: Labels) => Read<T> {
  const byPair = groupBy(list.items, ({ selector }) => Object.entries(selector ?? {})[0]?.join('=') ?? '');
  return (labels) => ({
    ...list,
    items: Object.entries(labels).flatMap((pair) => byPair.get(pair.join('=')) ?? []),
  });
}

/** One DestinationRule for every set of keys that subsets select by: these are taken in every namespace. */
function distinctSubsets(list: Facts['destinationRules']): Facts['destinationRules'] {
  const byKeys = groupBy(list.items, ({ spec }) => subsetKeys(spec['subsets']));
  return { ...list, items: [...byKeys].flatMap(([keys, rules]) => (keys === '' ? [] : rules.slice(0, 1))) };
}

function subsetKeys(subsets: unknown): string {
  const all = Array.isArray(subsets) ? (subsets as readonly { readonly labels?: Labels }[]) : [];
  return [...new Set(all.flatMap(({ labels }) => Object.keys(labels ?? {})))].sort().join(' ');
}
