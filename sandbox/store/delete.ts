import type { KubeObject, ObjectRef } from '../../src/kube/api.ts';
import { validate, mutate } from './admission.ts';
import { conflict } from './failure.ts';
import { numberAt, objectAt, sameJson, textAt, withFields, type JsonObject } from './json.ts';
import { getStored, inVersion } from './read.ts';
import { commit, remove, timestamp, type StoreState } from './state.ts';
import type { KindInfo, Propagation, StoreDeleteOptions } from './types.ts';
import { leaves } from './update.ts';

/**
 * Deletes an object, or marks it as on its way out when finalizers, a pod's grace period or a namespace's content still
 * hold it.
 * @returns the last state: with deletionTimestamp when it is still there
 * @throws ApiFailure 404, 409 when a precondition does not hold, or admission's answer
 */
export function deleteObject(state: StoreState, ref: ObjectRef, options: StoreDeleteOptions): KubeObject {
  const kind = state.registry.served(ref.resource);
  const old = getStored(state, kind, ref.namespace, ref.name);
  checkPreconditions(kind, old, options);
  admit(state, ref, kind, old, options);
  const marked = mark(state, kind, old, options);
  const result = options.dryRun ? marked : settle(state, kind, old, marked);
  return inVersion(kind, ref.resource.version, result);
}

/** @throws ApiFailure 409 when the object is not the incarnation or version that the caller means */
export function checkPreconditions(kind: KindInfo, old: KubeObject, options: StoreDeleteOptions): void {
  const { name, uid, resourceVersion } = old.metadata;
  // A real server names the kind here, not the resource.
  const of = { ...kind, plural: kind.kind, group: '' };
  if (options.uid !== undefined && options.uid !== uid) {
    throw conflict(
      of,
      name,
      `the UID in the precondition (${options.uid}) does not match the UID in record (${uid ?? ''}). ` +
        'The object might have been deleted and then recreated',
    );
  }
  if (options.resourceVersion !== undefined && options.resourceVersion !== resourceVersion) {
    throw conflict(
      of,
      name,
      `the ResourceVersion in the precondition (${options.resourceVersion}) does not match ` +
        `the ResourceVersion in record (${resourceVersion ?? ''}). The object might have been modified`,
    );
  }
}

function admit(state: StoreState, ref: ObjectRef, kind: KindInfo, old: KubeObject, options: StoreDeleteOptions): void {
  const admission = {
    kind,
    subresource: '',
    operation: 'DELETE',
    namespace: ref.namespace,
    version: ref.resource.version,
    name: ref.name,
    old,
    dryRun: options.dryRun === true,
    user: options.user ?? 'system:admin',
  } as const;
  mutate(state, admission, old, () => undefined);
  validate(state, admission, null);
}

/** The object with its deletion noted. */
function mark(state: StoreState, kind: KindInfo, old: KubeObject, options: StoreDeleteOptions): KubeObject {
  const finalizers = finalizersAfter(old, options.propagation ?? 'Background');
  const grace = kind.kind === 'Pod' && kind.group === '' ? podGrace(old, options.gracePeriodSeconds) : 0;
  const before = numberAt(old, 'metadata', 'deletionGracePeriodSeconds');
  const shorter = old.metadata.deletionTimestamp === undefined || (before !== undefined && grace < before);
  const metadata = withFields(old.metadata, {}) as KubeObject['metadata'];
  if (shorter) {
    metadata.deletionTimestamp = timestamp(state, grace);
    metadata['deletionGracePeriodSeconds'] = grace;
    if (metadata.generation !== undefined && old.metadata.deletionTimestamp === undefined) metadata.generation += 1;
  }
  if (finalizers.length > 0) metadata['finalizers'] = finalizers;
  else delete metadata['finalizers'];
  const terminating = kind.kind === 'Namespace' && kind.group === '';
  const status: JsonObject = { ...objectAt(old, 'status'), phase: 'Terminating' };
  return terminating ? { ...old, metadata, status } : { ...old, metadata };
}

/** Orphan and Foreground are finalizers that the garbage collector takes away; Background removes both. */
function finalizersAfter(old: KubeObject, propagation: Propagation): readonly unknown[] {
  const present: readonly unknown[] = Array.isArray(old.metadata['finalizers']) ? old.metadata['finalizers'] : [];
  const others = present.filter((name) => name !== 'orphan' && name !== 'foregroundDeletion');
  if (propagation === 'Orphan') return [...others, 'orphan'];
  return propagation === 'Foreground' ? [...others, 'foregroundDeletion'] : others;
}

/** Seconds that a pod gets: none when it runs nowhere or has ended. */
function podGrace(pod: KubeObject, asked: number | undefined): number {
  const phase = textAt(pod, 'status', 'phase');
  if (!textAt(pod, 'spec', 'nodeName') || phase === 'Succeeded' || phase === 'Failed') return 0;
  return asked ?? numberAt(pod, 'spec', 'terminationGracePeriodSeconds') ?? 30;
}

function settle(state: StoreState, kind: KindInfo, old: KubeObject, marked: KubeObject): KubeObject {
  if (leaves(marked)) return remove(state, kind, marked);
  return sameJson(marked.metadata, old.metadata) ? old : commit(state, kind, marked);
}
