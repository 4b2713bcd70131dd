import type { KubeObject } from '../../../src/kube/api.ts';
import { numberAt, objectAt, textAt } from '../../store/json.ts';

const revisionLabel = 'controller-revision-hash';

/** Pods of a StatefulSet, the lowest ordinal first. */
function podsOf(set: KubeObject, objects: readonly KubeObject[]): readonly KubeObject[] {
  const { name, namespace } = set.metadata;
  const ordinal = (pod: KubeObject) => Number(pod.metadata.name.slice(name.length + 1));
  const isMine = (pod: KubeObject) =>
    pod.kind === 'Pod' &&
    pod.metadata.namespace === namespace &&
    pod.metadata.ownerReferences?.some((owner) => owner.kind === 'StatefulSet' && owner.name === name) === true;
  return objects.filter(isMine).sort((a, b) => ordinal(a) - ordinal(b));
}

/**
 * A StatefulSet with the names of its revisions, which a snapshot leaves out: without them every pod would count as old
 * and be replaced. Updates begin at the highest ordinal, so that pod tells the new revision and the lowest the old one.
 */
export function withRevisions(set: KubeObject, objects: readonly KubeObject[]): KubeObject {
  if (textAt(set, 'status', 'updateRevision') !== undefined) return set;
  const pods = podsOf(set, objects);
  const current = pods[0]?.metadata.labels?.[revisionLabel];
  const update = pods.at(-1)?.metadata.labels?.[revisionLabel];
  const noneUpdated = (numberAt(set, 'status', 'updatedReplicas') ?? 0) === 0;
  if (current === undefined || update === undefined || noneUpdated) return set;
  return { ...set, status: { ...objectAt(set, 'status'), currentRevision: current, updateRevision: update } };
}
