import type { KubeObject } from '../../../src/kube/api.ts';
import { numberAt, sameJson, textAt } from '../../store/json.ts';
import { millisOf } from './cluster.ts';
import { conditionOf, isTrue } from './conditions.ts';
import { controllerOf } from './owners.ts';

/** Status phase; '' when there is none yet. */
export function phaseOf(pod: KubeObject): string {
  return textAt(pod, 'status', 'phase') ?? '';
}

/** Whether its containers have ended for good. */
export function hasEnded(pod: KubeObject): boolean {
  const phase = phaseOf(pod);
  return phase === 'Succeeded' || phase === 'Failed';
}

/** On its way out. */
export function isTerminating(object: KubeObject): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

/** Neither ended nor on its way out: what controllers count. */
export function isActive(pod: KubeObject): boolean {
  return !hasEnded(pod) && !isTerminating(pod);
}

/** Condition Ready is True. */
export function isReady(pod: KubeObject): boolean {
  return isTrue(pod, 'Ready');
}

/**
 * Milliseconds until a pod counts as available, which it does when it has been ready for `minReadySeconds`: 0 when it
 * is available, undefined when it is not ready.
 */
export function untilAvailable(pod: KubeObject, minReadySeconds: number, now: number): number | undefined {
  const ready = conditionOf(pod, 'Ready');
  if (ready?.['status'] !== 'True') return undefined;
  if (minReadySeconds === 0) return 0;
  return Math.max(0, millisOf(ready['lastTransitionTime']) + minReadySeconds * 1000 - now);
}

/** Seconds that a workload wants a pod to be ready before it counts as available; default 0. */
export function minReadySeconds(workload: KubeObject): number {
  return numberAt(workload, 'spec', 'minReadySeconds') ?? 0;
}

/**
 * Whether two versions of a pod differ in what its owners, endpoints and budgets look at: labels, owner, readiness, its
 * end, its deletion. Most changes of a pod are of its containers only.
 */
export function differs(old: KubeObject, now: KubeObject): boolean {
  if (old.metadata.deletionTimestamp !== now.metadata.deletionTimestamp || hasEnded(old) !== hasEnded(now)) return true;
  const [before, after] = [conditionOf(old, 'Ready'), conditionOf(now, 'Ready')];
  if (before?.['status'] !== after?.['status']) return true;
  if (before?.['lastTransitionTime'] !== after?.['lastTransitionTime']) return true;
  return !sameJson(old.metadata.labels, now.metadata.labels) || controllerOf(old)?.uid !== controllerOf(now)?.uid;
}
