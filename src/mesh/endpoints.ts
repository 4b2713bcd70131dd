/** What stands behind a Service: ready endpoints, and the revision of the istiod pods that they are. */
import type { Facts } from './facts.ts';
import { revisionKey } from './keys.ts';
import type { Known } from './model-basics.ts';

/** A webhook's target, followed to its pods. */
export interface Target {
  /** 'namespace/service'. */
  readonly name: string;
  /** Null: Services were not read whole, and it was not among those read. */
  readonly exists: Known;
  readonly readyEndpoints: number;
  /** Null when EndpointSlices were not read whole and none of its own is ready. */
  readonly ready: Known;
  /** Distinct revisions (label istio.io/rev) of the ready pods, sorted; empty when unknown. */
  readonly revisions: readonly string[];
}

/** Follows Services; the maps behind it are made once. */
export type FindTarget = (namespace: string, service: string) => Target;

/** Prepares the way from a Service to its ready pods. Endpoints that are not ready do not count: addresses alone prove nothing. */
export function targetFinder(facts: Facts): FindTarget {
  const services = new Set(facts.services.items.map(({ meta }) => `${meta.namespace}/${meta.name}`));
  const readyPods = readyPodsByService(facts);
  const revisionOfPod = istiodRevisions(facts);
  return (namespace, service) => {
    const name = `${namespace}/${service}`;
    const exists = services.has(name) || (facts.services.unread === null ? false : null);
    const pods = readyPods.get(name) ?? [];
    const whole = facts.endpointSlices.unread === null;
    const revisions = new Set(pods.flatMap((pod) => revisionOfPod.get(`${namespace}/${pod}`) ?? []));
    return {
      name,
      exists,
      readyEndpoints: pods.length,
      ready: pods.length > 0 || (whole ? false : null),
      revisions: [...revisions].sort(),
    };
  };
}

function readyPodsByService(facts: Facts): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const slice of facts.endpointSlices.items) {
    const key = `${slice.meta.namespace}/${slice.service}`;
    const pods = found.get(key) ?? [];
    // A dual-stack Service has a slice for each address family with the same pods.
    for (const endpoint of slice.endpoints) if (endpoint.ready && !pods.includes(endpoint.pod)) pods.push(endpoint.pod);
    found.set(key, pods);
  }
  return found;
}

// istiod's own pods carry their revision as a label (chart istiod, templates/deployment.yaml).
function istiodRevisions(facts: Facts): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { meta, discoveryImage } of facts.pods.items) {
    if (discoveryImage === '' && meta.labels['app'] !== 'istiod') continue;
    found.set(`${meta.namespace}/${meta.name}`, meta.labels[revisionKey] ?? 'default');
  }
  return found;
}
