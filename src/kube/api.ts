/**
 * The one interface through which everything above reads and writes Kubernetes. Two implementations: HTTP (`http-api.ts`)
 * and in process (the sandbox). All methods throw the classes of `../errors.ts`: NotFound (404, kind or object), Conflict
 * (409), Transient (time-out, reset, 429, 5xx), Blocked (401, 403, eviction refused by a budget), InvalidInput (400, 422),
 * Aborted (the caller's signal).
 */

/** A Kubernetes object as JSON, of which only the shape that every object has is known. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata: KubeMetadata;
  [field: string]: unknown;
}

/** The part of `metadata` that every room may rely on. */
export interface KubeMetadata {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: readonly KubeOwnerReference[];
  [field: string]: unknown;
}

/** Entry of `metadata.ownerReferences`. */
export interface KubeOwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  [field: string]: unknown;
}

/** A kind as its REST path needs it. */
export interface ResourceType {
  /** API group, '' for the core group. */
  readonly group: string;
  /** For example 'v1'. */
  readonly version: string;
  /** Lower-case plural of the path, for example 'deployments'. */
  readonly plural: string;
  /** For messages and bodies, for example 'Deployment'. */
  readonly kind: string;
  /** False for cluster-scoped kinds. */
  readonly namespaced: boolean;
}

/** One object's place. `namespace` is left out for cluster-scoped kinds. */
export interface ObjectRef {
  readonly resource: ResourceType;
  readonly namespace?: string;
  readonly name: string;
}

/** What every call takes. */
export interface CallOptions {
  /** Ends the call with Aborted. */
  readonly signal?: AbortSignal;
  /** Milliseconds for the whole call with its body and retries. Default: the client's `requestTimeoutMs`. */
  readonly deadlineMs?: number;
}

/** What to list and how much of it to keep. */
export interface ListOptions<T> extends CallOptions {
  /** All namespaces when left out. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Objects a page; default 500. */
  readonly pageSize?: number;
  /** Ask only for metadata (PartialObjectMetadataList): for Secrets, CRDs, ReplicaSets. Default false. */
  readonly metadataOnly?: boolean;
  /** Keeps what is needed of one object; called while the page is read, so that no page of whole objects is held. */
  readonly project: (object: KubeObject) => T;
}

/** One page of a list. */
export interface ListPage<T> {
  readonly items: readonly T[];
  /** The list's resourceVersion: where a watch goes on from. */
  readonly resourceVersion: string;
  /** Objects still to come when the server says so. */
  readonly remaining: number | undefined;
}

/** How to watch. */
export interface WatchOptions<T> extends CallOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly project: (object: KubeObject) => T;
  /** Where to start; without it the kind is listed first and each object comes as an `added` event. */
  readonly resourceVersion?: string;
}

/**
 * What a watch tells. It goes on by itself over closed streams, errors and 410: after a loss it lists again, says
 * `restarted` (forget what is not named until `synced`), then each present object as `added`, then `synced`.
 * A stream that is quiet longer than the idle time-out is opened anew. It ends only by the caller's signal.
 */
export type WatchEvent<T> =
  | { readonly type: 'added' | 'modified' | 'deleted'; readonly object: T; readonly resourceVersion: string }
  | { readonly type: 'bookmark' | 'synced'; readonly resourceVersion: string }
  | { readonly type: 'restarted'; readonly why: string };

/** Kinds of patch that meshlift sends. `apply` is server-side apply. */
export type PatchKind = 'merge' | 'json' | 'strategic' | 'apply';

/** How to write. */
export interface WriteOptions extends CallOptions {
  /** Let the server check and admit it, and store nothing. Default false. */
  readonly dryRun?: boolean;
  /** Only for `apply`: take fields that another manager owns. Default false. */
  readonly force?: boolean;
}

/** A path on a port of a pod. */
export interface PodPort {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

/** How to ask a port of a pod. */
export interface ForwardOptions extends CallOptions {
  /** Default GET. */
  readonly method?: 'GET' | 'POST';
  /** Takes the body of an answer 200 piece by piece as it arrives; `body` of the answer is '' then. For bodies of many MB. */
  readonly onBody?: (piece: Uint8Array) => void;
}

/** An answer to a GET of a pod's or service's own HTTP port. */
export interface PortAnswer {
  readonly status: number;
  readonly body: string;
}

/** Kubernetes as meshlift uses it. */
export interface KubeApi {
  /** For messages: the server's URL, or 'sandbox'. */
  readonly server: string;
  /** GET of a path that is no object, such as '/version' or '/apis'; the body as text. */
  getRaw(path: string, options?: CallOptions & { readonly accept?: string }): Promise<string>;
  /** Pages until the end. When the continue token expires on the way (410) it throws Transient: start over and drop what came before. */
  list<T>(resource: ResourceType, options: ListOptions<T>): AsyncIterable<ListPage<T>>;
  get(ref: ObjectRef, options?: CallOptions): Promise<KubeObject>;
  create(resource: ResourceType, object: KubeObject, options?: WriteOptions): Promise<KubeObject>;
  /** `patch` is the merge patch, the JSON patch operations, or the whole apply configuration. `subresource`: 'status', 'scale'. */
  patch(
    ref: ObjectRef,
    kind: PatchKind,
    patch: unknown,
    options?: WriteOptions & { readonly subresource?: string },
  ): Promise<KubeObject>;
  /** Deletes with preconditions; a missing object is NotFound. */
  delete(
    ref: ObjectRef,
    options?: WriteOptions & { readonly uid?: string; readonly resourceVersion?: string },
  ): Promise<void>;
  /** Evicts a pod through the eviction API. Blocked with `retryAfterSeconds` when a budget refuses. */
  evict(
    pod: { readonly namespace: string; readonly name: string; readonly uid?: string },
    options?: WriteOptions,
  ): Promise<void>;
  watch<T>(resource: ResourceType, options: WatchOptions<T>): AsyncIterable<WatchEvent<T>>;
  /** HTTP GET through a port-forward: arrives from 127.0.0.1 in the pod, so istiod's and Envoy's admin answer it. */
  forwardedRequest(to: PodPort, path: string, options?: ForwardOptions): Promise<PortAnswer>;
  /** HTTP GET through the API server's proxy of a pod or service. The Authorization header does not arrive. */
  proxyGet(
    to: {
      readonly kind: 'pods' | 'services';
      readonly namespace: string;
      readonly name: string;
      readonly port: number;
    },
    path: string,
    options?: CallOptions,
  ): Promise<PortAnswer>;
  /** Frees connections and timers; no call afterwards. */
  close(): Promise<void>;
}
