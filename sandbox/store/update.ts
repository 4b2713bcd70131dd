import type { KubeObject, ObjectRef } from '../../src/kube/api.ts';
import { mutate, validate, type Admission } from './admission.ts';
import { trackedFields } from './apply/apply.ts';
import { checkChange, checkIdentity } from './checks.ts';
import { badRequest, conflict, invalid, methodNotAllowed } from './failure.ts';
import { at, frozen, objectAt, sameJson, thawed, type JsonObject } from './json.ts';
import { inVersion } from './read.ts';
import { joinApiVersion } from './registry.ts';
import { commit, remove, timestamp, withVersion, type StoreState } from './state.ts';
import type { KindInfo, StoreWriteOptions, Subresource } from './types.ts';

/** A new state for an object that exists, as a PUT or a patch brings it. */
export interface Change {
  readonly ref: ObjectRef;
  readonly kind: KindInfo;
  readonly old: KubeObject;
  readonly next: KubeObject;
  /** The object carries the managedFields that it is to have: an apply has decided them. */
  readonly applied?: boolean;
}

/**
 * Replaces an object, or the part of it that a subresource is: checks the precondition, keeps what may not change,
 * admits and stores. A change of nothing keeps the resourceVersion and calls no watcher. An object that waits for its
 * last finalizer to go is removed with it.
 * @throws ApiFailure 400, 409 when uid or resourceVersion differ, 422, or admission's answer
 */
export function replaceObject(state: StoreState, change: Change, options: StoreWriteOptions): KubeObject {
  const { ref, kind, old } = change;
  checkSubresource(kind, options.subresource);
  checkIdentity(kind, ref.resource, ref.namespace, change.next);
  checkPreconditions(change, options);
  const draft = keepServerFields(change, options.subresource);
  const admission = admissionOf(change, options);
  const defaults = defaultsFor(kind, old, options.subresource);
  defaults(draft);
  const admitted = mutate(state, admission, draft, defaults);
  if (options.subresource === undefined) kind.strategy.prepareUpdate?.(admitted, old);
  const complete = withOwnership(state, change, bumpGeneration(kind, admitted, old), options);
  if (options.subresource === undefined) checkChange(kind, complete, old);
  validate(state, admission, complete);
  return inVersion(kind, ref.resource.version, store(state, kind, complete, old, options.dryRun === true));
}

function checkSubresource(kind: KindInfo, subresource: Subresource | undefined): void {
  if (subresource !== undefined && !kind.subresources.includes(subresource)) throw methodNotAllowed();
}

function checkPreconditions({ kind, old, next, ref }: Change, options: StoreWriteOptions): void {
  const { name, uid, resourceVersion } = next.metadata;
  if (name !== ref.name)
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${ref.name})`);
  if (uid !== undefined && uid !== old.metadata.uid) {
    throw conflict(
      kind,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid ?? ''}`,
    );
  }
  if (resourceVersion) {
    if (resourceVersion !== old.metadata.resourceVersion) throw conflict(kind, name);
  } else if (!kind.unconditionalUpdate && options.subresource === undefined) {
    const text = 'Invalid value: 0: must be specified for an update';
    throw invalid(kind, name, [{ field: 'metadata.resourceVersion', reason: 'FieldValueInvalid', text }]);
  }
}

/**
 * The draft of a write: what only the server sets is as it was; through a subresource only its own part changes. Parts
 * that are the very same as in the stored object are shared, not copied.
 */
function keepServerFields({ kind, old, next, ref }: Change, subresource: Subresource | undefined): KubeObject {
  const draft: KubeObject = {
    ...topLevel(kind, old, next, subresource),
    metadata: metadataOf(kind, old, next, subresource),
  };
  draft.apiVersion = joinApiVersion(kind.group, ref.resource.version);
  draft.kind = kind.kind;
  return draft;
}

function topLevel(kind: KindInfo, old: KubeObject, next: KubeObject, subresource: Subresource | undefined): JsonObject {
  if (subresource === 'status') return own(old, { ...old, status: next['status'] });
  if (subresource === 'finalize' || subresource === 'binding')
    return own(old, { ...old, spec: next['spec'], status: next['status'] });
  return own(old, kind.subresources.includes('status') ? { ...next, status: old['status'] } : next);
}

/** Copies what is not shared with the stored object, so that hooks may change the draft; drops undefined. */
function own(old: KubeObject, next: JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(next)) {
    if (value === undefined) continue;
    result[key] = value === old[key] ? value : thawed(value);
  }
  return result;
}

const serverFields = [
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generation',
  'selfLink',
];

function metadataOf(
  kind: KindInfo,
  old: KubeObject,
  next: KubeObject,
  subresource: Subresource | undefined,
): KubeObject['metadata'] {
  const through = subresource === 'status';
  if (through && kind.custom) return { ...old.metadata };
  const metadata = thawed(next.metadata);
  for (const field of [...serverFields, 'name', 'namespace', 'resourceVersion', 'generateName']) {
    if (old.metadata[field] === undefined) delete metadata[field];
    else metadata[field] = old.metadata[field];
  }
  if (through && kind.kind === 'Deployment') keepLabels(metadata, old);
  if (old.metadata.deletionTimestamp !== undefined) dropNewFinalizers(metadata, old);
  return metadata;
}

function keepLabels(metadata: KubeObject['metadata'], old: KubeObject): void {
  if (old.metadata.labels === undefined) delete metadata.labels;
  else metadata.labels = old.metadata.labels;
}

/** An object on its way out takes no new finalizers. */
function dropNewFinalizers(metadata: KubeObject['metadata'], old: KubeObject): void {
  const before = old.metadata['finalizers'];
  const now = metadata['finalizers'];
  if (Array.isArray(now)) metadata['finalizers'] = now.filter((name) => Array.isArray(before) && before.includes(name));
}

/** Defaults are only laid over parts that were sent: the stored ones have theirs. */
function defaultsFor(
  kind: KindInfo,
  old: KubeObject,
  subresource: Subresource | undefined,
): (draft: KubeObject) => void {
  const { defaults } = kind.strategy;
  if (!defaults || subresource !== undefined) return () => undefined;
  return (draft) => {
    if (draft['spec'] !== undefined && draft['spec'] === old['spec']) return;
    defaults(draft);
  };
}

function admissionOf({ ref, kind, old }: Change, options: StoreWriteOptions): Admission {
  return {
    kind,
    subresource: options.subresource ?? '',
    operation: 'UPDATE',
    namespace: ref.namespace,
    version: ref.resource.version,
    name: ref.name,
    old,
    dryRun: options.dryRun === true,
    user: options.user ?? 'system:admin',
  };
}

function bumpGeneration(kind: KindInfo, next: KubeObject, old: KubeObject): KubeObject {
  if (kind.generation === 'none') return next;
  const ignored = new Set(['metadata', 'apiVersion', 'kind', 'status']);
  const keys = new Set([...Object.keys(next), ...Object.keys(old)]);
  const spec = [...keys].some((key) => !ignored.has(key) && !sameJson(next[key], old[key]));
  const annotations =
    kind.generation === 'spec and annotations' &&
    !sameJson(next.metadata.annotations ?? {}, old.metadata.annotations ?? {});
  if (!spec && !annotations) return next;
  return { ...next, metadata: { ...next.metadata, generation: (old.metadata.generation ?? 0) + 1 } };
}

function withOwnership(state: StoreState, change: Change, next: KubeObject, options: StoreWriteOptions): KubeObject {
  if (change.applied) return next;
  const { kind, old, ref } = change;
  const writer = {
    manager: options.fieldManager ?? 'unknown',
    apiVersion: joinApiVersion(kind.group, ref.resource.version),
    subresource: options.subresource ?? '',
    now: timestamp(state),
  };
  const entries = trackedFields(old, next, kind, writer, options.fieldManager !== undefined);
  const metadata = { ...next.metadata };
  delete metadata['managedFields'];
  return {
    ...next,
    metadata: entries?.length ? { ...metadata, managedFields: entries } : metadata,
  };
}

function store(state: StoreState, kind: KindInfo, next: KubeObject, old: KubeObject, dryRun: boolean): KubeObject {
  const done = leaves(next);
  if (!done && sameJson(comparable(next), comparable(old))) return old;
  if (dryRun) return withVersion(next, Number(old.metadata.resourceVersion));
  return done ? remove(state, kind, frozen(next)) : commit(state, kind, next);
}

/** Without what differs by version or time only. */
function comparable(object: KubeObject): JsonObject {
  const entries = object.metadata['managedFields'];
  const timeless = Array.isArray(entries) ? entries.map((entry: JsonObject) => ({ ...entry, time: '' })) : undefined;
  return { ...object, apiVersion: '', metadata: { ...object.metadata, managedFields: timeless } };
}

/** Nothing holds it any more: deleted, no grace period left, no finalizers. */
export function leaves(object: KubeObject): boolean {
  if (object.metadata.deletionTimestamp === undefined) return false;
  if (Number(object.metadata['deletionGracePeriodSeconds'] ?? 0) > 0) return false;
  const waiting = [
    object.metadata['finalizers'],
    objectAt(object, 'spec') && object.kind === 'Namespace' ? at(object, 'spec', 'finalizers') : [],
  ];
  return waiting.every((list) => !Array.isArray(list) || list.length === 0);
}
