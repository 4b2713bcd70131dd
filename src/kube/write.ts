/** Writes: one request each, with meshlift as field manager. */
import { Blocked, Transient } from '../errors.ts';
import type { KubeApi, KubeObject, ObjectRef, PatchKind, ResourceType, WriteOptions } from './api.ts';
import {
  apiVersionOf,
  collectionPath,
  describeObject,
  objectPath,
  type Query,
  resourceName,
  withQuery,
} from './paths.ts';
import { type Attempt, isRecord, unreadableError } from './status-error.ts';
import type { Answer, Call, Transport } from './transport.ts';

/** Owner of the fields that meshlift writes, as managedFields shows it. */
const FIELD_MANAGER = 'meshlift';

/** Content types of the API server. Apply takes YAML, of which JSON is a part. */
const CONTENT_TYPES: Readonly<Record<PatchKind, string>> = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

const POD: ResourceType = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };

/** The methods of `KubeApi` that write. */
export function writer(transport: Transport): Pick<KubeApi, 'create' | 'patch' | 'delete' | 'evict'> {
  return {
    create: async (resource, object, options = {}) => create(transport, resource, object, options),
    patch: async (ref, kind, patch, options = {}) => {
      const query = { ...writeQuery(options), force: kind === 'apply' && options.force ? 'true' : undefined };
      return sendForObject(transport, {
        method: 'PATCH',
        path: withQuery(objectPath(ref, options.subresource), query),
        body: JSON.stringify(patch),
        contentType: CONTENT_TYPES[kind],
        attempt: attemptOn(transport, 'patch', ref, options.subresource),
        ...limits(options),
      });
    },
    delete: async (ref, options = {}) => {
      await transport.call({
        method: 'DELETE',
        path: objectPath(ref),
        body: JSON.stringify(deleteOptions(options)),
        attempt: attemptOn(transport, 'delete', ref),
        ...limits(options),
      });
    },
    evict: async (pod, options = {}) => evict(transport, pod, options),
  };
}

async function create(
  transport: Transport,
  resource: ResourceType,
  object: KubeObject,
  options: WriteOptions,
): Promise<KubeObject> {
  const { namespace, name } = object.metadata;
  const ref = { resource, name, ...(namespace ? { namespace } : {}) };
  return sendForObject(transport, {
    method: 'POST',
    path: withQuery(collectionPath(resource, namespace), writeQuery(options)),
    body: JSON.stringify({ ...object, apiVersion: apiVersionOf(resource), kind: resource.kind }),
    attempt: attemptOn(transport, 'create', ref),
    ...limits(options),
  });
}

async function evict(
  transport: Transport,
  pod: { readonly namespace: string; readonly name: string; readonly uid?: string },
  options: WriteOptions,
): Promise<void> {
  const { namespace, name, uid } = pod;
  const ref: ObjectRef = { resource: POD, namespace, name };
  const attempt = { ...attemptOn(transport, 'create', ref, 'eviction'), verb: 'evict' };
  const body = {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name, namespace },
    // Without the uid a pod of the same name, made meanwhile, would be evicted in its place.
    ...(uid ? { deleteOptions: { preconditions: { uid } } } : {}),
  };
  const path = withQuery(objectPath(ref, 'eviction'), writeQuery(options));
  await transport
    .call({ method: 'POST', path, body: JSON.stringify(body), attempt, ...limits(options) })
    .catch((error: unknown) => manyBudgets(error));
}

/** The server answers 500 when two budgets select one pod (registry/core/pod/storage/eviction.go): no time cures that. */
function manyBudgets(error: unknown): never {
  if (!(error instanceof Transient) || !error.message.includes('more than one PodDisruptionBudget')) throw error;
  throw new Blocked(error.message, {
    cause: error,
    remedy: 'Leave only one PodDisruptionBudget that selects the pod.',
    ...(error.object ? { object: error.object } : {}),
    ...(error.status ? { status: error.status } : {}),
  });
}

/** Reads one object. */
export async function getObject(transport: Transport, ref: ObjectRef, options: WriteOptions): Promise<KubeObject> {
  return sendForObject(transport, {
    method: 'GET',
    path: objectPath(ref),
    attempt: attemptOn(transport, 'get', ref),
    ...limits(options),
  });
}

async function sendForObject(transport: Transport, call: Call): Promise<KubeObject> {
  return readObject(await transport.call(call), call.attempt);
}

function readObject(answer: Answer, attempt: Attempt): KubeObject {
  let value: unknown;
  try {
    value = JSON.parse(answer.body.toString('utf8'));
  } catch (error) {
    throw unreadableError(error, attempt);
  }
  if (!isRecord(value) || !isRecord(value['metadata'])) throw unreadableError(new Error('no object'), attempt);
  return value as unknown as KubeObject;
}

function attemptOn(transport: Transport, verb: string, ref: ObjectRef, subresource?: string): Attempt {
  const resource = resourceName(ref.resource);
  return {
    verb,
    object: describeObject(ref),
    right: `${verb} ${resource}${subresource ? `/${subresource}` : ''}`,
    server: transport.connection.server,
  };
}

function writeQuery(options: WriteOptions): Query {
  return { fieldManager: FIELD_MANAGER, dryRun: options.dryRun ? 'All' : undefined };
}

function deleteOptions(options: Parameters<KubeApi['delete']>[1] & object): Record<string, unknown> {
  const { uid, resourceVersion, dryRun } = options;
  const preconditions = { ...(uid ? { uid } : {}), ...(resourceVersion ? { resourceVersion } : {}) };
  return {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    ...(uid || resourceVersion ? { preconditions } : {}),
    ...(dryRun ? { dryRun: ['All'] } : {}),
  };
}

function limits(options: WriteOptions): Pick<Call, 'signal' | 'deadlineMs'> {
  return { signal: options.signal, deadlineMs: options.deadlineMs };
}
