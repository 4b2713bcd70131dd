/** From a pod to the object that a person would restart: the walk over owner references. */
import type { TopKind } from './data-plane-model.ts';
import type { Facts, MetaFact, OwnerFact, PodFact, WorkloadKind } from './facts.ts';
import { fullName } from './keys.ts';

/** A top owner's identity. */
export interface TopOwner {
  readonly namespace: string;
  readonly kind: TopKind;
  readonly name: string;
  /** Kind as written by the owner. */
  readonly ownerKind: string;
}

/** API group of each kind. The same kind of another group (OpenKruise has a StatefulSet) is not ours to restart. */
const GROUPS: Readonly<Record<WorkloadKind | 'ReplicaSet', string>> = {
  Deployment: 'apps',
  StatefulSet: 'apps',
  DaemonSet: 'apps',
  ReplicaSet: 'apps',
  Job: 'batch',
  CronJob: 'batch',
  Rollout: 'argoproj.io',
};

type KnownKind = keyof typeof GROUPS;

/** Label that the owner of a ReplicaSet puts on the pods, and the kind of that owner. */
const HASH_LABELS: readonly (readonly [string, 'Deployment' | 'Rollout'])[] = [
  ['pod-template-hash', 'Deployment'],
  ['rollouts-pod-template-hash', 'Rollout'],
];

/** A function from pod to top owner. Costs one pass over ReplicaSets, Jobs and Deployments; each call is constant. */
export function topOwners(facts: Facts): (pod: PodFact) => TopOwner {
  const replicaSets = byName(facts.replicaSets.items.map(({ meta }) => meta));
  const jobs = byName(facts.jobs.items.map(({ meta }) => meta));
  const existing = {
    Deployment: byName(facts.deployments.items.map(({ meta }) => meta)),
    Rollout: byName(facts.rollouts.items.map(({ meta }) => meta)),
  };

  const replicaSetOwner = (pod: PodFact, owner: OwnerFact): TopOwner => {
    const { namespace } = pod.meta;
    const found = replicaSets.get(`${namespace}/${owner.name}`);
    if (found) return found.owner ? ownedBy(namespace, found.owner) : ownedBy(namespace, owner);
    for (const [label, kind] of HASH_LABELS) {
      const hash = pod.meta.labels[label];
      if (!hash || !owner.name.endsWith(`-${hash}`)) continue;
      const name = owner.name.slice(0, -hash.length - 1);
      if (existing[kind].has(`${namespace}/${name}`)) return { namespace, kind, name, ownerKind: kind };
    }
    return ownedBy(namespace, owner);
  };

  const jobOwner = (namespace: string, owner: OwnerFact): TopOwner => {
    const parent = jobs.get(`${namespace}/${owner.name}`)?.owner;
    return parent && knownKind(parent) === 'CronJob' ? ownedBy(namespace, parent) : ownedBy(namespace, owner);
  };

  return (pod) => {
    const { namespace, name, owner } = pod.meta;
    // The Node owns the mirror pods of static pods: for the mesh they are bare.
    if (!owner || owner.kind === 'Node') return { namespace, kind: 'Pod', name, ownerKind: 'Pod' };
    const kind = knownKind(owner);
    if (kind === 'ReplicaSet') return replicaSetOwner(pod, owner);
    return kind === 'Job' ? jobOwner(namespace, owner) : ownedBy(namespace, owner);
  };
}

function byName(metas: readonly MetaFact[]): ReadonlyMap<string, MetaFact> {
  return new Map(metas.map((meta) => [fullName(meta), meta]));
}

function knownKind(owner: OwnerFact): KnownKind | null {
  const kind = (Object.keys(GROUPS) as readonly KnownKind[]).find((candidate) => candidate === owner.kind);
  return kind && owner.apiVersion.split('/')[0] === GROUPS[kind] ? kind : null;
}

function ownedBy(namespace: string, owner: OwnerFact): TopOwner {
  return { namespace, kind: knownKind(owner) ?? 'Other', name: owner.name, ownerKind: owner.kind };
}
