import type { KubeObject } from '../../kube/api.ts';
import { count, record, records, text, type Json } from '../../inventory/json.ts';
import type { Words } from '../spec.ts';

/** What a renewal sees of the workload itself. */
export interface OwnerState {
  readonly object: KubeObject;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly annotations: Words;
  readonly templateLabels: Words;
  readonly templateAnnotations: Words;
  /** Pods that it wants: spec.replicas, or desiredNumberScheduled of a DaemonSet. */
  readonly wanted: number;
  readonly paused: boolean;
  /** 'RollingUpdate', 'Recreate', 'OnDelete'; '' for kinds without one. */
  readonly strategy: string;
  readonly partition: number;
  readonly minReadySeconds: number;
  /** Its controller has seen the present spec. */
  readonly observed: boolean;
  /** Pods: all, of the present template, available. */
  readonly replicas: number;
  readonly updated: number;
  readonly available: number;
  /** StatefulSet: no pod is of an older template; true for other kinds. */
  readonly oneRevision: boolean;
  /** What stops its controller: 'ProgressDeadlineExceeded', or the message of ReplicaFailure; null when nothing does. */
  readonly trouble: { readonly type: string; readonly message: string; readonly since: number } | null;
}

/** The state of a workload from its object. */
export function ownerState(object: KubeObject): OwnerState {
  const [spec, status] = [record(object['spec']), record(object['status'])];
  const metadata = record(record(spec['template'])['metadata']);
  const update = record(spec['updateStrategy'] ?? spec['strategy']);
  const daemon = object.kind === 'DaemonSet' || 'desiredNumberScheduled' in status;
  return {
    object,
    uid: object.metadata.uid ?? '',
    resourceVersion: object.metadata.resourceVersion ?? '',
    annotations: object.metadata.annotations ?? {},
    templateLabels: words(metadata['labels']),
    templateAnnotations: words(metadata['annotations']),
    wanted: daemon ? count(status['desiredNumberScheduled']) : count(spec['replicas'], 1),
    paused: spec['paused'] === true,
    strategy: text(update['type']),
    partition: count(record(update['rollingUpdate'])['partition']),
    minReadySeconds: count(spec['minReadySeconds']),
    observed: count(status['observedGeneration']) >= (object.metadata.generation ?? 0),
    replicas: count(status[daemon ? 'currentNumberScheduled' : 'replicas']),
    updated: count(status[daemon ? 'updatedNumberScheduled' : 'updatedReplicas']),
    available: count(status[daemon ? 'numberAvailable' : 'availableReplicas']),
    oneRevision: text(status['currentRevision']) === text(status['updateRevision']),
    trouble: troubleOf(status),
  };
}

/** Whether the present template is rolled out, as `kubectl rollout status` decides. */
export function isRolledOut(owner: OwnerState): boolean {
  const counts = [owner.replicas, owner.updated, owner.available];
  return owner.observed && owner.oneRevision && counts.every((number) => number === owner.wanted);
}

/** How far it is, for a person. */
export function progressOf({ wanted, replicas, updated, available }: OwnerState): string {
  return `${updated} of ${wanted} pods are of the present template, ${available} available, ${replicas} in all`;
}

function troubleOf(status: Json): OwnerState['trouble'] {
  for (const condition of records(status['conditions'])) {
    const [type, reason] = [text(condition['type']), text(condition['reason'])];
    const failing = type === 'ReplicaFailure' && condition['status'] === 'True';
    if (!failing && reason !== 'ProgressDeadlineExceeded') continue;
    const since = Date.parse(text(condition['lastTransitionTime']));
    return { type: failing ? type : reason, message: text(condition['message']), since };
  }
  return null;
}

function words(value: unknown): Words {
  return Object.fromEntries(Object.entries(record(value)).map(([key, entry]) => [key, text(entry)]));
}
