import type { ServerResponse } from 'node:http';
import type { KubeObject } from '../../src/kube/api.ts';
import { joinApiVersion } from '../store/registry.ts';
import type { StoreEvent, StoreWatchOptions } from '../store/types.ts';
import { failureOf } from './answer.ts';
import type { Door } from './door.ts';
import { formOf, metadataOf, type Form } from './form.ts';
import type { Place } from './place.ts';
import { layoutOf, matchRefused, revisionOf, selectionIn } from './reading.ts';
import { countIn, flagIn, type ApiRequest } from './request.ts';
import { tableOf } from './table.ts';

/** Bytes that a watcher may be behind, beyond its first events, before it is cut off, as a real server does. */
const maxBehindBytes = 64 * 1024 * 1024;
/** Longest time that a timer of Node takes, in milliseconds. */
const maxTimerMs = 2_147_483_647;

/** What a watch request asks for. */
interface WatchRequest {
  readonly form: Form;
  readonly options: StoreWatchOptions;
  readonly bookmarks: boolean;
  /** A bookmark marks the end of the present objects. */
  readonly marksInitial: boolean;
  /** Milliseconds; undefined for no end. */
  readonly timeoutMs: number | undefined;
}

/**
 * Answers a watch: one JSON event a line until the client goes, its timeoutSeconds are over, or the server ends it. A
 * version that is too old is told in the stream, as the watch cache of a real server does.
 * @throws ApiFailure before anything is sent: 400, 404, 406, 422, 504
 */
export function serveWatch(door: Door, place: Place, request: ApiRequest, response: ServerResponse): void {
  const asked = readRequest(door, place, request.query, request.accept);
  const encode = encoder(door, place, asked.form);
  response.setHeader('content-type', 'application/json');
  const send = (type: string, object: unknown) => response.write(`${JSON.stringify({ type, object })}\n`);
  const mark = (annotations?: Readonly<Record<string, string>>) =>
    send('BOOKMARK', encode.bookmark(door.store.resourceVersion, annotations));
  let allowedBehind = Infinity;
  const listener = (event: StoreEvent) => {
    if (response.writableLength > allowedBehind) response.destroy();
    else if (event.type === 'BOOKMARK') mark();
    else send(event.type, encode.object(event.object, event.resourceVersion));
  };
  try {
    const stop = door.store.watch(place.resource, { ...asked.options, onClose: () => response.end() }, listener);
    response.once('close', stop);
  } catch (error) {
    const failure = failureOf(error);
    if (failure.code !== 410) throw error;
    send('ERROR', failure.status());
    response.end();
    return;
  }
  if (asked.marksInitial) mark({ 'k8s.io/initial-events-end': 'true' });
  allowedBehind = response.writableLength + maxBehindBytes;
  response.flushHeaders();
  setTimers(asked, door.bookmarkMs, response, mark);
}

function setTimers(asked: WatchRequest, bookmarkMs: number, response: ServerResponse, mark: () => void): void {
  const bookmarks = asked.bookmarks ? setInterval(mark, bookmarkMs) : undefined;
  const end = () => {
    if (asked.bookmarks) mark();
    response.end();
  };
  const timeout = asked.timeoutMs === undefined ? undefined : setTimeout(end, asked.timeoutMs);
  const stop = () => {
    clearInterval(bookmarks);
    clearTimeout(timeout);
  };
  // 'finish' too: a slow reader's connection may stay open long after the stream has ended.
  response.once('finish', stop).once('close', stop);
}

function readRequest(door: Door, place: Place, query: URLSearchParams, accept: string): WatchRequest {
  const timeout = countIn(query, 'timeoutSeconds') ?? 0;
  const bookmarks = flagIn(query, 'allowWatchBookmarks');
  const initial = query.has('sendInitialEvents') ? flagIn(query, 'sendInitialEvents') : undefined;
  checkMatch(query.get('resourceVersionMatch') ?? '', initial, bookmarks);
  return {
    form: formOf(accept, query.get('includeObject')),
    options: { ...selectionIn(place, query), ...startOf(door, query, initial), bookmarks },
    bookmarks,
    marksInitial: initial === true,
    timeoutMs: timeout > 0 ? Math.min(timeout * 1000, maxTimerMs) : undefined,
  };
}

/** Source: Kubernetes documentation, "API Concepts", streaming lists. */
function checkMatch(match: string, initial: boolean | undefined, bookmarks: boolean): void {
  if (initial === undefined) {
    if (match === '') return;
    throw matchRefused('Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
  }
  if (match !== 'NotOlderThan') {
    throw matchRefused('Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  }
  if (initial && !bookmarks)
    throw matchRefused('Forbidden: sendInitialEvents requires setting allowWatchBookmarks to true');
}

function startOf(
  door: Door,
  query: URLSearchParams,
  initial: boolean | undefined,
): Pick<StoreWatchOptions, 'resourceVersion'> {
  const version = query.get('resourceVersion') ?? '';
  if (version !== '') revisionOf(version);
  if (initial === true) return {};
  if (initial === false && (version === '' || version === '0')) return { resourceVersion: door.store.resourceVersion };
  return version === '' ? {} : { resourceVersion: version };
}

/** Objects of events in the form that was asked for. */
interface Encoder {
  object(object: KubeObject, resourceVersion: string): unknown;
  bookmark(resourceVersion: string, annotations?: Readonly<Record<string, string>>): unknown;
}

function encoder(door: Door, place: Place, form: Form): Encoder {
  const { group, version } = place.resource;
  const own = { kind: place.kind.kind, apiVersion: joinApiVersion(group, version) };
  const marked = (resourceVersion: string, annotations?: Readonly<Record<string, string>>) => ({
    resourceVersion,
    ...(annotations && { annotations }),
  });
  if (form.kind === 'metadata') {
    const partial = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' };
    return { object: metadataOf, bookmark: (...mark) => ({ ...partial, metadata: marked(...mark) }) };
  }
  if (form.kind === 'object') {
    return { object: (object) => object, bookmark: (...mark) => ({ ...own, metadata: marked(...mark) }) };
  }
  let titled = true;
  const table = (items: readonly KubeObject[], metadata: object) => {
    const first = titled;
    titled = false;
    return tableOf(layoutOf(door, place, form), items, metadata, first);
  };
  return {
    object: (object, resourceVersion) => table([object], { resourceVersion }),
    bookmark: (...mark) => table([], marked(...mark)),
  };
}
