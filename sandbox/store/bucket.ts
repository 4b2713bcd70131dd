import type { KubeObject } from '../../src/kube/api.ts';
import { ChangeLog, type ChangeRecord } from './events.ts';
import type { KindInfo } from './types.ts';

/** Someone who is told of every change of a kind. */
export interface Watcher {
  /** Changes up to this revision have been told, or are not wanted. */
  seen: number;
  tell(record: ChangeRecord): void;
  bookmark(revision: number): void;
  /** Ends it from the server's side, if it can be. */
  close(): void;
}

/** All objects of one kind. Keys are "namespace/name", or "name" for cluster-scoped kinds. */
export class Bucket {
  kind: KindInfo;
  readonly log: ChangeLog;
  readonly watchers = new Set<Watcher>();
  /** Of its last change; 0 when there was none. */
  revision = 0;
  readonly #objects = new Map<string, KubeObject>();
  /** In order, as they were when somebody last asked for them; most objects come and go without anybody asking. */
  #sorted: string[] = [];
  /** Came or went since then. */
  readonly #moved = new Set<string>();

  constructor(kind: KindInfo, horizon: number) {
    this.kind = kind;
    this.log = new ChangeLog(horizon);
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): KubeObject | undefined {
    return this.#objects.get(key);
  }

  /** Every object, in no particular order. */
  all(): Iterable<KubeObject> {
    return this.#objects.values();
  }

  /** Takes over a change and records it. */
  commit(record: ChangeRecord): void {
    const { key, object } = record;
    if (object) {
      if (!record.previous) this.#moved.add(key);
      this.#objects.set(key, object);
    } else if (this.#objects.delete(key)) this.#moved.add(key);
    this.revision = record.revision;
    this.log.add(record);
  }

  /** Keys with a prefix that are greater than `after`, in order, as of now. */
  keys(prefix: string, after = ''): readonly string[] {
    return slice(this.#allKeys(), prefix, after);
  }

  #allKeys(): readonly string[] {
    if (this.#moved.size === 0) return this.#sorted;
    const all = [...this.#sorted.filter((key) => !this.#moved.has(key)), ...this.#moved];
    this.#sorted = all.filter((key) => this.#objects.has(key)).sort(compare);
    this.#moved.clear();
    return this.#sorted;
  }

  /** The state at an earlier revision that the log still reaches: keys as in `keys`, and how to read each. */
  at(
    revision: number,
    prefix: string,
    after: string,
  ): { keys: readonly string[]; get(key: string): KubeObject | undefined } {
    const changed = new Map<string, KubeObject | undefined>();
    for (const record of this.log.since(revision)) {
      if (!changed.has(record.key)) changed.set(record.key, record.previous);
    }
    if (changed.size === 0) return { keys: this.keys(prefix, after), get: (key) => this.#objects.get(key) };
    const keys = this.#allKeys().filter((key) => !changed.has(key));
    for (const [key, object] of changed) if (object) keys.push(key);
    keys.sort(compare);
    return {
      keys: slice(keys, prefix, after),
      get: (key) => (changed.has(key) ? changed.get(key) : this.#objects.get(key)),
    };
  }
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** Index of the first key that is not less than the wanted one. */
function lowerBound(keys: readonly string[], wanted: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] ?? '') < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

function slice(keys: readonly string[], prefix: string, after: string): readonly string[] {
  let start = lowerBound(keys, after > prefix ? after : prefix);
  if (after && keys[start] === after) start += 1;
  const end = prefix ? lowerBound(keys, `${prefix}\uffff`) : keys.length;
  return keys.slice(start, end);
}
