import type { KubeObject, ResourceType } from '../../src/kube/api.ts';
import { mutate, validate, type Admission } from './admission.ts';
import { trackedFields } from './apply/apply.ts';
import { checkIdentity, checkNamespace, checkObject } from './checks.ts';
import { ApiFailure, alreadyExists, badRequest } from './failure.ts';
import { isObject, loosened, sealed, thawed } from './json.ts';
import { nameSuffix, uuid } from './random.ts';
import { joinApiVersion } from './registry.ts';
import { inVersion } from './read.ts';
import { defaultsOfSiblings, likeItsSibling } from './siblings.ts';
import { bucketOf, commit, keyOf, strategyContext, timestamp, type StoreState } from './state.ts';
import type { KindInfo, StoreWriteOptions } from './types.ts';

/**
 * Creates an object: checks, defaults, admission, name generation, storage, in the order of a real API server.
 * @returns what is stored; in a dry run what would be, without resourceVersion
 * @throws ApiFailure 404 kind or namespace, 400, 403 terminating namespace, 409 exists, 422, or admission's answer
 */
export function createObject(
  state: StoreState,
  resource: ResourceType,
  object: KubeObject,
  options: StoreWriteOptions,
): KubeObject {
  const kind = state.registry.served(resource);
  if (!isObject(object.metadata)) throw badRequest('the body has no metadata');
  const namespace = kind.namespaced ? object.metadata.namespace : undefined;
  checkIdentity(kind, resource, namespace, object);
  if (object.metadata.resourceVersion) {
    throw new ApiFailure(500, '', 'resourceVersion should not be set on objects to be created');
  }
  checkNamespace(state, kind, namespace, object.metadata.name ?? '');
  const admission: Admission = {
    kind,
    subresource: '',
    operation: 'CREATE',
    namespace,
    version: resource.version,
    name: object.metadata.name ?? '',
    old: null,
    dryRun: options.dryRun === true,
    user: options.user ?? 'system:admin',
  };
  const draft = fresh(state, kind, resource.version, object);
  const ofKind = kind.strategy.defaults ?? (() => undefined);
  const defaults = kind.kind === 'Pod' ? defaultsOfSiblings(state.siblings, draft, ofKind) : ofKind;
  defaults(draft);
  const admitted = mutate(state, admission, draft, defaults);
  const ready = prepare(state, kind, admitted);
  track(state, kind, resource.version, ready, options);
  checkObject(kind, ready);
  validate(state, { ...admission, name: ready.metadata.name }, ready);
  if (bucketOf(state, kind).get(keyOf(kind, namespace, ready.metadata.name)))
    throw alreadyExists(kind, ready.metadata.name);
  if (options.dryRun) return inVersion(kind, resource.version, sealed(ready));
  const stored = commit(state, kind, kind.kind === 'Pod' ? likeItsSibling(state.siblings, ready) : ready);
  return inVersion(kind, resource.version, stored);
}

/** A copy with the fields that only the server sets. */
function fresh(state: StoreState, kind: KindInfo, version: string, object: KubeObject): KubeObject {
  const { metadata: sent, ...rest } = object;
  const metadata = thawed(sent);
  for (const field of ['deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink', 'generation'])
    delete metadata[field];
  if (!kind.namespaced) delete metadata.namespace;
  metadata.uid = uuid(state.random);
  metadata.creationTimestamp = timestamp(state);
  if (kind.generation !== 'none') metadata.generation = 1;
  const draft: KubeObject = { metadata };
  const copy = kind.strategy.shallow ? loosened : thawed;
  for (const [key, value] of Object.entries(rest)) if (value !== undefined) draft[key] = copy(value);
  draft.apiVersion = joinApiVersion(kind.group, version);
  draft.kind = kind.kind;
  return draft;
}

/** After mutating admission: the name, an empty status, and what the kind decides. */
function prepare(state: StoreState, kind: KindInfo, admitted: KubeObject): KubeObject {
  const draft = admitted;
  if (!draft.metadata.name && draft.metadata['generateName']) draft.metadata.name = generateName(state, kind, draft);
  if (kind.subresources.includes('status') && !kind.keepsStatusOnCreate) {
    if (kind.custom) delete draft['status'];
    else draft['status'] = {};
  }
  kind.strategy.prepareCreate?.(draft, strategyContext(state));
  return draft;
}

/** A free name; Kubernetes tries 8 times before it gives up with 409. */
function generateName(state: StoreState, kind: KindInfo, draft: KubeObject): string {
  const bucket = bucketOf(state, kind);
  const base = String(draft.metadata['generateName']).slice(0, 58);
  let name = base + nameSuffix(state.random);
  for (let attempt = 1; attempt < 8 && bucket.get(keyOf(kind, draft.metadata.namespace, name)); attempt++) {
    name = base + nameSuffix(state.random);
  }
  return name;
}

function track(
  state: StoreState,
  kind: KindInfo,
  version: string,
  draft: KubeObject,
  options: StoreWriteOptions,
): void {
  if (options.fieldManager === undefined) {
    // An apply brings its own entries; anything else without a manager is not tracked.
    const sent = draft.metadata['managedFields'];
    if (sent !== undefined && !Array.isArray(sent)) delete draft.metadata['managedFields'];
    return;
  }
  const apiVersion = joinApiVersion(kind.group, version);
  const writer = { manager: options.fieldManager, apiVersion, subresource: '', now: timestamp(state) };
  const entries = trackedFields(undefined, draft, kind, writer, true);
  if (entries?.length) draft.metadata['managedFields'] = entries;
  else delete draft.metadata['managedFields'];
}
