import type { KubeObject } from '../../../src/kube/api.ts';
import { numberAt, objectsAt, type JsonObject } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import { millisOf, writeStatus } from '../base/cluster.ts';
import { conditionOf, withoutCondition } from '../base/conditions.ts';
import { nonZero } from '../replica-set/status.ts';
import { availableCondition, progressCondition, renewedProgress, replicaFailure } from './conditions.ts';
import { allSets, type Rollout } from './rollout.ts';
import { counted, progressDeadline, replicas, sum } from './view.ts';

/** The counts and the Available condition. */
function baseStatus(rollout: Rollout): JsonObject {
  const { deployment, current, cluster } = rollout;
  const sets = allSets(rollout);
  const available = sum(sets, (set) => counted(set, 'availableReplicas'));
  const collisionCount = numberAt(deployment, 'status', 'collisionCount');
  const conditions = objectsAt(deployment, 'status', 'conditions');
  return {
    ...nonZero({
      observedGeneration: deployment.metadata.generation ?? 0,
      replicas: sum(sets, (set) => counted(set, 'replicas')),
      updatedReplicas: current ? counted(current, 'replicas') : 0,
      readyReplicas: sum(sets, (set) => counted(set, 'readyReplicas')),
      availableReplicas: available,
      unavailableReplicas: Math.max(0, sum(sets, replicas) - available),
    }),
    ...(collisionCount !== undefined && { collisionCount }),
    conditions: availableCondition(conditions, deployment, available, cluster.store.now()),
  };
}

/** Writes the counts only: for Deployments that are paused, being scaled or on their way out. */
export function syncStatusOnly(rollout: Rollout): void {
  writeStatus(rollout.cluster, resources.deployments, rollout.deployment, baseStatus(rollout));
}

const count = (status: JsonObject | undefined, field: string) => numberAt(status, field) ?? 0;

/** All pods are of the current template, available, and no others are left. */
export function isComplete(deployment: KubeObject, status: JsonObject): boolean {
  const wanted = replicas(deployment);
  return (
    count(status, 'updatedReplicas') === wanted &&
    count(status, 'replicas') === wanted &&
    count(status, 'availableReplicas') === wanted &&
    count(status, 'observedGeneration') >= (deployment.metadata.generation ?? 0)
  );
}

function hasProgressed(deployment: KubeObject, status: JsonObject): boolean {
  const grew = (field: string) => count(status, field) > counted(deployment, field);
  const old = (of: JsonObject) => count(of, 'replicas') - count(of, 'updatedReplicas');
  const before = { replicas: counted(deployment, 'replicas'), updatedReplicas: counted(deployment, 'updatedReplicas') };
  return grew('updatedReplicas') || old(status) < old(before) || grew('readyReplicas') || grew('availableReplicas');
}

/** Writes counts and conditions during a rollout, and looks again when the deadline for progress is over. */
export function syncRolloutStatus(rollout: Rollout): void {
  const { deployment, current, older, cluster } = rollout;
  const status = baseStatus(rollout);
  const started = progressOf(rollout, status);
  const conditions = replicaFailure(started, current, older);
  const next = { ...status, conditions };
  const written = writeStatus(cluster, resources.deployments, deployment, next);
  if (written === deployment) lookAgain(rollout, next);
}

function progressOf(rollout: Rollout, status: JsonObject): readonly JsonObject[] {
  const { deployment, current, cluster } = rollout;
  const conditions = objectsAt(status, 'conditions');
  if (progressDeadline(deployment) === undefined) return withoutCondition(conditions, 'Progressing');
  const present = conditionOf(deployment, 'Progressing');
  const done = count(status, 'replicas') === count(status, 'updatedReplicas');
  if (done && present?.['reason'] === 'NewReplicaSetAvailable') return conditions;
  const name = current ? `ReplicaSet "${current.metadata.name}"` : `Deployment "${deployment.metadata.name}"`;
  const note = (status: 'True' | 'False', reason: string, what: string) =>
    ({ type: 'Progressing', status, reason, message: `${name} ${what}.` }) as const;
  const now = cluster.store.now();
  if (isComplete(deployment, status)) {
    return progressCondition(conditions, note('True', 'NewReplicaSetAvailable', 'has successfully progressed'), now);
  }
  if (hasProgressed(deployment, status)) {
    return renewedProgress(conditions, note('True', 'ReplicaSetUpdated', 'is progressing'), now);
  }
  if (untilTimeout(rollout) === 0) {
    return progressCondition(conditions, note('False', 'ProgressDeadlineExceeded', 'has timed out progressing'), now);
  }
  return conditions;
}

/** Milliseconds until a rollout without progress counts as stuck; 0 when it does; undefined when it cannot. */
function untilTimeout({ deployment, cluster }: Rollout): number | undefined {
  const deadline = progressDeadline(deployment);
  const progress = conditionOf(deployment, 'Progressing');
  if (deadline === undefined || !progress) return undefined;
  if (progress['reason'] === 'NewReplicaSetAvailable') return undefined;
  if (progress['reason'] === 'ProgressDeadlineExceeded') return 0;
  if (progress['reason'] === 'DeploymentPaused') return undefined;
  return Math.max(0, millisOf(progress['lastUpdateTime']) + deadline * 1000 + 1 - cluster.scheduler.now());
}

function lookAgain(rollout: Rollout, status: JsonObject): void {
  if (isComplete(rollout.deployment, status)) return;
  const wait = untilTimeout(rollout);
  if (wait === undefined || wait === 0) return;
  // Half a second more than the deadline: times are kept to the second.
  rollout.queue.addAfter(
    `${rollout.deployment.metadata.namespace ?? ''}/${rollout.deployment.metadata.name}`,
    wait + 500,
  );
}
