import type { KubeObject } from '../../../src/kube/api.ts';
import type { Cluster } from '../base/cluster.ts';
import { createPod, deletePod, templateOf } from '../base/pod-control.ts';
import { hasEnded, isReady, isTerminating, minReadySeconds, phaseOf, untilAvailable } from '../base/pods.ts';
import { revisionLabel, revisionTemplate } from '../base/revisions.ts';
import { ApiFailure } from '../../store/failure.ts';
import { objectsAt, textAt, without, type JsonObject } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import { isOrdered, claimName, ordinalOf, ordinalsOf, ownerOf, partitionOf, podFor } from './view.ts';

/** One turn of work on a StatefulSet. */
export interface SetTurn {
  readonly cluster: Cluster;
  readonly set: KubeObject;
  readonly pods: readonly KubeObject[];
  readonly current: KubeObject;
  readonly update: KubeObject;
}

/**
 * Makes missing pods, takes away those too many, then renews old ones from the highest ordinal down to the partition.
 * OrderedReady waits at every pod that is missing, not ready or on its way out. Source: Kubernetes documentation,
 * "StatefulSets", "Deployment and Scaling Guarantees" and "Update strategies".
 */
export function managePods(turn: SetTurn): void {
  const { set, pods } = turn;
  const { start, end } = ordinalsOf(set);
  const byOrdinal = new Map(pods.map((pod) => [ordinalOf(set, pod), pod]));
  for (let ordinal = start; ordinal < end; ordinal++) {
    const settled = settle(turn, ordinal, byOrdinal.get(ordinal));
    if (!settled && isOrdered(set)) return;
  }
  const condemned = pods.filter((pod) => ordinalOf(set, pod) >= end || ordinalOf(set, pod) < start);
  if (!condemn(turn, condemned)) return;
  renew(turn, byOrdinal);
}

/** Brings the pod of an ordinal to life. True when it is available, so that the next one may follow. */
function settle(turn: SetTurn, ordinal: number, pod: KubeObject | undefined): boolean {
  const { cluster, set } = turn;
  if (!pod) {
    create(turn, ordinal);
    return false;
  }
  if (isTerminating(pod)) return false;
  if (hasEnded(pod)) {
    deletePod(cluster, ownerOf(set), pod);
    return false;
  }
  return isAvailable(turn, pod);
}

/** Running, ready, and for long enough. */
function isAvailable({ cluster, set }: SetTurn, pod: KubeObject): boolean {
  return phaseOf(pod) === 'Running' && untilAvailable(pod, minReadySeconds(set), cluster.scheduler.now()) === 0;
}

/** Ordinals below the partition are made from the current revision, others from the update. */
function create(turn: SetTurn, ordinal: number): void {
  const { cluster, set, current, update } = turn;
  const partition = partitionOf(set);
  const old = partition !== undefined && ordinal < ordinalsOf(set).start + partition;
  const revision = old ? current : update;
  const template = without(revisionTemplate(revision) as JsonObject, '$patch');
  const pod = podFor(ownerOf(set), ordinal, old ? template : templateOf(set), revision.metadata.name);
  createClaims(turn, pod.metadata.name);
  createPod(cluster, ownerOf(set), pod);
}

function createClaims({ cluster, set }: SetTurn, pod: string): void {
  for (const template of objectsAt(set, 'spec', 'volumeClaimTemplates')) {
    const name = claimName(textAt(template, 'metadata', 'name') ?? '', pod);
    const metadata = { name, ...(set.metadata.namespace !== undefined && { namespace: set.metadata.namespace }) };
    try {
      cluster.store.create(resources.persistentVolumeClaims, { metadata, spec: template['spec'] });
    } catch (failure) {
      if (!(failure instanceof ApiFailure) || failure.reason !== 'AlreadyExists') throw failure;
    }
  }
}

/** Deletes pods that are too many, the highest first; ordered sets one at a time. True when none is left. */
function condemn({ cluster, set }: SetTurn, condemned: readonly KubeObject[]): boolean {
  const highest = [...condemned].sort((a, b) => ordinalOf(set, b) - ordinalOf(set, a));
  for (const pod of highest) {
    if (!isTerminating(pod)) deletePod(cluster, ownerOf(set), pod);
    if (isOrdered(set)) return false;
  }
  return true;
}

/** Deletes the highest pod that is not of the update revision, when all above it are available. */
function renew(turn: SetTurn, byOrdinal: ReadonlyMap<number, KubeObject>): void {
  const { cluster, set, update } = turn;
  const partition = partitionOf(set);
  if (partition === undefined) return;
  const { start, end } = ordinalsOf(set);
  for (let ordinal = end - 1; ordinal >= start + partition; ordinal--) {
    const pod = byOrdinal.get(ordinal);
    if (!pod || isTerminating(pod)) return;
    if (pod.metadata.labels?.[revisionLabel] !== update.metadata.name) return deletePod(cluster, ownerOf(set), pod);
    if (!isAvailable(turn, pod) || !isReady(pod)) return;
  }
}
