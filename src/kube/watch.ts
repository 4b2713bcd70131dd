/** Watches that go on over everything that ends a stream, without losing a change. */
import { Aborted, explain, MeshliftError, Transient } from '../errors.ts';
import type { KubeObject, ResourceType, WatchEvent, WatchOptions } from './api.ts';
import { abortedError, sleep, withDeadline } from './deadline.ts';
import { asObject, listPages } from './list.ts';
import { collectionPath, describeCollection, resourceName, withQuery } from './paths.ts';
import { type Attempt, connectionError, isRecord, readStatus, statusError, unreadableError } from './status-error.ts';
import type { Transport } from './transport.ts';
import { type WatchLine, watchLines } from './watch-stream.ts';

/** Times of a watch, in milliseconds. */
export interface WatchTimes {
  /** Silence after which a stream counts as dead: above the bookmarks' period of one minute. */
  readonly idleMs: number;
  /** Upper bound of the first back-off. */
  readonly backoffMs: number;
}

/** What one watch works with. */
interface Watch<T> {
  readonly transport: Transport;
  readonly resource: ResourceType;
  readonly options: WatchOptions<T>;
  readonly times: WatchTimes;
  readonly attempt: Attempt;
}

/** Where a watch stands. */
interface Position {
  /** Undefined: the kind must be listed (again). */
  version: string | undefined;
  /** Failures since the last event. */
  failures: number;
  /** Set once anything was told; a list after that must say what it replaces. */
  told: boolean;
  /** Whether the latest stream brought any event. */
  heard: boolean;
  /** Why the last stream ended. */
  why: string;
}

/** Milliseconds. */
const MAX_BACKOFF_MS = 30_000;
/** After so many failures in a row at the same version it is listed again, and a refusal is believed. */
const PATIENCE = 5;

/**
 * See `KubeApi.watch`. Throws Aborted for the signal. Refusals (NotFound, Blocked, InvalidInput) are thrown at once before
 * the first event, and after five in a row later: an API server that starts refuses for a moment what it will allow.
 */
export async function* watchKind<T>(
  transport: Transport,
  resource: ResourceType,
  options: WatchOptions<T>,
  times: WatchTimes,
): AsyncGenerator<WatchEvent<T>, void, undefined> {
  const watch: Watch<T> = { transport, resource, options, times, attempt: attemptOf(transport, resource, options) };
  const position: Position = { version: options.resourceVersion, failures: 0, told: false, heard: false, why: '' };
  for (;;) {
    try {
      if (position.version === undefined) yield* listAll(watch, position);
      yield* follow(watch, position);
      // A server that closes at once, again and again, must not be asked in a busy loop.
      if (!position.heard) noteFailure(position, 'the stream ended without an event');
    } catch (error) {
      if (isFinal(error, position)) throw error;
      noteFailure(position, explain(error));
      if (error instanceof MeshliftError && error.status === 410) position.version = undefined;
    }
    if (options.signal?.aborted) throw abortedError(`watch ${watch.attempt.object}`, options.signal);
    await backOff(watch, position);
  }
}

function attemptOf<T>(transport: Transport, resource: ResourceType, options: WatchOptions<T>): Attempt {
  return {
    verb: 'watch',
    object: describeCollection(resource, options.namespace),
    right: `watch ${resourceName(resource)}`,
    server: transport.connection.server,
  };
}

function isFinal(error: unknown, position: Position): boolean {
  if (error instanceof Transient) return false;
  if (error instanceof Aborted || !(error instanceof MeshliftError)) return true;
  return !position.told || position.failures + 1 >= PATIENCE;
}

function noteFailure(position: Position, why: string): void {
  position.failures += 1;
  position.why = why;
  if (position.failures % PATIENCE === 0) position.version = undefined;
}

async function backOff<T>(watch: Watch<T>, position: Position): Promise<void> {
  if (position.failures === 0) return;
  const bound = Math.min(MAX_BACKOFF_MS, watch.times.backoffMs * 2 ** Math.min(position.failures - 1, 16));
  await sleep(watch.transport.random() * bound, watch.options.signal);
}

interface Listed<T> {
  readonly object: T;
  readonly resourceVersion: string;
}

async function* listAll<T>(watch: Watch<T>, position: Position): AsyncGenerator<WatchEvent<T>, void, undefined> {
  if (position.told) yield { type: 'restarted', why: position.why };
  const keep = (object: KubeObject): Listed<T> => ({
    object: watch.options.project(object),
    resourceVersion: object.metadata.resourceVersion ?? '',
  });
  let version = '';
  for await (const page of listPages(watch.transport, watch.resource, { ...watch.options, project: keep })) {
    for (const item of page.items) {
      position.told = true;
      yield { type: 'added', ...item };
    }
    version = page.resourceVersion;
  }
  position.version = version;
  position.told = true;
  yield { type: 'synced', resourceVersion: version };
}

/** One stream from the position to its end. */
async function* follow<T>(watch: Watch<T>, position: Position): AsyncGenerator<WatchEvent<T>, void, undefined> {
  const { attempt, options, times } = watch;
  const controller = new AbortController();
  position.heard = false;
  try {
    const body = await openStream(watch, position.version ?? '', controller);
    // The last abort of a stream nobody reads on would else be an unhandled error.
    body.on('error', () => undefined);
    for await (const line of watchLines(body, { attempt, signal: options.signal, idleMs: times.idleMs })) {
      const event = eventOf(line, watch);
      position.version = event.resourceVersion;
      position.failures = 0;
      position.told = true;
      position.heard = true;
      yield event;
    }
  } finally {
    controller.abort();
  }
}

async function openStream<T>(watch: Watch<T>, version: string, controller: AbortController) {
  const { transport, options, attempt } = watch;
  const path = withQuery(collectionPath(watch.resource, options.namespace), {
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion: version,
    // Spread, so that watches opened together do not end together.
    timeoutSeconds: 300 + Math.floor(transport.random() * 300),
    labelSelector: options.labelSelector,
    fieldSelector: options.fieldSelector,
  });
  const deadlineMs = options.deadlineMs ?? transport.requestTimeoutMs;
  const limits = {
    signal: options.signal,
    deadlineMs,
    onTimeout: () => connectionError(new Error(`no answer within ${String(deadlineMs)} ms`), attempt, true),
    what: `watch ${attempt.object}`,
  };
  return withDeadline(limits, async () => transport.open({ method: 'GET', path, attempt }, controller.signal));
}

/** Throws what an ERROR event carries; 410 in it means that the version is too old, as the HTTP status does. */
function eventOf<T>(line: WatchLine, watch: Watch<T>): Exclude<WatchEvent<T>, { type: 'restarted' }> {
  const { attempt, resource, options } = watch;
  if (line.type === 'ERROR') {
    const code = readStatus(line.object)?.code ?? 500;
    throw statusError({ status: code, retryAfter: undefined, body: JSON.stringify(line.object) }, attempt);
  }
  if (line.type === 'BOOKMARK') return { type: 'bookmark', resourceVersion: versionOf(line.object, attempt) };
  const object = asObject(line.object, resource, attempt);
  const resourceVersion = versionOf(object, attempt);
  return { type: TOLD[line.type], object: options.project(object), resourceVersion };
}

const TOLD = { ADDED: 'added', MODIFIED: 'modified', DELETED: 'deleted' } as const;

/** Without it the watch could not go on where it stopped. */
function versionOf(object: unknown, attempt: Attempt): string {
  const metadata = isRecord(object) ? object['metadata'] : undefined;
  const version = isRecord(metadata) ? metadata['resourceVersion'] : undefined;
  if (typeof version !== 'string') throw unreadableError(new Error('an event without resourceVersion'), attempt);
  return version;
}
