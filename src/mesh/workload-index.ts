/** All top owners with their pods, sorted; the position in this list is what proxies and gateways refer to. */
import type { Facts, PodFact, WorkloadFact } from './facts.ts';
import { topOwners, type TopOwner } from './top-owners.ts';

/** A top owner with what is known of it. */
export interface WorkloadEntry extends TopOwner {
  /** Null when the owner is a bare pod, of an unknown kind, or was not read. */
  readonly fact: WorkloadFact | null;
  /** Its pods that have not ended. */
  readonly pods: readonly PodFact[];
}

/** Entries, and the way from a pod to its entry. */
export interface WorkloadIndex {
  /** Sorted by namespace, kind, name. */
  readonly entries: readonly WorkloadEntry[];
  /** Position in `entries` by pod; pods that have ended are not in it. */
  readonly byPod: ReadonlyMap<PodFact, number>;
  /** Position in `entries` of a workload that was read. */
  readonly position: (fact: WorkloadFact) => number;
}

/** Whether a pod has not ended (Succeeded, Failed). */
export function isLive(pod: PodFact): boolean {
  return pod.phase !== 'Succeeded' && pod.phase !== 'Failed';
}

/** Builds the index in time linear in pods and workloads, apart from sorting. */
export function workloadIndex(facts: Facts): WorkloadIndex {
  const found = collect(facts);
  const entries = [...found.values()].filter(isShown).sort(compareEntries);
  const byKey = new Map(entries.map((entry, position) => [keyOf(entry), position]));
  const byPod = new Map<PodFact, number>();
  for (const [position, entry] of entries.entries()) for (const pod of entry.pods) byPod.set(pod, position);
  const position = ({ kind, meta: { namespace, name } }: WorkloadFact) =>
    byKey.get(keyOf({ namespace, kind, name, ownerKind: kind })) ?? -1;
  return { entries, byPod, position };
}

type Draft = WorkloadEntry & { readonly pods: PodFact[] };

function collect(facts: Facts): ReadonlyMap<string, Draft> {
  const found = new Map<string, Draft>();
  for (const fact of templates(facts)) {
    const { namespace, name } = fact.meta;
    const owner: TopOwner = { namespace, kind: fact.kind, name, ownerKind: fact.kind };
    found.set(keyOf(owner), { ...owner, fact, pods: [] });
  }
  const ownerOfPod = topOwners(facts);
  for (const pod of facts.pods.items) {
    if (!isLive(pod)) continue;
    const owner = ownerOfPod(pod);
    const key = keyOf(owner);
    const draft = found.get(key) ?? { ...owner, fact: null, pods: [] };
    draft.pods.push(pod);
    found.set(key, draft);
  }
  return found;
}

function templates(facts: Facts): readonly WorkloadFact[] {
  return [
    ...facts.deployments.items,
    ...facts.statefulSets.items,
    ...facts.daemonSets.items,
    ...facts.rollouts.items,
    ...facts.cronJobs.items,
    ...facts.jobs.items,
  ];
}

// A Job without a living pod of its own has ended, or is a run of a CronJob, which stands for it.
function isShown(entry: WorkloadEntry): boolean {
  return entry.kind !== 'Job' || entry.pods.length > 0;
}

function keyOf({ namespace, kind, name, ownerKind }: TopOwner): string {
  return `${namespace}/${kind}/${ownerKind}/${name}`;
}

function compareEntries(a: WorkloadEntry, b: WorkloadEntry): number {
  return compareText(a.namespace, b.namespace) || compareText(a.ownerKind, b.ownerKind) || compareText(a.name, b.name);
}

/** Plain order by code units: the same on every machine, and quick for long lists. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
