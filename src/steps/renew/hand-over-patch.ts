import type { RenewWorkload } from '../spec.ts';
import { beforeOf, type Before } from './hand-over.ts';
import { foreignHash, handOverBeforeKey, handOverKey, handOverOfKey, hashKey, labelValue } from './keys.ts';
import type { PodState } from './pod-state.ts';

/** One merge patch that takes a pod from its ReplicaSet; its Services keep it. */
export function releasePatch(pod: PodState, spec: RenewWorkload, mark: string, youngest: string): unknown {
  const key = spec.serviceLabel;
  const before: Before = { hash: pod.labels[hashKey] ?? '', key, value: pod.labels[key] ?? '', youngest };
  return {
    metadata: {
      resourceVersion: pod.resourceVersion,
      labels: { [hashKey]: foreignHash, [handOverKey]: labelValue(mark), [handOverOfKey]: labelValue(spec.name) },
      annotations: { [handOverBeforeKey]: JSON.stringify(before) },
    },
  };
}

/** One merge patch after which its ReplicaSet takes the pod back, and removes another one: one that is not ready first. */
export function giveBackPatch(pod: PodState): unknown {
  const { hash, key, value } = beforeOf(pod);
  return {
    metadata: {
      resourceVersion: pod.resourceVersion,
      labels: {
        [hashKey]: hash === '' ? null : hash,
        [handOverKey]: null,
        [handOverOfKey]: null,
        ...(key !== '' && { [key]: value }),
      },
      annotations: { [handOverBeforeKey]: null },
    },
  };
}
