import type { KubeObject } from '../../../src/kube/api.ts';
import { scaleSet } from './replica-sets.ts';
import { allSets, type Rollout } from './rollout.ts';
import { annotationKeys, byAge, counted, isRolling, maxSurge, replicas, sum } from './view.ts';

/** Whether the Deployment's size was changed since its sets were last scaled. */
export function isScaling(deployment: KubeObject, sets: readonly KubeObject[]): boolean {
  return sets.some((set) => {
    const desired = set.metadata.annotations?.[annotationKeys.desired];
    return replicas(set) > 0 && desired !== undefined && Number(desired) !== replicas(deployment);
  });
}

/** Brings the sets to a changed size: in the middle of a rollout each gets its share. */
export function scale(rollout: Rollout): void {
  const { cluster, deployment, current, older } = rollout;
  const only = activeOrLatest(rollout);
  if (only) {
    scaleSet(cluster, deployment, only, replicas(deployment));
    return;
  }
  if (current && isSaturated(deployment, current)) {
    for (const set of older) if (replicas(set) > 0) scaleSet(cluster, deployment, set, 0);
    return;
  }
  if (isRolling(deployment)) scaleInProportion(rollout);
}

function activeOrLatest({ current, older }: Rollout): KubeObject | undefined {
  const active = [...older, ...(current ? [current] : [])].filter((set) => replicas(set) > 0);
  if (active.length > 1) return undefined;
  return active[0] ?? current ?? byAge(older).at(-1);
}

function isSaturated(deployment: KubeObject, set: KubeObject): boolean {
  const wanted = replicas(deployment);
  const desired = Number(set.metadata.annotations?.[annotationKeys.desired]);
  return replicas(set) === wanted && desired === wanted && counted(set, 'availableReplicas') === wanted;
}

function scaleInProportion(rollout: Rollout): void {
  const { cluster, deployment } = rollout;
  const sets = allSets(rollout).filter((set) => replicas(set) > 0);
  const allowed = replicas(deployment) > 0 ? replicas(deployment) + maxSurge(deployment) : 0;
  const toAdd = allowed - sum(sets, replicas);
  const order = largestFirst(sets, toAdd > 0);
  let added = 0;
  const sizes = order.map((set) => {
    const share = toAdd === 0 ? 0 : proportion(deployment, set, allowed, toAdd - added);
    added += share;
    return replicas(set) + share;
  });
  order.forEach((set, index) => {
    const rest = index === 0 && toAdd !== 0 ? toAdd - added : 0;
    scaleSet(cluster, deployment, set, Math.max(0, (sizes[index] ?? 0) + rest));
  });
}

/** Largest first; among equals the newer when pods are added, the older when they are taken away. */
function largestFirst(sets: readonly KubeObject[], growing: boolean): readonly KubeObject[] {
  const aged = growing ? [...byAge(sets)].reverse() : byAge(sets);
  return [...aged].sort((a, b) => replicas(b) - replicas(a));
}

/** Change of a set's size, in proportion to the change of all, and not more than what is left of that. */
function proportion(deployment: KubeObject, set: KubeObject, allowed: number, left: number): number {
  if (left === 0) return 0;
  const before = Number(set.metadata.annotations?.[annotationKeys.max]) || replicas(deployment);
  const fraction = Math.round((replicas(set) * allowed) / before) - replicas(set);
  return left > 0 ? Math.max(0, Math.min(fraction, left)) : Math.min(0, Math.max(fraction, left));
}
