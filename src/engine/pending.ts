/** How many pods of a workload are still to be renewed, as the last look saw it. */
import type { RenewWorkload } from '../steps/spec.ts';
import { handOverOfKey, labelValue } from '../steps/renew/keys.ts';
import type { View } from '../steps/step.ts';

type Counts = ReadonlyMap<string, number>;

const nameOf = (one: Pick<RenewWorkload, 'workload' | 'namespace' | 'name'>): string =>
  `${one.workload} ${one.namespace}/${one.name}`;

/**
 * Answers from the latest view, which it counts once. Undefined where nothing can be said: pods were not read, or the version of
 * a proxy is not known. Old pods count until they are gone: they hold room beside the new ones.
 */
export function createPending(latest: () => View | null): (spec: RenewWorkload) => number | undefined {
  let counted: { readonly view: View; readonly by: Map<string, Counts | null> } | null = null;
  return (spec) => {
    const view = latest();
    if (view === null || view.facts.pods.unread !== null) return undefined;
    if (counted?.view !== view) counted = { view, by: new Map() };
    const target = `${spec.revision} ${spec.version}`;
    const counts = counted.by.get(target) ?? countOld(view, spec);
    counted.by.set(target, counts);
    const old = counts.get(nameOf(spec));
    return old === undefined ? undefined : Math.min(old, spec.replicas);
  };
}

/** Proxies that are not on target, by workload; those that are all on target have 0. Workloads with an unknown one are left out. */
function countOld({ mesh, facts }: View, { revision, version }: RenewWorkload): Counts {
  const counts = new Map<string, number>();
  const unknown = new Set<string>();
  for (const proxy of mesh.proxies) {
    const owner = mesh.workloads[proxy.workload];
    if (owner === undefined) continue;
    const name = nameOf({ ...owner, workload: owner.kind as RenewWorkload['workload'] });
    if (proxy.revision === null || proxy.version === null) unknown.add(name);
    const old = proxy.revision !== revision || proxy.version !== version;
    counts.set(name, (counts.get(name) ?? 0) + Number(old));
  }
  const names = new Map([...counts.keys()].map((name) => [shortened(name), name]));
  for (const { meta } of facts.pods.items) {
    const of = meta.labels[handOverOfKey];
    const name = of === undefined ? undefined : names.get(`Deployment ${meta.namespace}/${of}`);
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  for (const name of unknown) counts.delete(name);
  return counts;
}

/** As the label of a pod that is handed over names it. */
function shortened(name: string): string {
  const slash = name.indexOf('/') + 1;
  return `${name.slice(0, slash)}${labelValue(name.slice(slash))}`;
}
