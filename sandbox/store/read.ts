import type { KubeObject, ObjectRef, ResourceType } from '../../src/kube/api.ts';
import { decodeContinue, encodeContinue } from './continue.ts';
import { ApiFailure, badRequest, expired, notFound } from './failure.ts';
import { parseFieldSelector } from './field-selectors.ts';
import { everything, parseLabelSelector } from './selectors.ts';
import { joinApiVersion } from './registry.ts';
import { bucketOf, keyOf, tellFirst, withVersion, type StoreState } from './state.ts';
import type { ChangeRecord } from './events.ts';
import type { Watcher } from './bucket.ts';
import type {
  KindInfo,
  Selection,
  StopWatch,
  StoreEvent,
  StoreList,
  StoreListOptions,
  StoreWatchOptions,
} from './types.ts';

/** The object as a version of its kind shows it: with conversion None only apiVersion differs. */
export function inVersion(kind: KindInfo, version: string, object: KubeObject): KubeObject {
  if (version === kind.storage) return object;
  return Object.freeze({ ...object, apiVersion: joinApiVersion(kind.group, version) });
}

/** The stored object. @throws ApiFailure 404 */
export function getStored(state: StoreState, kind: KindInfo, namespace: string | undefined, name: string): KubeObject {
  const object = bucketOf(state, kind).get(keyOf(kind, namespace, name));
  if (!object) throw notFound(kind, name);
  return object;
}

/** One object. @throws ApiFailure 404 for object or kind */
export function getObject(state: StoreState, ref: ObjectRef): KubeObject {
  const kind = state.registry.served(ref.resource);
  return inVersion(kind, ref.resource.version, getStored(state, kind, ref.namespace, ref.name));
}

type Match = ((object: KubeObject) => boolean) | undefined;

function selection(kind: KindInfo, options: Selection): Match {
  const labels = parseLabelSelector(options.labelSelector);
  const fields = parseFieldSelector(kind, options.fieldSelector);
  if (labels === everything) return fields;
  return (object) => labels(object.metadata.labels ?? {}) && (fields === undefined || fields(object));
}

function prefixOf(kind: KindInfo, namespace: string | undefined): string {
  if (!namespace) return '';
  if (!kind.namespaced) throw badRequest(`${kind.plural} are not namespaced`);
  return `${namespace}/`;
}

/**
 * A page of objects in the order of namespace and name.
 * @throws ApiFailure 404 unknown kind, 400 bad selector or token, 410 when the token's version is gone
 */
export function listObjects(state: StoreState, resource: ResourceType, options: StoreListOptions): StoreList {
  const kind = state.registry.served(resource);
  const bucket = bucketOf(state, kind);
  const matches = selection(kind, options);
  const from = options.continue ? decodeContinue(options.continue) : { revision: state.revision, after: '' };
  if (from.revision < bucket.log.forgotten) throw expired(tokenTooOld);
  const prefix = prefixOf(kind, options.namespace);
  const view = bucket.at(from.revision, prefix, from.after);
  const limit = options.limit && options.limit > 0 ? options.limit : Infinity;
  const items: KubeObject[] = [];
  let index = 0;
  let last = '';
  for (; index < view.keys.length && items.length < limit; index++) {
    last = view.keys[index] ?? '';
    const object = view.get(last);
    if (object && (!matches || matches(object))) items.push(inVersion(kind, resource.version, object));
  }
  const more = matches ? anyLeft(view, index, matches) : index < view.keys.length;
  return {
    items,
    resourceVersion: String(from.revision),
    continue: more ? encodeContinue({ revision: from.revision, after: last }) : undefined,
    remaining: more && !matches ? view.keys.length - index : undefined,
  };
}

function anyLeft(
  view: ReturnType<ReturnType<typeof bucketOf>['at']>,
  from: number,
  matches: NonNullable<Match>,
): boolean {
  for (let index = from; index < view.keys.length; index++) {
    const object = view.get(view.keys[index] ?? '');
    if (object && matches(object)) return true;
  }
  return false;
}

const tokenTooOld =
  'The provided continue parameter is too old to display a consistent list result. ' +
  'You must start a new list without the continue parameter.';

/**
 * Tells `listener` of every change from a version on, in order, at once and then during each write. It may write itself.
 * @throws ApiFailure 404, 400, 410 when the version is older than the history, 504 when it lies in the future
 */
export function watchObjects(
  state: StoreState,
  resource: ResourceType,
  options: StoreWatchOptions,
  listener: (event: StoreEvent) => void,
): StopWatch {
  const kind = state.registry.served(resource);
  const bucket = bucketOf(state, kind);
  const matches = selection(kind, options);
  const namespace = options.namespace;
  const wanted = (object: KubeObject) =>
    (!namespace || object.metadata.namespace === namespace) && (!matches || matches(object));
  let open = true;
  const tell = (type: 'ADDED' | 'MODIFIED' | 'DELETED', key: string, object: KubeObject) => {
    if (!open) return;
    const { resourceVersion = '' } = object.metadata;
    listener({ type, key, object: inVersion(kind, resource.version, object), resourceVersion });
  };
  const watcher: Watcher = {
    seen: state.revision,
    tell: (record) => forward(record, wanted, tell),
    bookmark: (revision) => {
      if (open && options.bookmarks) listener({ type: 'BOOKMARK', resourceVersion: String(revision) });
    },
    close: () => {
      if (!options.onClose) return;
      stop();
      options.onClose();
    },
  };
  const stop = () => {
    open = false;
    bucket.watchers.delete(watcher);
  };
  const start = startRevision(state, bucket.log.forgotten, options.resourceVersion);
  const missed = start === undefined ? [] : bucket.log.since(start);
  const present = start === undefined ? bucket.keys(prefixOf(kind, namespace)) : [];
  const states = present.map((key) => bucket.get(key));
  bucket.watchers.add(watcher);
  tellFirst(state, () => {
    for (const [index, key] of present.entries()) {
      const object = states[index];
      if (object && wanted(object)) tell('ADDED', key, object);
    }
    for (const record of missed) watcher.tell(record);
  });
  return stop;
}

function startRevision(state: StoreState, forgotten: number, text: string | undefined): number | undefined {
  if (text === undefined || text === '' || text === '0') return undefined;
  const start = Number(text);
  if (!Number.isSafeInteger(start) || start < 0)
    throw badRequest(`Invalid value: ${JSON.stringify(text)}: resourceVersion is no number`);
  if (start > state.revision) {
    const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }];
    const message = `Timeout: Too large resource version: ${start}, current: ${state.revision}`;
    throw new ApiFailure(504, 'Timeout', message, { causes, retryAfterSeconds: 1 });
  }
  if (start < forgotten) throw expired(`too old resource version: ${start} (${state.revision})`);
  return start;
}

/** A change as a watcher with selectors sees it: entering the selection is ADDED, leaving it DELETED. */
function forward(
  record: ChangeRecord,
  wanted: (object: KubeObject) => boolean,
  tell: (type: 'ADDED' | 'MODIFIED' | 'DELETED', key: string, object: KubeObject) => void,
): void {
  const { key, previous, object, revision, last } = record;
  const was = previous !== undefined && wanted(previous);
  if (object && wanted(object)) tell(was ? 'MODIFIED' : 'ADDED', key, object);
  else if (was) tell('DELETED', key, last ?? withVersion(previous, revision));
}

/** Sends a BOOKMARK with the current version to every watch that wants them. */
export function bookmarkAll(state: StoreState): void {
  for (const bucket of state.buckets.values()) {
    for (const watcher of [...bucket.watchers]) watcher.bookmark(state.revision);
  }
}

/** Ends every watch that can be ended, as a restart of the API server does. */
export function closeAll(state: StoreState): void {
  for (const bucket of state.buckets.values()) {
    for (const watcher of [...bucket.watchers]) watcher.close();
  }
}
