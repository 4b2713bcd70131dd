/**
 * Pods that two configurations would inject: two proxies in one pod. Every combination of the labels that decide is tried,
 * as Istio's own analyzer does (pkg/config/analysis/analyzers/webhook, IST0139), with the values that occur in the cluster.
 */
import type { Facts, Labels, SelectorFact } from './facts.ts';
import { calls, injectors, type Injector } from './injectors.ts';
import { injectionKey, revisionKey } from './keys.ts';
import { isIstioConfig } from './istio-config.ts';
import { matches } from './selectors.ts';

/** Sentence for each mutating configuration that overlaps with another, by its name. */
export function overlapProblems(facts: Facts): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const all = injectors(facts.mutatingWebhooks.items.filter(isIstioConfig));
  const names = revisionNames(all);
  const pods = podLabels(names);
  const seen = new Set<string>();
  for (const namespace of namespaceLabels(facts, all, names)) {
    // Namespaces that the same webhooks select are one case, however many there are.
    const near = all.filter(({ webhook }) => matches(webhook.namespaceSelector, namespace) === true);
    const group = near.map((one) => one.name).join();
    if (seen.has(group)) continue;
    seen.add(group);
    for (const pod of pods) {
      const configurations = [
        ...new Set(near.filter((one) => calls(one, namespace, pod) === true).map((one) => one.configuration)),
      ];
      if (configurations.length < 2) continue;
      for (const name of configurations) {
        if (found.has(name)) continue;
        const others = configurations.filter((other) => other !== name).join(', ');
        found.set(
          name,
          `Overlaps with ${others}: a pod ${describe(pod)} in a namespace ${describe(namespace)} would be injected twice.`,
        );
      }
    }
  }
  return found;
}

// Every value that any selector names for istio.io/rev: revisions and tags.
function revisionNames(all: readonly Injector[]): readonly string[] {
  const values = all.flatMap(({ webhook }) =>
    [webhook.namespaceSelector, webhook.objectSelector].flatMap((selector) => [
      ...selector.matchExpressions
        .filter(({ key }) => key === revisionKey)
        .flatMap((requirement) => requirement.values),
      ...(selector.matchLabels[revisionKey] === undefined ? [] : [selector.matchLabels[revisionKey]]),
    ]),
  );
  return [...new Set(values)];
}

function namespaceLabels(facts: Facts, all: readonly Injector[], names: readonly string[]): readonly Labels[] {
  const general = permutations({ [injectionKey]: ['enabled', 'disabled'], [revisionKey]: names });
  // Only keys that a selector reads tell namespaces apart; the name label alone would make each one a case of its own.
  const keys = new Set(all.flatMap(({ webhook }) => keysOf(webhook.namespaceSelector)));
  const real = facts.namespaces.items.map(({ meta }) => pick(meta.labels, keys));
  const distinct = new Map([...usual, ...general, ...real].map((labels) => [JSON.stringify(labels), labels]));
  return [...distinct.values()];
}

// Tried first, so that the sentence names the case that most people have.
const usual: readonly Labels[] = [{ [injectionKey]: 'enabled' }];

function keysOf({ matchLabels, matchExpressions }: SelectorFact): readonly string[] {
  return [...Object.keys(matchLabels), ...matchExpressions.map((requirement) => requirement.key)];
}

function pick(labels: Labels, keys: ReadonlySet<string>): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => keys.has(key)));
}

function podLabels(names: readonly string[]): readonly Labels[] {
  return permutations({ 'sidecar.istio.io/inject': ['true', 'false'], [revisionKey]: names });
}

/** Every way to give each key one of its values or none. */
function permutations(values: Readonly<Record<string, readonly string[]>>): readonly Labels[] {
  return Object.entries(values).reduce<readonly Labels[]>(
    (sets, [key, options]) => sets.flatMap((set) => [set, ...options.map((option) => ({ ...set, [key]: option }))]),
    [{}],
  );
}

function describe(labels: Labels): string {
  const deciding = Object.entries(labels).filter(([key]) =>
    /^(istio-injection|istio\.io\/rev|sidecar\.istio\.io\/inject)$/.test(key),
  );
  return deciding.length === 0
    ? 'without labels'
    : `with ${deciding.map(([key, value]) => `${key}=${value}`).join(', ')}`;
}
