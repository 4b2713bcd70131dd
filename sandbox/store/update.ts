import type { KubeObject, ObjectRef } from '../../src/kube/api.ts';
import { mutate, validate, type Admission } from './admission.ts';
import { trackedFields } from './apply/apply.ts';
import { checkChange, checkIdentity } from './checks.ts';
import { badRequest, conflict, invalid, methodNotAllowed } from './failure.ts';
import { at, frozen, isObject, loosened, objectAt, sameJson, thawed, type JsonObject } from './json.ts';
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
  // Spec and labels of the draft are the old ones here, its annotations may not be: they count for the main resource only.
  const counted = options.subresource === 'status' ? admitted : bumpGeneration(kind, admitted, old);
  const complete = withOwnership(state, change, counted, options);
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
  const draft = topLevel(kind, old, next, subresource) as KubeObject;
  draft.metadata = metadataOf(kind, old, next, subresource);
  draft.apiVersion = joinApiVersion(kind.group, ref.resource.version);
  draft.kind = kind.kind;
  return draft;
}

function topLevel(kind: KindInfo, old: KubeObject, next: KubeObject, subresource: Subresource | undefined): JsonObject {
  if (subresource === 'status') return own(old, { ...old, status: next['status'] }, frozen);
  if (subresource === 'finalize' || subresource === 'binding')
    return own(old, { ...old, spec: next['spec'], status: next['status'] }, frozen);
  const sent = kind.subresources.includes('status') ? { ...next, status: old['status'] } : { ...next };
  return own(old, sent, kind.strategy.shallow ? loosened : thawed);
}

/** Copies what is not shared with the stored object, so that hooks may change the draft; drops undefined. */
function own(old: KubeObject, next: JsonObject, copy: (value: unknown) => unknown): JsonObject {
  for (const key of Object.keys(next)) {
    const value = next[key];
    if (value === undefined) Reflect.deleteProperty(next, key);
    else if (value !== old[key] && key !== 'metadata') next[key] = copy(value);
  }
  return next;
}

const serverFields = [
  'name',
  'namespace',
  'resourceVersion',
  'generateName',
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
  if ((through && kind.custom) || next.metadata === old.metadata) return old.metadata;
  const metadata = loosened(next.metadata);
  for (const field of serverFields) {
    if (metadata[field] === old.metadata[field]) continue;
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

const uncounted = new Set(['metadata', 'apiVersion', 'kind', 'status']);

/** Whether two states of an object are the same but for some of its fields. */
function sameFields(next: KubeObject, old: KubeObject, but: ReadonlySet<string>): boolean {
  for (const key of Object.keys(next)) if (!but.has(key) && !sameJson(next[key], old[key])) return false;
  return Object.keys(old).every((key) => but.has(key) || key in next);
}

function bumpGeneration(kind: KindInfo, next: KubeObject, old: KubeObject): KubeObject {
  if (kind.generation === 'none') return next;
  const spec = !sameFields(next, old, uncounted);
  const annotations =
    kind.generation === 'spec and annotations' &&
    !sameJson(next.metadata.annotations ?? {}, old.metadata.annotations ?? {});
  if (!spec && !annotations) return next;
  return { ...next, metadata: { ...next.metadata, generation: (old.metadata.generation ?? 0) + 1 } };
}

function withOwnership(state: StoreState, change: Change, next: KubeObject, options: StoreWriteOptions): KubeObject {
  if (change.applied) return next;
  const { kind, old, ref } = change;
  const tracked = old.metadata['managedFields'] !== undefined || next.metadata['managedFields'] !== undefined;
  if (!tracked && options.fieldManager === undefined) return next;
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
  if (!done && sameFields(next, old, versionAndMetadata) && sameMetadata(next.metadata, old.metadata)) return old;
  if (dryRun) return withVersion(next, Number(old.metadata.resourceVersion));
  return done ? remove(state, kind, frozen(next)) : commit(state, kind, next);
}

const versionAndMetadata = new Set(['apiVersion', 'metadata']);

/** But for the times of the ownership of fields. */
function sameMetadata(a: KubeObject['metadata'], b: KubeObject['metadata']): boolean {
  return a === b || sameJson(timeless(a), timeless(b));
}

function timeless(metadata: KubeObject['metadata']): JsonObject {
  const entries = metadata['managedFields'];
  if (!Array.isArray(entries)) return metadata;
  return {
    ...metadata,
    managedFields: entries.map((entry: unknown) => (isObject(entry) ? { ...entry, time: '' } : entry)),
  };
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
