import type { KubeObject } from '../../../src/kube/api.ts';
import type { WorkQueue } from '../../clock/work-queue.ts';
import { at, objectAt, objectsAt } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import { claim, possibleOwners } from '../base/claim.ts';
import { controllerQueue, writeStatus, type Cluster } from '../base/cluster.ts';
import { keyOf } from '../base/informer.ts';
import { controllerKey, controllerOf } from '../base/owners.ts';
import { hasEnded, isTerminating } from '../base/pods.ts';
import { cleanUpHistory } from './clean-up.ts';
import { pauseCondition } from './conditions.ts';
import { scaleSet, syncNewSet } from './replica-sets.ts';
import { scaleNewSet, scaleOldSets } from './rolling.ts';
import type { Rollout } from './rollout.ts';
import { isScaling, scale } from './scale.ts';
import { isComplete, syncRolloutStatus, syncStatusOnly } from './status.ts';
import { findNew, isRolling, progressDeadline, replicas } from './view.ts';

/** Rolls Deployments out: one ReplicaSet a template, scaled up and down within the strategy's limits. */
export function deploymentController(cluster: Cluster): void {
  const { deployments, replicaSets, pods } = cluster.informers;
  const queue = controllerQueue(cluster, (key) => sync(cluster, queue, key));
  deployments.onChange(({ key }) => queue.add(key));
  replicaSets.onChange(({ now, old }) => {
    for (const key of [controllerKey(old, 'Deployment'), controllerKey(now, 'Deployment')]) if (key) queue.add(key);
    if (!now || controllerOf(now)) return;
    for (const owner of possibleOwners(cluster, deployments, now)) queue.add(keyOf(owner));
  });
  pods.onChange(({ now, old }) => {
    // Recreate waits for the end of the last old pod.
    const set = !now && old && controllerKey(old, 'ReplicaSet');
    const key = set ? controllerKey(replicaSets.get(set), 'Deployment') : undefined;
    const deployment = key === undefined ? undefined : deployments.get(key);
    if (key !== undefined && deployment && !isRolling(deployment)) queue.add(key);
  });
}

function sync(cluster: Cluster, queue: WorkQueue, key: string): void {
  const { deployments, replicaSets } = cluster.informers;
  const read = deployments.get(key);
  if (!read) return;
  const ownerResource = resources.deployments;
  const sets = claim(cluster, { ownerResource, owner: read, resource: resources.replicaSets, informer: replicaSets });
  const found = findNew(read, sets);
  const rollout = (create: boolean): Rollout => {
    const current = isTerminating(read) ? found : syncNewSet(cluster, latest(cluster, read), sets, found, create);
    const older = sets.filter((set) => set.metadata.uid !== current?.metadata.uid);
    return { cluster, queue, deployment: latest(cluster, read), current, older };
  };
  if (isTerminating(read)) return syncStatusOnly(rollout(false));
  const paused = notePause(cluster, read);
  if (paused || isScaling(read, sets)) return syncScale(rollout(false), paused);
  if (!isRolling(read)) return recreate(rollout);
  rollRolling(rollout(true));
}

/** The Deployment after the writes of this turn. */
function latest(cluster: Cluster, deployment: KubeObject): KubeObject {
  return cluster.informers.deployments.getSame(deployment) ?? deployment;
}

function notePause(cluster: Cluster, deployment: KubeObject): boolean {
  const paused = at(deployment, 'spec', 'paused') === true;
  const present = objectsAt(deployment, 'status', 'conditions');
  const conditions = pauseCondition(present, paused, cluster.store.now());
  if (progressDeadline(deployment) !== undefined && conditions !== present) {
    writeStatus(cluster, resources.deployments, deployment, { ...objectAt(deployment, 'status'), conditions });
  }
  return paused;
}

function syncScale(rollout: Rollout, paused: boolean): void {
  scale(rollout);
  if (paused) cleanUpHistory(rollout);
  syncStatusOnly(fresh(rollout));
}

function rollRolling(rollout: Rollout): void {
  if (scaleNewSet(rollout) || scaleOldSets(rollout)) return syncRolloutStatus(fresh(rollout));
  finish(rollout);
}

/** The Recreate strategy: first no old pod may run, then all new ones are made. */
function recreate(rolloutOf: (create: boolean) => Rollout): void {
  const before = rolloutOf(false);
  const { cluster, deployment, older } = before;
  const running = older.filter((set) => replicas(set) > 0);
  for (const set of running) scaleSet(cluster, deployment, set, 0);
  if (running.length > 0 || older.some((set) => hasLivePods(cluster, set))) return syncRolloutStatus(fresh(before));
  const rollout = rolloutOf(true);
  const { current } = rollout;
  if (current && replicas(current) !== replicas(deployment))
    scaleSet(cluster, deployment, current, replicas(deployment));
  finish(fresh(rollout));
}

function hasLivePods(cluster: Cluster, set: KubeObject): boolean {
  return cluster.informers.pods.by('controller', set.metadata.uid ?? '').some((pod) => !hasEnded(pod));
}

function finish(rollout: Rollout): void {
  if (isComplete(rollout.deployment, objectAt(rollout.deployment, 'status') ?? {})) cleanUpHistory(rollout);
  syncRolloutStatus(fresh(rollout));
}

/** The same rollout after its own writes. */
function fresh(rollout: Rollout): Rollout {
  const { cluster, deployment, current, older } = rollout;
  const sets = cluster.informers.replicaSets;
  return {
    ...rollout,
    deployment: latest(cluster, deployment),
    current: current && (sets.getSame(current) ?? current),
    older: older.flatMap((set) => sets.getSame(set) ?? []),
  };
}
