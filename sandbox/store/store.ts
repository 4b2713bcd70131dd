import type { KubeObject, ObjectRef, PatchKind, ResourceType } from '../../src/kube/api.ts';
import { createObject } from './create.ts';
import { deleteObject } from './delete.ts';
import { evictPod } from './eviction.ts';
import { badRequest, conflict, unknownResource } from './failure.ts';
import { objectAt, objectsAt, textAt, thawed, withFields } from './json.ts';
import { patchObject } from './patch.ts';
import type { Random } from './random.ts';
import { bookmarkAll, closeAll, getObject, getStored, listObjects, watchObjects } from './read.ts';
import { Registry } from './registry.ts';
import { putScale, scaleOf } from './scale.ts';
import { bucketOf, commit, timestamp, type StoreState } from './state.ts';
import type {
  Clock,
  KindInfo,
  Selection,
  StopWatch,
  StoreDeleteOptions,
  StoreEvent,
  StoreList,
  StoreListOptions,
  StoreWatchOptions,
  StoreWriteOptions,
  WebhookCaller,
} from './types.ts';
import { replaceObject } from './update.ts';

/** What a store is made of. */
export interface StoreOptions {
  readonly clock: Clock;
  /** For names, uids and addresses; the same source gives the same cluster. */
  readonly random: Random;
  /** Default: no webhook can be reached. */
  readonly webhooks?: WebhookCaller;
  /** Changes kept per kind for watches and paged lists. Default 2,000. */
  readonly horizon?: number;
}

/**
 * The API of a Kubernetes cluster, in memory and synchronous: every call returns what a real server would answer, or
 * throws an ApiFailure with its code, reason and message. Objects that it returns are frozen and shared.
 */
export class Store {
  readonly #state: StoreState;

  constructor(options: StoreOptions) {
    this.#state = {
      clock: options.clock,
      random: options.random,
      webhooks: options.webhooks,
      registry: new Registry(),
      horizon: options.horizon ?? 2000,
      buckets: new Map(),
      revision: 0,
      untold: [],
      telling: false,
      hooks: new Map(),
      bucketsByKind: new WeakMap(),
      siblings: new Map(),
      second: { number: NaN, text: '' },
    };
  }

  /** The latest resourceVersion of the cluster. */
  get resourceVersion(): string {
    return String(this.#state.revision);
  }

  /** The cluster's time as Kubernetes writes it, RFC 3339 to the second. */
  now(): string {
    return timestamp(this.#state);
  }

  /** Every kind that is served now. */
  kinds(): Iterable<KindInfo> {
    return this.#state.registry.all();
  }

  /** One object. @throws ApiFailure 404 */
  get(ref: ObjectRef): KubeObject {
    return getObject(this.#state, ref);
  }

  /** Every object of a kind as stored, in no particular order: the cheap way for controllers; empty when unknown. */
  all(resource: Pick<ResourceType, 'group' | 'plural'>): Iterable<KubeObject> {
    return this.#state.buckets.get(`${resource.group}/${resource.plural}`)?.all() ?? [];
  }

  /** See `listObjects`. */
  list(resource: ResourceType, options: StoreListOptions = {}): StoreList {
    return listObjects(this.#state, resource, options);
  }

  /** See `watchObjects`. */
  watch(resource: ResourceType, options: StoreWatchOptions, listener: (event: StoreEvent) => void): StopWatch {
    return watchObjects(this.#state, resource, options, listener);
  }

  /** See `createObject`. */
  create(resource: ResourceType, object: KubeObject, options: StoreWriteOptions = {}): KubeObject {
    return createObject(this.#state, resource, object, options);
  }

  /** Replaces an object, or with `subresource` its part; see `replaceObject`. @throws ApiFailure 404 */
  update(resource: ResourceType, object: KubeObject, options: StoreWriteOptions = {}): KubeObject {
    const kind = this.#state.registry.served(resource);
    const { name, namespace } = object.metadata;
    const ref: ObjectRef = { resource, name, ...(kind.namespaced && namespace !== undefined && { namespace }) };
    const old = getStored(this.#state, kind, namespace, name);
    if (options.subresource === 'scale') return putScale(this.#state, { ref, kind, old }, object, options);
    return replaceObject(this.#state, { ref, kind, old, next: object }, options);
  }

  /** See `patchObject`. */
  patch(ref: ObjectRef, how: PatchKind, patch: unknown, options: StoreWriteOptions = {}): KubeObject {
    return patchObject(this.#state, ref, how, patch, options);
  }

  /** See `deleteObject`. */
  delete(ref: ObjectRef, options: StoreDeleteOptions = {}): KubeObject {
    return deleteObject(this.#state, ref, options);
  }

  /** Deletes what a selection matches, one after the other. Returns their last states. */
  deleteCollection(
    resource: ResourceType,
    selection: Selection,
    options: StoreDeleteOptions = {},
  ): readonly KubeObject[] {
    return this.list(resource, selection).items.map((object) => {
      const { name, namespace } = object.metadata;
      return this.delete({ resource, name, ...(namespace !== undefined && { namespace }) }, options);
    });
  }

  /** See `evictPod`. `pod.resource` is the kind of pods. */
  evict(pod: ObjectRef, options: StoreDeleteOptions = {}): void {
    evictPod(this.#state, pod, options);
  }

  /** The Scale of an object. @throws ApiFailure 404, 405 */
  scale(ref: ObjectRef): KubeObject {
    const kind = this.#state.registry.served(ref.resource);
    return scaleOf(kind, getStored(this.#state, kind, ref.namespace, ref.name));
  }

  /** Puts a pod on a node, as the scheduler does. @throws ApiFailure 404, 409 when it has a node already */
  bind(pod: ObjectRef, node: string): KubeObject {
    const kind = this.#state.registry.served(pod.resource);
    const old = getStored(this.#state, kind, pod.namespace, pod.name);
    const present = textAt(old, 'spec', 'nodeName');
    if (present) throw conflict(kind, pod.name, `pod ${pod.name} is already assigned to node "${present}"`);
    const conditions = objectsAt(old, 'status', 'conditions').filter(
      (condition) => condition['type'] !== 'PodScheduled',
    );
    const scheduled = { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: this.now() };
    return commit(this.#state, kind, {
      ...old,
      spec: withFields(objectAt(old, 'spec') ?? {}, { nodeName: node }),
      status: { ...objectAt(old, 'status'), conditions: [...conditions, scheduled] },
    });
  }

  /**
   * Puts recorded objects into the cluster as they are, with their uids, times and status, past admission and checks;
   * what is left out gets its default. Definitions and namespaces go in first. New resourceVersions are given.
   * @throws ApiFailure 404 for an object of a kind that no stored definition serves, 400 without apiVersion or kind
   */
  restore(objects: readonly KubeObject[]): void {
    const rank = (object: KubeObject) => ['CustomResourceDefinition', 'Namespace'].indexOf(object.kind ?? '');
    const first = objects.filter((object) => rank(object) >= 0).sort((a, b) => rank(a) - rank(b));
    for (const object of [...first, ...objects.filter((other) => rank(other) < 0)]) this.#restoreOne(object);
  }

  #restoreOne(object: KubeObject): void {
    if (!object.apiVersion || !object.kind) throw badRequest('a recorded object has neither apiVersion nor kind');
    const kind = this.#state.registry.ofObject(object);
    if (!kind) throw unknownResource();
    const draft = thawed(object);
    kind.strategy.defaults?.(draft);
    commit(this.#state, kind, draft);
  }

  /** Tells every watch that asked for bookmarks how far it is. Real servers do so about once a minute. */
  bookmark(): void {
    bookmarkAll(this.#state);
  }

  /** Ends every watch that was opened with `onClose`, as a restart of the API server does. */
  closeWatches(): void {
    closeAll(this.#state);
  }

  /** Forgets all history, as a compaction does: older watches and continue tokens get 410 from now on. */
  forgetHistory(): void {
    for (const kind of this.#state.registry.all()) bucketOf(this.#state, kind).log.forget(this.#state.revision);
  }
}
