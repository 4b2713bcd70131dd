import type { KubeObject } from '../../src/kube/api.ts';
import type { CompiledHooks, HookRound } from './hook.ts';
import { Bucket } from './bucket.ts';
import type { ChangeRecord } from './events.ts';
import { sealed, withFields } from './json.ts';
import type { Random } from './random.ts';
import { joinApiVersion, type Registry } from './registry.ts';
import type { SiblingsByOwner } from './siblings.ts';
import type { Clock, KindInfo, StrategyContext, WebhookCaller } from './types.ts';

/** What the parts of the store share. One per cluster; there is no other state. */
export interface StoreState {
  readonly clock: Clock;
  readonly random: Random;
  readonly webhooks: WebhookCaller | undefined;
  readonly registry: Registry;
  /** Changes kept per kind. */
  readonly horizon: number;
  readonly buckets: Map<string, Bucket>;
  /** The same by the kind as it is served now: asked at every turn. */
  readonly bucketsByKind: WeakMap<KindInfo, Bucket>;
  /** The last resourceVersion given out. */
  revision: number;
  /** Changes not yet told to watchers. */
  readonly untold: { readonly bucket: Bucket; readonly record: ChangeRecord }[];
  telling: boolean;
  /** See `hooksFor`. */
  readonly hooks: Map<HookRound, CompiledHooks>;
  /** What the pods of an owner have in common, by the owner's uid. */
  readonly siblings: SiblingsByOwner;
  /** The second of the clock that was written last, and its text. */
  readonly second: { number: number; text: string };
}

/** Now as Kubernetes writes times: RFC 3339 to the second. */
export function timestamp(state: StoreState, plusSeconds = 0): string {
  const number = Math.floor(state.clock() / 1000 + plusSeconds);
  const { second } = state;
  if (second.number !== number) {
    second.number = number;
    second.text = `${new Date(number * 1000).toISOString().slice(0, 19)}Z`;
  }
  return second.text;
}

/** The objects of a kind. */
export function bucketOf(state: StoreState, kind: KindInfo): Bucket {
  return state.bucketsByKind.get(kind) ?? bucketFor(state, kind);
}

function bucketFor(state: StoreState, kind: KindInfo): Bucket {
  const key = `${kind.group}/${kind.plural}`;
  let bucket = state.buckets.get(key);
  if (!bucket) {
    bucket = new Bucket(kind, state.horizon);
    state.buckets.set(key, bucket);
  }
  bucket.kind = kind;
  state.bucketsByKind.set(kind, bucket);
  return bucket;
}

/** What strategies may look at. */
export function strategyContext(state: StoreState): StrategyContext {
  return {
    now: timestamp(state),
    random: state.random,
    all: (group, plural) => state.buckets.get(`${group}/${plural}`)?.all() ?? [],
  };
}

/** Place of an object among those of its kind. */
export function keyOf(kind: KindInfo, namespace: string | undefined, name: string): string {
  return kind.namespaced ? `${namespace ?? ''}/${name}` : name;
}

/**
 * Stores a new state of an object under the next resourceVersion and tells the watchers. Whatever of it is not frozen is
 * frozen in place: it is the store's from now on. Returns what is stored.
 */
export function commit(state: StoreState, kind: KindInfo, object: KubeObject): KubeObject {
  const bucket = bucketOf(state, kind);
  const key = keyOf(kind, object.metadata.namespace, object.metadata.name);
  const previous = bucket.get(key);
  state.revision += 1;
  const apiVersion = joinApiVersion(kind.group, kind.storage);
  const resourceVersion = String(state.revision);
  // The first version has fields to be added; all later ones take its shape over.
  const stored = sealed<KubeObject>(
    previous
      ? { ...object, apiVersion, metadata: { ...object.metadata, resourceVersion } }
      : madeOf(object, { apiVersion, metadata: madeOf(object.metadata, { resourceVersion }) }),
  );
  record(state, bucket, { revision: state.revision, key, object: stored, previous });
  return stored;
}

const madeOf = <T extends object>(object: T, fields: Partial<T>): T => withFields(object, fields) as T;

/** Removes an object and tells the watchers. Returns its last state with the version of the removal. */
export function remove(state: StoreState, kind: KindInfo, object: KubeObject): KubeObject {
  const bucket = bucketOf(state, kind);
  const key = keyOf(kind, object.metadata.namespace, object.metadata.name);
  state.revision += 1;
  state.siblings.delete(object.metadata.uid ?? '');
  const last = withVersion(object, state.revision);
  record(state, bucket, { revision: state.revision, key, object: undefined, previous: object, last });
  return last;
}

/** The object as of another resourceVersion. */
export function withVersion(object: KubeObject, revision: number): KubeObject {
  return sealed(madeOf(object, { metadata: madeOf(object.metadata, { resourceVersion: String(revision) }) }));
}

function record(state: StoreState, bucket: Bucket, change: ChangeRecord): void {
  bucket.commit(change);
  if (isDefinitions(bucket.kind)) definitionChanged(state, change);
  if (bucket.watchers.size === 0) return;
  state.untold.push({ bucket, record: change });
  tellAll(state);
}

const isDefinitions = (kind: KindInfo) =>
  kind.plural === 'customresourcedefinitions' && kind.group === 'apiextensions.k8s.io';

function definitionChanged(state: StoreState, change: ChangeRecord): void {
  if (change.object) {
    state.registry.define(change.object);
    return;
  }
  const kind = change.previous && state.registry.define(change.previous);
  if (!kind) return;
  for (const object of [...bucketOf(state, kind).all()]) remove(state, kind, object);
  state.registry.forget(kind);
}

/**
 * Watchers may write while they are told: their changes queue up behind, so that every watcher sees all changes in the
 * order of their versions.
 */
function tellAll(state: StoreState, first?: () => void): void {
  if (state.telling) {
    first?.();
    return;
  }
  state.telling = true;
  try {
    first?.();
    for (let next = state.untold.shift(); next; next = state.untold.shift()) {
      // One that comes meanwhile has seen this change; one that goes is not told any more.
      for (const watcher of next.bucket.watchers) {
        if (watcher.seen >= next.record.revision) continue;
        watcher.seen = next.record.revision;
        watcher.tell(next.record);
      }
    }
  } finally {
    state.telling = false;
  }
}

/** Runs something that tells one watcher; changes made meanwhile are told after it. */
export function tellFirst(state: StoreState, told: () => void): void {
  tellAll(state, told);
}
