/** Gathers facts list by list; the same for a cluster, a snapshot and a plain List. */
import type { KubeObject } from '../kube/api.ts';
import type { Facts, Read } from '../mesh/facts.ts';
import { createInterner } from './interner.ts';
import { kinds, listedKinds, type FactOf, type ListedKind } from './kinds.ts';

/** The lists that come from Kubernetes objects. */
export type Lists = { readonly [K in ListedKind]: Read<FactOf<K>> };

/** A collection of facts in the making. */
export interface FactLists {
  /** Projects and keeps one object of the kind `objectKind`. */
  add(kind: ListedKind, object: KubeObject, objectKind: string): void;
  /** Forgets the objects of one kind; returns how many. */
  clear(kind: ListedKind, objectKind: string): number;
  /** Says why a list is not whole; null: it is. */
  finish(kind: ListedKind, unread: string | null): void;
  /** The lists; one that was never finished is unread because of `unfinished`. */
  lists(unfinished: (kind: ListedKind) => string): Lists;
}

/** An empty collection. */
export function createFactLists(): FactLists {
  const intern = createInterner();
  const parts = new Map<ListedKind, Map<string, unknown[]>>();
  const ends = new Map<ListedKind, string | null>();
  const part = (kind: ListedKind, objectKind: string): unknown[] => {
    const byKind = parts.get(kind) ?? new Map<string, unknown[]>();
    parts.set(kind, byKind);
    const items = byKind.get(objectKind) ?? [];
    byKind.set(objectKind, items);
    return items;
  };
  const read = (kind: ListedKind, unfinished: (kind: ListedKind) => string): Read<unknown> => {
    const end = ends.get(kind);
    const items = kinds[kind].resources.flatMap((resource) => parts.get(kind)?.get(resource.kind) ?? []);
    return { items, unread: end === undefined ? unfinished(kind) : end };
  };
  return {
    add: (kind, object, objectKind) => {
      part(kind, objectKind).push(kinds[kind].project(object, { intern, kind: objectKind }));
    },
    clear: (kind, objectKind) => {
      const items = part(kind, objectKind);
      return items.splice(0, items.length).length;
    },
    finish: (kind, unread) => {
      ends.set(kind, unread);
    },
    // Each list holds what its own projection gave: the table of kinds ties the two together.
    lists: (unfinished) =>
      Object.fromEntries(listedKinds.map((kind) => [kind, read(kind, unfinished)])) as unknown as Lists,
  };
}

/** Facts whose lists are put together with the rest. */
export function assemble(lists: Lists, rest: Pick<Facts, 'source' | 'kubernetesVersion' | 'istiods'>): Facts {
  return { ...rest, ...lists };
}
