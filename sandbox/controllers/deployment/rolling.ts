import type { KubeObject } from '../../../src/kube/api.ts';
import { newSetReplicas, scaleSet } from './replica-sets.ts';
import { allSets, type Rollout } from './rollout.ts';
import { byAge, counted, maxUnavailable, replicas, sum } from './view.ts';

/** Brings the new ReplicaSet nearer to its size, within the surge. Returns whether it was scaled. */
export function scaleNewSet(rollout: Rollout): boolean {
  const { cluster, deployment, current } = rollout;
  if (!current || replicas(current) === replicas(deployment)) return false;
  const wanted = replicas(deployment);
  const size = replicas(current) > wanted ? wanted : newSetReplicas(deployment, allSets(rollout), current);
  scaleSet(cluster, deployment, current, size);
  return size !== replicas(current);
}

/**
 * Scales old ReplicaSets down as far as enough pods stay available: first those of their pods that are not, which costs
 * nothing, then available ones. Returns whether any was scaled.
 */
export function scaleOldSets(rollout: Rollout): boolean {
  const { deployment, current, older } = rollout;
  const oldPods = sum(older, replicas);
  if (oldPods === 0) return false;
  const minAvailable = replicas(deployment) - maxUnavailable(deployment);
  const newUnavailable = current ? replicas(current) - counted(current, 'availableReplicas') : 0;
  const spare = sum(allSets(rollout), replicas) - minAvailable - newUnavailable;
  if (spare <= 0) return false;
  const cleaned = cleanUp(rollout, byAge(older), spare);
  const shrunk = shrink(rollout, cleaned.sets, minAvailable);
  return cleaned.count + shrunk > 0;
}

/** Takes away pods that are not available. */
function cleanUp(
  { cluster, deployment }: Rollout,
  sets: readonly KubeObject[],
  limit: number,
): { readonly count: number; readonly sets: readonly KubeObject[] } {
  let count = 0;
  const left = sets.map((set) => {
    const unavailable = replicas(set) - counted(set, 'availableReplicas');
    const drop = Math.min(limit - count, unavailable);
    if (replicas(set) === 0 || drop <= 0) return set;
    count += drop;
    return scaleSet(cluster, deployment, set, replicas(set) - drop);
  });
  return { count, sets: left };
}

/** Takes away available pods above the minimum, the oldest set first. */
function shrink(rollout: Rollout, sets: readonly KubeObject[], minAvailable: number): number {
  const { cluster, deployment, current } = rollout;
  const available = sum(current ? [...sets, current] : sets, (set) => counted(set, 'availableReplicas'));
  const allowed = available - minAvailable;
  let count = 0;
  for (const set of sets) {
    const drop = Math.min(replicas(set), allowed - count);
    if (drop <= 0) continue;
    scaleSet(cluster, deployment, set, replicas(set) - drop);
    count += drop;
  }
  return count;
}
