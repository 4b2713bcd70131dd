/** ConfigMaps and Leases in memory, with versions and preconditions; writes can be lost on the way there or back. */
import { Conflict, NotFound, Transient } from '../errors.ts';
import type { KubeApi, KubeObject, ListOptions, ListPage, ObjectRef, ResourceType } from '../kube/api.ts';

/** What becomes of a write: it never arrives, its answer never arrives, or the server says something. */
export type Fate = 'dropped' | 'answer lost' | Error;

/** The store behind an API. */
export interface Store {
  readonly api: KubeApi;
  readonly objects: Map<string, KubeObject>;
  /** Taken one by one, one for each write; 'fine' when there is none left. */
  readonly fates: (Fate | 'fine')[];
  /** 'create configmaps/a/b' of every write that was tried. */
  readonly writes: string[];
  /** Called before each write is looked at. */
  onWrite: (write: string) => void;
  /** Errors of reads, taken one by one. */
  readonly readErrors: Error[];
}

/** An empty store. */
export function memoryStore(): Store {
  const objects = new Map<string, KubeObject>();
  let version = 0;
  const keyOf = (plural: string, namespace: string | undefined, name: string): string =>
    `${plural}/${namespace ?? ''}/${name}`;
  const stored = (key: string, object: KubeObject): KubeObject => {
    version += 1;
    const at = new Date(version * 1000).toISOString();
    const metadata = { creationTimestamp: at, ...object.metadata, resourceVersion: String(version) };
    const made = structuredClone({ ...object, metadata });
    objects.set(key, made);
    return structuredClone(made);
  };
  const write = async (name: string, effect: () => KubeObject): Promise<KubeObject> => {
    await Promise.resolve();
    store.writes.push(name);
    store.onWrite(name);
    const fate = store.fates.shift() ?? 'fine';
    if (fate === 'dropped') throw new Transient('the connection was reset');
    if (fate instanceof Error) throw fate;
    const made = effect();
    if (fate === 'answer lost') throw new Transient('no answer in time');
    return made;
  };
  const read = async (): Promise<void> => {
    await Promise.resolve();
    const error = store.readErrors.shift();
    if (error !== undefined) throw error;
  };
  const present = (key: string): KubeObject => {
    const found = objects.get(key);
    if (found === undefined) throw new NotFound(`${key} not found`, { status: 404 });
    return found;
  };
  const refuse = (): never => {
    throw new NotFound('not in this test');
  };
  const api: KubeApi = {
    server: 'memory',
    get: async (ref: ObjectRef) => {
      await read();
      return structuredClone(present(keyOf(ref.resource.plural, ref.namespace, ref.name)));
    },
    create: (resource: ResourceType, object: KubeObject) => {
      const key = keyOf(resource.plural, object.metadata.namespace, object.metadata.name);
      return write(`create ${key}`, () => {
        if (objects.has(key)) throw new Conflict(`${key} exists`, { status: 409 });
        return stored(key, object);
      });
    },
    patch: (ref: ObjectRef, _kind, patch) => {
      const key = keyOf(ref.resource.plural, ref.namespace, ref.name);
      return write(`patch ${key}`, () => {
        const found = present(key);
        const wanted = (patch as { metadata?: { resourceVersion?: string } }).metadata?.resourceVersion;
        if (wanted !== undefined && wanted !== found.metadata.resourceVersion)
          throw new Conflict(`${key} was changed`, { status: 409 });
        return stored(key, merged(found, patch) as KubeObject);
      });
    },
    list: (resource, options) => listed(resource, options),
    getRaw: refuse,
    delete: refuse,
    evict: refuse,
    watch: refuse,
    forwardedRequest: refuse,
    proxyGet: refuse,
    close: () => Promise.resolve(),
  };
  async function* listed<T>(resource: ResourceType, options: ListOptions<T>): AsyncGenerator<ListPage<T>> {
    await read();
    const items = [...objects]
      .filter(([key]) => key.startsWith(`${resource.plural}/${options.namespace ?? ''}`))
      .map(([, object]) => object)
      .filter((object) => isSelected(object, options.labelSelector))
      .map((object) => options.project(structuredClone(object)));
    yield { items, resourceVersion: String(version), remaining: undefined };
  }
  const store: Store = { api, objects, fates: [], writes: [], onWrite: () => undefined, readErrors: [] };
  return store;
}

function isSelected({ metadata }: KubeObject, selector = ''): boolean {
  const wanted = selector.split(',').filter(Boolean);
  return wanted.every((part) => {
    const [key = '', value] = part.split('=');
    return metadata.labels?.[key] === value;
  });
}

/** JSON merge patch (RFC 7386). */
function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> = { ...(target as Record<string, unknown> | undefined) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}
