import type { KubeObject, ResourceType, WatchEvent, WatchOptions } from '../../src/kube/api.ts';
import { abortedError } from '../../src/kube/deadline.ts';
import { describeCollection, resourceName } from '../../src/kube/paths.ts';
import type { Attempt } from '../../src/kube/status-error.ts';
import { MeshliftError } from '../../src/errors.ts';
import type { Store } from '../store/store.ts';
import type { Selection, StopWatch, StoreEvent, StoreWatchOptions } from '../store/types.ts';
import { clientError } from './failures.ts';

/** Events that nobody has read yet, and who waits for one. */
interface Inbox {
  readonly events: StoreEvent[];
  wake: () => void;
  /** The server has ended the watch; what is in the box still counts. */
  closed: boolean;
}

/** An event that says where the watch stands. */
type Told<T> = Exclude<WatchEvent<T>, { type: 'restarted' }>;

/** See `KubeApi.watch`. */
export async function* watchStore<T>(
  store: Store,
  resource: ResourceType,
  options: WatchOptions<T>,
): AsyncGenerator<WatchEvent<T>, void, undefined> {
  const attempt = attemptOf(resource, options.namespace);
  let from = options.resourceVersion;
  let told = false;
  for (;;) {
    throwIfAborted(options.signal, attempt);
    const inbox: Inbox = { events: [], wake: () => undefined, closed: false };
    try {
      if (from === undefined) {
        for (const event of listed(store, resource, options)) {
          told = true;
          from = event.resourceVersion;
          yield event;
        }
      }
      const stop = open(store, resource, { ...selectionOf(options), resourceVersion: from ?? '' }, inbox);
      for await (const event of read(inbox, stop, options, attempt)) {
        told = true;
        from = event.resourceVersion;
        yield event;
      }
    } catch (failure) {
      const error = clientError(failure, attempt);
      if (!(error instanceof MeshliftError) || error.status !== 410) throw error;
      from = undefined;
      if (told) yield { type: 'restarted', why: error.message };
    }
  }
}

function attemptOf(resource: ResourceType, namespace: string | undefined): Attempt {
  const object = describeCollection(resource, namespace);
  return { verb: 'watch', object, right: `watch ${resourceName(resource)}`, server: 'sandbox' };
}

/** The selection of options whose unset fields must stay unset. */
export function selectionOf(options: Selection): Selection {
  const { namespace, labelSelector, fieldSelector } = options;
  return {
    ...(namespace !== undefined && { namespace }),
    ...(labelSelector !== undefined && { labelSelector }),
    ...(fieldSelector !== undefined && { fieldSelector }),
  };
}

function open(store: Store, resource: ResourceType, options: StoreWatchOptions, inbox: Inbox): StopWatch {
  const onClose = () => {
    inbox.closed = true;
    inbox.wake();
  };
  return store.watch(resource, { ...options, bookmarks: true, onClose }, (event) => {
    inbox.events.push(event);
    inbox.wake();
  });
}

/** Present objects as events, then where the list stands. */
function listed<T>(store: Store, resource: ResourceType, options: WatchOptions<T>): readonly Told<T>[] {
  const list = store.list(resource, selectionOf(options));
  const added = list.items.map((object) => ({
    type: 'added' as const,
    object: options.project(object),
    resourceVersion: object.metadata.resourceVersion ?? '',
  }));
  return [...added, { type: 'synced', resourceVersion: list.resourceVersion }];
}

async function* read<T>(
  inbox: Inbox,
  stop: StopWatch,
  options: WatchOptions<T>,
  attempt: Attempt,
): AsyncGenerator<Told<T>, void, undefined> {
  const onAbort = () => inbox.wake();
  options.signal?.addEventListener('abort', onAbort);
  try {
    for (;;) {
      throwIfAborted(options.signal, attempt);
      const event = inbox.events.shift();
      if (event) yield toldAs(event, options.project);
      else if (inbox.closed) return;
      else await new Promise<void>((resolve) => (inbox.wake = resolve));
    }
  } finally {
    stop();
    options.signal?.removeEventListener('abort', onAbort);
  }
}

const names = { ADDED: 'added', MODIFIED: 'modified', DELETED: 'deleted' } as const;

function toldAs<T>(event: StoreEvent, project: (object: KubeObject) => T): Told<T> {
  if (event.type === 'BOOKMARK') return { type: 'bookmark', resourceVersion: event.resourceVersion };
  return { type: names[event.type], object: project(event.object), resourceVersion: event.resourceVersion };
}

function throwIfAborted(signal: AbortSignal | undefined, attempt: Attempt): void {
  if (signal?.aborted) throw abortedError(`watch ${attempt.object}`, signal);
}
