/** What selects a workload's pods by a template label that would have to change: the new pods would be left without it. */
import type { Facts, Labels, WorkloadFact } from '../mesh/facts.ts';

/** Why the labels must not change, and what to do instead. */
export interface LeftBehind {
  readonly code: 'left-behind';
  readonly refused: string;
  readonly remedy: string;
}

/** Null when nothing selects by them. `labels`: values that the template gets; null removes. */
export function leftBehind(
  facts: Pick<Facts, 'services' | 'istioGateways'>,
  fact: WorkloadFact,
  labels: Readonly<Record<string, string | null>>,
): LeftBehind | null {
  const { namespace, name } = fact.meta;
  const keyIn = (selector: Labels): string | undefined =>
    Object.keys(labels).find((key) => selector[key] !== undefined && selector[key] !== labels[key]);
  const own = keyIn(fact.selector);
  if (own !== undefined) {
    return refusal(
      `its own selector holds ${own}=${fact.selector[own] ?? ''}, which cannot change`,
      `Make it anew with a selector without ${own} (kubectl -n ${namespace} get ${fact.kind.toLowerCase()} ${name} -o yaml), then plan again.`,
    );
  }
  const found = [
    ...facts.services.items
      .filter(({ meta }) => meta.namespace === namespace)
      .map(({ meta, selector }) => ({ what: 'Service', resource: 'service', meta, selector })),
    ...facts.istioGateways.items.map(({ meta, selector }) => ({
      ...{ what: 'Gateway', resource: 'gateways.networking.istio.io', meta },
      selector: selector ?? {},
    })),
  ].find(({ selector }) => selects(selector, fact.template.labels) && keyIn(selector) !== undefined);
  const key = keyIn(found?.selector ?? {});
  if (found === undefined || key === undefined) return null;
  const { what, resource, meta, selector } = found;
  const patch = `[{"op":"remove","path":"/spec/selector/${key.replaceAll('/', '~1')}"}]`;
  return refusal(
    `${what} ${meta.namespace}/${meta.name} selects ${key}=${selector[key] ?? ''}, which its new pods do not have: nothing would reach them`,
    `Take that label out of the selector, once the other labels find the same pods: kubectl -n ${meta.namespace} patch ${resource} ${meta.name} --type json -p '${patch}'; then plan again.`,
  );
}

function refusal(refused: string, remedy: string): LeftBehind {
  return { code: 'left-behind', refused, remedy };
}

function selects(selector: Labels, labels: Labels): boolean {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}
