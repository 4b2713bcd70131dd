import type { KubeObject } from '../../../src/kube/api.ts';
import { ApiFailure } from '../../store/failure.ts';
import { numberAt, objectAt, objectsAt, sameJson } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import { refOf, writeStatus, type Cluster } from '../base/cluster.ts';
import { templateHash } from '../base/hash.ts';
import { controllerOf, controllerReference } from '../base/owners.ts';
import { templateOf } from '../base/pod-control.ts';
import { minReadySeconds } from '../base/pods.ts';
import { conditionOf } from '../base/conditions.ts';
import { progressCondition } from './conditions.ts';
import {
  annotationKeys,
  findNew,
  hashLabel,
  labelledTemplate,
  maxSurge,
  progressDeadline,
  replicas,
  revisionOf,
  sum,
} from './view.ts';

/** Annotations that belong to the Deployment or the ReplicaSet alone. */
const uncopied = new Set<string>([
  'kubectl.kubernetes.io/last-applied-configuration',
  'deprecated.deployment.rollback.to',
  ...Object.values(annotationKeys),
]);

const component = 'deployment-controller';

/** Pods that the ReplicaSet of the current template may have now, so that all sets together stay within the surge. */
export function newSetReplicas(
  deployment: KubeObject,
  sets: readonly KubeObject[],
  current: KubeObject | undefined,
): number {
  const wanted = replicas(deployment);
  const has = current ? replicas(current) : 0;
  const rolling = objectAt(deployment, 'spec', 'strategy', 'rollingUpdate') !== undefined;
  if (!rolling) return wanted;
  const total = sum(sets, replicas);
  const limit = wanted + maxSurge(deployment);
  if (total >= limit) return has;
  return has + Math.min(limit - total, wanted - has);
}

/**
 * Brings the annotations of the ReplicaSet of the Deployment's template (`current`, one of `sets`) up to date; makes it
 * when it is missing and asked for. The Deployment gets the set's revision, and a condition that tells of it.
 * @throws ApiFailure when the set cannot be made
 */
export function syncNewSet(
  cluster: Cluster,
  deployment: KubeObject,
  sets: readonly KubeObject[],
  current: KubeObject | undefined,
  create: boolean,
): KubeObject | undefined {
  const others = sets.filter((set) => set !== current);
  const revision = Math.max(0, ...others.map(revisionOf)) + 1;
  if (current) return updateNewSet(cluster, deployment, current, revision);
  return create ? createNewSet(cluster, deployment, sets, revision) : undefined;
}

function updateNewSet(cluster: Cluster, deployment: KubeObject, set: KubeObject, revision: number): KubeObject {
  const annotations = revisionAnnotations(deployment, set, revision);
  const seconds = minReadySeconds(deployment);
  const changed = !sameJson(annotations, set.metadata.annotations ?? {}) || seconds !== minReadySeconds(set);
  if (changed) {
    const patch = { metadata: { annotations }, spec: { minReadySeconds: seconds } };
    return cluster.store.patch(refOf(resources.replicaSets, set), 'merge', patch);
  }
  const message = `Found new replica set "${set.metadata.name}"`;
  const told = progressDeadline(deployment) === undefined || conditionOf(deployment, 'Progressing') !== undefined;
  noteRevision(cluster, deployment, set, told ? undefined : { reason: 'FoundNewReplicaSet', message });
  return set;
}

function createNewSet(
  cluster: Cluster,
  deployment: KubeObject,
  sets: readonly KubeObject[],
  revision: number,
): KubeObject {
  const draft = newSet(deployment, sets, revision);
  try {
    const set = cluster.store.create(resources.replicaSets, draft);
    tellScaled(cluster, deployment, set.metadata.name, 0, replicas(set));
    const message = `Created new replica set "${set.metadata.name}"`;
    const told = progressDeadline(deployment) === undefined;
    noteRevision(cluster, deployment, set, told ? undefined : { reason: 'NewReplicaSetCreated', message });
    return set;
  } catch (failure) {
    if (!(failure instanceof ApiFailure)) throw failure;
    if (failure.reason === 'AlreadyExists') return onCollision(cluster, deployment, draft, failure);
    const message = `Failed to create new replica set "${draft.metadata.name}": ${failure.message}`;
    const note = { type: 'Progressing', status: 'False', reason: 'ReplicaSetCreateError', message } as const;
    const conditions = progressCondition(objectsAt(deployment, 'status', 'conditions'), note, cluster.store.now());
    writeStatus(cluster, resources.deployments, deployment, { ...objectAt(deployment, 'status'), conditions });
    throw failure;
  }
}

/** Another object has the name: a set of ours that an adoption is about to bring, or a collision of the hash. */
function onCollision(cluster: Cluster, deployment: KubeObject, draft: KubeObject, failure: ApiFailure): KubeObject {
  const present = cluster.store.get(refOf(resources.replicaSets, draft));
  if (controllerOf(present)?.uid === deployment.metadata.uid && findNew(deployment, [present])) return present;
  const collisionCount = (numberAt(deployment, 'status', 'collisionCount') ?? 0) + 1;
  writeStatus(cluster, resources.deployments, deployment, { ...objectAt(deployment, 'status'), collisionCount });
  throw failure;
}

function newSet(deployment: KubeObject, sets: readonly KubeObject[], revision: number): KubeObject {
  const { name, namespace } = deployment.metadata;
  const hash = templateHash(templateOf(deployment), numberAt(deployment, 'status', 'collisionCount') ?? 0);
  const template = labelledTemplate(deployment, hash);
  const selector = objectAt(deployment, 'spec', 'selector') ?? {};
  const draft: KubeObject = {
    metadata: {
      name: `${name}-${hash}`,
      ...(namespace !== undefined && { namespace }),
      labels: { ...(objectAt(template, 'metadata', 'labels') as Record<string, string>) },
      ownerReferences: [controllerReference(resources.deployments, deployment)],
    },
    spec: {
      replicas: newSetReplicas(deployment, sets, undefined),
      ...(minReadySeconds(deployment) > 0 && { minReadySeconds: minReadySeconds(deployment) }),
      selector: { ...selector, matchLabels: { ...objectAt(selector, 'matchLabels'), [hashLabel]: hash } },
      template,
    },
  };
  draft.metadata.annotations = { ...revisionAnnotations(deployment, draft, revision), ...sizeAnnotations(deployment) };
  return draft;
}

/** The Deployment's annotations and the revision; a set that is taken up again keeps its old revisions in a list. */
function revisionAnnotations(deployment: KubeObject, set: KubeObject, revision: number): Record<string, string> {
  const old = set.metadata.annotations ?? {};
  const copied = Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !uncopied.has(key));
  const before = revisionOf(set);
  const renewed = revision > before;
  const history =
    before > 0 && renewed ? [old[annotationKeys.history], String(before)].filter(Boolean).join(',') : undefined;
  return {
    ...old,
    ...Object.fromEntries(copied),
    ...(renewed && { [annotationKeys.revision]: String(revision) }),
    ...(history !== undefined && { [annotationKeys.history]: history }),
  };
}

/** The sizes that a set was scaled for: written by scaling only, which compares them with those wanted then. */
function sizeAnnotations(deployment: KubeObject): Record<string, string> {
  const wanted = replicas(deployment);
  return { [annotationKeys.desired]: String(wanted), [annotationKeys.max]: String(wanted + maxSurge(deployment)) };
}

/**
 * Gives the Deployment the revision of its newest set, and a Progressing condition. Both go through the status: an
 * annotation written that way does not count as a change of the Deployment.
 */
function noteRevision(
  cluster: Cluster,
  deployment: KubeObject,
  set: KubeObject,
  progress: { readonly reason: string; readonly message: string } | undefined,
): void {
  const revision = set.metadata.annotations?.[annotationKeys.revision];
  const outdated = revision !== undefined && deployment.metadata.annotations?.[annotationKeys.revision] !== revision;
  if (!progress && !outdated) return;
  const present = objectsAt(deployment, 'status', 'conditions');
  const note = progress && ({ type: 'Progressing', status: 'True', ...progress } as const);
  const conditions = note ? progressCondition(present, note, cluster.store.now()) : present;
  const annotations = {
    ...deployment.metadata.annotations,
    ...(revision !== undefined && { [annotationKeys.revision]: revision }),
  };
  const next = { ...deployment, metadata: { ...deployment.metadata, annotations } };
  writeStatus(cluster, resources.deployments, next, { ...objectAt(deployment, 'status'), conditions });
}

/** Sets the size of a ReplicaSet; nothing when it has it. Returns the set as it is then. */
export function scaleSet(cluster: Cluster, deployment: KubeObject, set: KubeObject, size: number): KubeObject {
  const sizes = sizeAnnotations(deployment);
  const annotated = Object.entries(sizes).every(([key, value]) => set.metadata.annotations?.[key] === value);
  const before = replicas(set);
  if (before === size && annotated) return set;
  const patch = { metadata: { annotations: sizes }, spec: { replicas: size } };
  const scaled = cluster.store.patch(refOf(resources.replicaSets, set), 'merge', patch);
  if (before !== size) tellScaled(cluster, deployment, set.metadata.name, before, size);
  return scaled;
}

function tellScaled(cluster: Cluster, deployment: KubeObject, name: string, from: number, to: number): void {
  if (from === to) return;
  const message = `Scaled ${to > from ? 'up' : 'down'} replica set ${name} from ${from} to ${to}`;
  const note = { type: 'Normal', reason: 'ScalingReplicaSet', message } as const;
  cluster.events.record(component, resources.deployments, deployment, note);
}
