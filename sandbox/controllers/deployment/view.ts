import type { KubeObject } from '../../../src/kube/api.ts';
import { at, numberAt, objectAt, sameJson, textAt, without } from '../../store/json.ts';
import { millisOf } from '../base/cluster.ts';
import { intOrPercent } from '../base/int-or-percent.ts';
import { templateOf } from '../base/pod-control.ts';

/** Label that tells the pods of a Deployment's ReplicaSets apart. */
export const hashLabel = 'pod-template-hash';
/** Annotations of ReplicaSets (the first also of Deployments). */
export const annotationKeys = {
  revision: 'deployment.kubernetes.io/revision',
  desired: 'deployment.kubernetes.io/desired-replicas',
  max: 'deployment.kubernetes.io/max-replicas',
  history: 'deployment.kubernetes.io/revision-history',
} as const;

/** `progressDeadlineSeconds` that means: none. */
const noDeadline = 2 ** 31 - 1;

/** Replicas that the spec asks for. */
export const replicas = (object: KubeObject): number => numberAt(object, 'spec', 'replicas') ?? 1;

/** A count of the status; left out means 0. */
export const counted = (object: KubeObject, field: string): number => numberAt(object, 'status', field) ?? 0;

/** Sum over ReplicaSets. */
export const sum = (sets: readonly KubeObject[], count: (set: KubeObject) => number): number =>
  sets.reduce((total, set) => total + count(set), 0);

/** Whether it replaces pods step by step. */
export const isRolling = (deployment: KubeObject): boolean =>
  textAt(deployment, 'spec', 'strategy', 'type') !== 'Recreate';

/** Neither RollingUpdate's numbers nor its mere absence may stall: surge rounds up, unavailable down, both 0 means 1 unavailable. */
function fenceposts(deployment: KubeObject): { readonly surge: number; readonly unavailable: number } {
  const rolling = at(deployment, 'spec', 'strategy', 'rollingUpdate');
  const wanted = replicas(deployment);
  const surge = intOrPercent(at(rolling, 'maxSurge'), wanted, 'up') ?? 0;
  const unavailable = intOrPercent(at(rolling, 'maxUnavailable'), wanted, 'down') ?? 0;
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

/** Pods above the wanted number that a rollout may have. 0 for Recreate. */
export function maxSurge(deployment: KubeObject): number {
  return isRolling(deployment) ? fenceposts(deployment).surge : 0;
}

/** Pods that may be unavailable during a rollout, at most all. 0 for Recreate. */
export function maxUnavailable(deployment: KubeObject): number {
  if (!isRolling(deployment) || replicas(deployment) === 0) return 0;
  return Math.min(fenceposts(deployment).unavailable, replicas(deployment));
}

/** Seconds without progress after which a rollout counts as stuck; undefined when never. */
export function progressDeadline(deployment: KubeObject): number | undefined {
  const seconds = numberAt(deployment, 'spec', 'progressDeadlineSeconds');
  return seconds === noDeadline ? undefined : seconds;
}

/** Oldest first. */
export function byAge(sets: readonly KubeObject[]): readonly KubeObject[] {
  const age = (set: KubeObject) => millisOf(set.metadata.creationTimestamp);
  return [...sets].sort((a, b) => age(a) - age(b) || (a.metadata.name < b.metadata.name ? -1 : 1));
}

/** The ReplicaSet whose template is the Deployment's, but for the hash; the oldest if there are several. */
export function findNew(deployment: KubeObject, sets: readonly KubeObject[]): KubeObject | undefined {
  const template = plainTemplate(deployment);
  return byAge(sets).find((set) => sameJson(plainTemplate(set), template));
}

function plainTemplate(object: KubeObject): unknown {
  const template = objectAt(object, 'spec', 'template') ?? {};
  const metadata = objectAt(template, 'metadata') ?? {};
  const labels = without(objectAt(metadata, 'labels') ?? {}, hashLabel);
  return { ...template, metadata: { ...without(metadata, 'creationTimestamp'), labels } };
}

/** Number of a revision annotation; 0 when there is none. */
export function revisionOf(object: KubeObject): number {
  const revision = Number(object.metadata.annotations?.[annotationKeys.revision] ?? 0);
  return Number.isSafeInteger(revision) ? revision : 0;
}

/** The template of a Deployment with another label. */
export function labelledTemplate(deployment: KubeObject, hash: string): object {
  const template = objectAt({ template: templateOf(deployment) }, 'template') ?? {};
  const metadata = objectAt(template, 'metadata') ?? {};
  return { ...template, metadata: { ...metadata, labels: { ...objectAt(metadata, 'labels'), [hashLabel]: hash } } };
}
