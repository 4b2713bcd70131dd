import type { KubeObject } from '../../kube/api.ts';
import { record, records, text, type Json } from '../../inventory/json.ts';
import { revisionKey, statusKey } from '../../mesh/keys.ts';
import { imageVersion } from '../../mesh/versions.ts';
import type { RenewWorkload, Words } from '../spec.ts';

/** What a renewal sees of a pod. */
export interface PodState {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** RFC 3339, to the second, by the server's clock. */
  readonly created: string;
  readonly labels: Words;
  readonly annotations: Words;
  /** uid of the controlling owner; '' without one. */
  readonly owner: string;
  readonly node: string;
  readonly ready: boolean;
  /** Milliseconds since 1970 at which its grace period ends; null when it is not on its way out. */
  readonly deletedAt: number | null;
  /** Of its proxy; `revision` and `version` are null when unknown, and `proxied` is false without a proxy. */
  readonly proxied: boolean;
  readonly revision: string | null;
  readonly version: string | null;
  /** Why it is not ready, in the words of its status; '' when it says nothing. */
  readonly reason: string;
}

/** A pod as a renewal needs it; null for one that has ended (Succeeded, Failed). */
export function podState(pod: KubeObject): PodState | null {
  const status = record(pod['status']);
  if (['Succeeded', 'Failed'].includes(text(status['phase']))) return null;
  const { name, uid = '', resourceVersion = '', creationTimestamp = '', deletionTimestamp } = pod.metadata;
  const { labels = {}, annotations = {}, ownerReferences = [] } = pod.metadata;
  const image = proxyImage(pod);
  return {
    ...{ name, uid, resourceVersion, created: creationTimestamp, labels, annotations },
    owner: ownerReferences.find((reference) => reference.controller)?.uid ?? '',
    node: text(record(pod['spec'])['nodeName']),
    ready: conditionOf(status, 'Ready')?.['status'] === 'True',
    deletedAt: deletionTimestamp === undefined ? null : Date.parse(deletionTimestamp),
    proxied: image !== null,
    revision: image === null ? null : revisionOf(annotations),
    version: image === null ? null : imageVersion(image),
    reason: reasonOf(status),
  };
}

/** Whether a pod has what is asked for. A version that the image does not name counts as right; istiod tells it later. */
export function onTarget(
  pod: Pick<PodState, 'revision' | 'version'>,
  spec: Pick<RenewWorkload, 'revision' | 'version'>,
): boolean {
  return pod.revision === spec.revision && (pod.version === null || pod.version === spec.version);
}

/** What a pod got, for a person. */
export function gotOf({ proxied, revision, version }: Pick<PodState, 'proxied' | 'revision' | 'version'>): string {
  if (!proxied) return 'no proxy';
  return `a proxy of revision ${revision ?? '(unknown)'}, version ${version ?? '(not in its image)'}`;
}

/** Image of the proxy in a pod, as container or native sidecar; null without one. */
function proxyImage(pod: KubeObject): string | null {
  const spec = record(pod['spec']);
  const all = [...records(spec['initContainers']), ...records(spec['containers'])];
  const found = all.find((container) => container['name'] === 'istio-proxy');
  return found === undefined ? null : text(found['image']);
}

function revisionOf(annotations: Words): string | null {
  const told = annotations[revisionKey];
  if (told !== undefined && told !== '') return told;
  try {
    const status: unknown = JSON.parse(annotations[statusKey] ?? '{}');
    return text(record(status)['revision']) || null;
  } catch {
    return null;
  }
}

function conditionOf(status: Json, type: string): Json | undefined {
  return records(status['conditions']).find((condition) => condition['type'] === type);
}

function reasonOf(status: Json): string {
  const scheduled = conditionOf(status, 'PodScheduled');
  if (scheduled?.['status'] === 'False') return `${text(scheduled['reason'])}: ${text(scheduled['message'])}`;
  const containers = [...records(status['initContainerStatuses']), ...records(status['containerStatuses'])];
  for (const container of containers) {
    const waiting = record(record(container['state'])['waiting']);
    const reason = text(waiting['reason']);
    if (reason !== '' && reason !== 'PodInitializing') return `${text(container['name'])} ${reason}`;
  }
  const unready = containers.find((container) => container['ready'] === false);
  return unready === undefined ? '' : `${text(unready['name'])} is not ready`;
}
