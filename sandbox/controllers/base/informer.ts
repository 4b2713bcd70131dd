import type { KubeObject, ResourceType } from '../../../src/kube/api.ts';
import type { Store } from '../../store/store.ts';
import type { StopWatch, StoreEvent } from '../../store/types.ts';

/** A change of an object: `old` is undefined for a new one, `now` for one that is gone. */
export interface ObjectChange {
  /** See `keyOf`. */
  readonly key: string;
  readonly old: KubeObject | undefined;
  readonly now: KubeObject | undefined;
}

/** Values under which an index finds an object: made of its namespace, labels, owners and spec, of nothing else. */
export type IndexOf = (object: KubeObject) => readonly string[];

/** "namespace/name", or the name of a cluster-scoped object. */
export function keyOf(object: KubeObject): string {
  const { namespace, name } = object.metadata;
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** The inverse of `keyOf`. */
export function splitKey(key: string): { readonly namespace: string; readonly name: string } {
  const slash = key.indexOf('/');
  return { namespace: key.slice(0, Math.max(0, slash)), name: key.slice(slash + 1) };
}

/**
 * All objects of a kind as the store has them, found by key and by indices, and who wants to hear of changes. Looks are
 * cheap and always up to date when no write is under way. Objects of an index come in the order of their creation.
 */
export class Informer {
  readonly #resource: ResourceType;
  readonly #indices: readonly Index[];
  readonly #byName: ReadonlyMap<string, Index>;
  readonly #objects = new Map<string, KubeObject>();
  readonly #listeners: ((change: ObjectChange) => void)[] = [];

  constructor(resource: ResourceType, indices: Readonly<Record<string, IndexOf>> = {}) {
    this.#resource = resource;
    const made = Object.entries(indices).map(([name, valuesOf]) => ({
      name,
      valuesOf,
      keys: new Map<string, Set<string>>(),
    }));
    this.#indices = made;
    this.#byName = new Map(made.map((index) => [index.name, index]));
  }

  get(key: string): KubeObject | undefined {
    return this.#objects.get(key);
  }

  /** The object of a name that still is the same incarnation. */
  getSame(object: KubeObject): KubeObject | undefined {
    const found = this.#objects.get(keyOf(object));
    return found?.metadata.uid === object.metadata.uid ? found : undefined;
  }

  all(): Iterable<KubeObject> {
    return this.#objects.values();
  }

  /** Objects that an index has under a value. */
  by(index: string, value: string): readonly KubeObject[] {
    const found: KubeObject[] = [];
    for (const key of this.#byName.get(index)?.keys.get(value) ?? []) {
      const object = this.#objects.get(key);
      if (object) found.push(object);
    }
    return found;
  }

  /** How many objects an index has under a value. */
  count(index: string, value: string): number {
    return this.#byName.get(index)?.keys.get(value)?.size ?? 0;
  }

  /** Tells of every change from the start on; present objects come as new ones. */
  onChange(listener: (change: ObjectChange) => void): void {
    this.#listeners.push(listener);
  }

  /** Starts to follow a store. */
  follow(store: Store): StopWatch {
    return store.watch(this.#resource, {}, (event) => this.#take(event));
  }

  #take(event: StoreEvent): void {
    if (event.type === 'BOOKMARK') return;
    const { key, object } = event;
    const old = this.#objects.get(key);
    const now = event.type === 'DELETED' ? undefined : object;
    if (now) this.#objects.set(key, now);
    else this.#objects.delete(key);
    if (!sameFacts(old, now)) for (const index of this.#indices) move(index, key, old, now);
    // The last state of what is gone tells more than the state before it.
    const change = now ? { key, old, now } : { key, old: object, now };
    for (const listener of this.#listeners) listener(change);
  }
}

/** Most changes are of the status: what indices look at is then the very same. */
function sameFacts(old: KubeObject | undefined, now: KubeObject | undefined): boolean {
  if (!old || !now || old['spec'] !== now['spec']) return false;
  const [before, after] = [old.metadata, now.metadata];
  return before.labels === after.labels && before.ownerReferences === after.ownerReferences;
}

/** Keys of objects by a value of theirs. */
interface Index {
  readonly name: string;
  readonly valuesOf: IndexOf;
  readonly keys: Map<string, Set<string>>;
}

function move({ valuesOf, keys }: Index, key: string, old: KubeObject | undefined, now: KubeObject | undefined): void {
  const before = old ? valuesOf(old) : [];
  const after = now ? valuesOf(now) : [];
  for (const value of before) {
    if (after.includes(value)) continue;
    const entry = keys.get(value);
    entry?.delete(key);
    if (entry?.size === 0) keys.delete(value);
  }
  for (const value of after) {
    if (before.includes(value)) continue;
    const entry = keys.get(value);
    if (entry) entry.add(key);
    else keys.set(value, new Set([key]));
  }
}
