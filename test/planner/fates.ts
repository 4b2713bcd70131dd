/** What becomes of every workload, in words to compare. */
import type { Facts, Labels, NamespaceFact } from '../../src/mesh/facts.ts';
import { classify } from '../../src/planner/classify.ts';
import { ends, namespaced, request, type Made } from './request.ts';

/** By kind, namespace and name. */
export interface Fates {
  /** Who moves: method and what leads to it. */
  readonly moves: Record<string, string>;
  /** Who is left out: code, reason and consequence. */
  readonly out: Record<string, string>;
}

/** Those of a request for 1.30.3 with the default policy. */
export function fates(facts: Facts): Fates {
  const asked = request(facts);
  const { moves, leftOut } = classify(asked, ends(asked));
  return {
    moves: Object.fromEntries(
      moves.map(({ spec, route }) => [
        `${spec.workload} ${spec.namespace}/${spec.name}`,
        `${spec.method} by ${route.by}`,
      ]),
    ),
    out: Object.fromEntries(
      leftOut.map((one) => [
        `${one.workload} ${one.namespace}/${one.name}`,
        `${one.code}: ${one.reason} | ${one.consequence}`,
      ]),
    ),
  };
}

/** The consequence for one that is left out with its old proxies. */
export const keeps = 'keeps its proxies of 1.29.6; complete is refused while they run';

/** Namespace shop alone, with labels. */
export function namespaceShop(labels: Labels): readonly NamespaceFact[] {
  return [namespaced('shop', labels)];
}

/** The workload with these labels in place of those of its template and pods. */
export function labelled(one: Made, labels: Labels): Made {
  return {
    fact: { ...one.fact, template: { ...one.fact.template, labels } },
    pods: one.pods.map((each) => ({ ...each, meta: { ...each.meta, labels } })),
  };
}
