/** Lists in pages, projecting each object as it is read. */
import { MeshliftError, Transient } from '../errors.ts';
import type { KubeObject, ListOptions, ListPage, ResourceType } from './api.ts';
import { bodyBuffer } from './body-buffer.ts';
import { readItems } from './list-body.ts';
import { apiVersionOf, collectionPath, describeCollection, resourceName, withQuery } from './paths.ts';
import { type Attempt, isRecord, unreadableError } from './status-error.ts';
import type { Transport } from './transport.ts';

/** Servers that cannot cut down a kind to its metadata send whole objects: same shape, more bytes. */
const METADATA_ONLY = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';
const PAGE_SIZE = 500;

/** See `KubeApi.list`. The deadline counts for each page by itself. */
export async function* listPages<T>(
  transport: Transport,
  resource: ResourceType,
  options: ListOptions<T>,
): AsyncGenerator<ListPage<T>, void, undefined> {
  const attempt: Attempt = {
    verb: 'list',
    object: describeCollection(resource, options.namespace),
    right: `list ${resourceName(resource)}`,
    server: transport.connection.server,
  };
  const into = bodyBuffer();
  let token = '';
  do {
    const path = withQuery(collectionPath(resource, options.namespace), {
      limit: options.pageSize ?? PAGE_SIZE,
      continue: token,
      labelSelector: options.labelSelector,
      fieldSelector: options.fieldSelector,
    });
    const answer = await transport
      .call({
        method: 'GET',
        path,
        attempt,
        into,
        signal: options.signal,
        deadlineMs: options.deadlineMs,
        ...(options.metadataOnly ? { accept: METADATA_ONLY } : {}),
      })
      .catch((error: unknown) => expired(error, attempt, token));
    const { page, next } = readPage(answer.body, resource, attempt, options.project);
    token = next;
    yield page;
  } while (token !== '');
}

/** A continue token lives as long as etcd keeps the version it began with: five minutes by default. */
function expired(error: unknown, attempt: Attempt, token: string): never {
  if (!(error instanceof MeshliftError) || error.status !== 410 || token === '') throw error;
  throw new Transient(`The list of ${attempt.object} took longer than the server keeps its version.`, {
    object: attempt.object,
    status: 410,
    cause: error,
    remedy: 'Start the list over.',
  });
}

interface ReadPage<T> {
  readonly page: ListPage<T>;
  /** Continue token; '' after the last page. */
  readonly next: string;
}

function readPage<T>(
  body: Buffer,
  resource: ResourceType,
  attempt: Attempt,
  project: (object: KubeObject) => T,
): ReadPage<T> {
  const items: T[] = [];
  const envelope = readItems(
    body,
    (item) => items.push(project(asObject(item, resource, attempt))),
    (cause) => unreadableError(cause, attempt),
  );
  const metadata = isRecord(envelope['metadata']) ? envelope['metadata'] : {};
  const { resourceVersion, continue: next, remainingItemCount: remaining } = metadata;
  // Without it a later watch would begin at an arbitrary point and miss changes.
  if (typeof resourceVersion !== 'string') throw unreadableError(new Error('no resourceVersion'), attempt);
  return {
    page: { items, resourceVersion, remaining: typeof remaining === 'number' ? remaining : undefined },
    next: typeof next === 'string' ? next : '',
  };
}

/**
 * An object with its kind: the items of a list may leave it out, and metadata-only ones call themselves
 * PartialObjectMetadata. Throws Transient when it is no object with a name.
 */
export function asObject(value: unknown, resource: ResourceType, attempt: Attempt): KubeObject {
  const metadata = isRecord(value) ? value['metadata'] : undefined;
  if (!isRecord(value) || !isRecord(metadata) || typeof metadata['name'] !== 'string') {
    throw unreadableError(new Error('an object without metadata.name'), attempt);
  }
  value['apiVersion'] = apiVersionOf(resource);
  value['kind'] = resource.kind;
  return value as unknown as KubeObject;
}
