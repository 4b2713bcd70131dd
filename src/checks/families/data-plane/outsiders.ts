/** Proxies that a control plane lists and that are no pods of this cluster: machines, or pods of other clusters. */
import type { CheckView, FoundObject } from '../../check.ts';

/** One of them. */
export interface Outsider {
  readonly namespace: string;
  readonly name: string;
  /** As istiod says it; '' when it does not. */
  readonly version: string;
  /** Its namespace has WorkloadEntries or WorkloadGroups, so it is taken for a machine; else for a pod of another cluster. */
  readonly machine: boolean;
  /** The istiod that lists it. */
  readonly istiod: FoundObject;
}

/** All of them, by istiod in the order in which each lists them. */
export function outsiders({ facts, look }: CheckView): readonly Outsider[] {
  const { workloadEntries, workloadGroups } = facts;
  const spaces = new Set([...workloadEntries.items, ...workloadGroups.items].map(({ meta }) => meta.namespace));
  return facts.istiods.items.flatMap(({ namespace, pod, syncz }) =>
    (syncz ?? [])
      .filter((entry) => look.pod(entry.namespace, entry.pod) === undefined)
      .map((entry) => ({
        ...{ namespace: entry.namespace, name: entry.pod, version: entry.version },
        ...{ machine: spaces.has(entry.namespace), istiod: { kind: 'Pod', namespace, name: pod } },
      })),
  );
}
