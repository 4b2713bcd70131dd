import type { KubeObject } from '../../src/kube/api.ts';
import type { FieldError } from './failure.ts';
import type { Random } from './random.ts';
import type { FieldSchema } from './schema.ts';

/** Milliseconds since 1970 of the cluster's clock. A virtual clock makes a simulation repeatable. */
export type Clock = () => number;

/** Parts of an object that have a path of their own under it. */
export type Subresource = 'status' | 'scale' | 'eviction' | 'binding' | 'finalize';

/** What the strategy of a kind may look at. */
export interface StrategyContext {
  readonly now: string;
  readonly random: Random;
  /** Every object of a kind, for allocations such as cluster addresses. */
  readonly all: (group: string, plural: string) => Iterable<KubeObject>;
}

/**
 * What a kind does to objects on their way in. The draft is a copy that the hook may change; nothing else may be
 * changed. Hooks are pure but for the context's random source.
 */
export interface KindStrategy {
  /**
   * Hooks replace fields of the draft and of its spec, and change nothing further down, where the draft may be frozen.
   * Default: hooks change what they like, and get a draft that is a copy to its ground.
   */
  readonly shallow?: true;
  /** Fills fields that were left out. Must change nothing when called again on its own result. */
  readonly defaults?: (draft: KubeObject) => void;
  /** After mutating admission of a create: what the server decides (addresses, selectors, first status). */
  readonly prepareCreate?: (draft: KubeObject, context: StrategyContext) => void;
  /** After mutating admission of an update: what the server keeps from the old object. */
  readonly prepareUpdate?: (draft: KubeObject, old: KubeObject) => void;
  /** Rules of the whole object. */
  readonly validate?: (object: KubeObject) => readonly FieldError[];
  /** Rules of a change, mostly fields that may not change. */
  readonly validateUpdate?: (object: KubeObject, old: KubeObject) => readonly FieldError[];
}

/** A kind as the store serves it. */
export interface KindInfo {
  readonly group: string;
  /** Served versions; all have the same schema (conversion None). */
  readonly versions: readonly string[];
  /** Version in which objects are stored. */
  readonly storage: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly subresources: readonly Subresource[];
  /** Comes from a CustomResourceDefinition: no strategic patch, resourceVersion required for updates. */
  readonly custom: boolean;
  /** What counts up metadata.generation; Deployments count changes of annotations too. */
  readonly generation: 'none' | 'spec' | 'spec and annotations';
  /** Whether an update without resourceVersion is taken. */
  readonly unconditionalUpdate: boolean;
  /** Nodes register themselves with a status; most kinds start with an empty one. */
  readonly keepsStatusOnCreate: boolean;
  /** Field selectors besides metadata.name and metadata.namespace: label → value. */
  readonly fieldLabels: Readonly<Record<string, (object: KubeObject) => string>>;
  /** How lists and maps of the kind merge. */
  readonly schema: FieldSchema;
  readonly strategy: KindStrategy;
}

/** How to write. */
export interface StoreWriteOptions {
  /** Check and admit, but store nothing. Default false. */
  readonly dryRun?: boolean;
  /** Who owns the written fields. Without it ownership is only tracked on objects that have it already. */
  readonly fieldManager?: string;
  /** Only for apply: take fields that others own. Default false. */
  readonly force?: boolean;
  /** Write this part of the object only. */
  readonly subresource?: Subresource;
  /** Name in admission reviews. Default 'system:admin'. */
  readonly user?: string;
}

/** What becomes of dependents: Background deletes them after the owner, Foreground before, Orphan leaves them. */
export type Propagation = 'Background' | 'Foreground' | 'Orphan';

/** How to delete. */
export interface StoreDeleteOptions {
  readonly dryRun?: boolean;
  /** Only this incarnation. */
  readonly uid?: string;
  /** Only this version. */
  readonly resourceVersion?: string;
  /** Seconds; pods only; default the pod's own terminationGracePeriodSeconds. 0 removes at once. */
  readonly gracePeriodSeconds?: number;
  /** Default Background. Kept as finalizers for the garbage collector. */
  readonly propagation?: Propagation;
  readonly user?: string;
}

/** Which objects. */
export interface Selection {
  /** All namespaces when left out. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/** What to list. */
export interface StoreListOptions extends Selection {
  /** Objects a page; all when left out. */
  readonly limit?: number;
  /** Token of the page before. */
  readonly continue?: string;
}

/** One page. */
export interface StoreList {
  readonly items: readonly KubeObject[];
  /** State of the whole cluster that the list shows. All pages of one list show the same. */
  readonly resourceVersion: string;
  /** Token of the next page; undefined on the last. */
  readonly continue: string | undefined;
  /** Objects on later pages; as in Kubernetes unknown when a selector was given. */
  readonly remaining: number | undefined;
}

/**
 * One change as a watcher with its selectors sees it. A deleted object carries its last state with the new version. `key` is
 * "namespace/name" of the object, or its name when its kind is cluster-scoped.
 */
export type StoreEvent =
  | {
      readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
      readonly key: string;
      readonly object: KubeObject;
      readonly resourceVersion: string;
    }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

/** Where to start a watch. */
export interface StoreWatchOptions extends Selection {
  /** After this version. Left out or '0': every present object comes as ADDED first. */
  readonly resourceVersion?: string;
  /** Also get BOOKMARK events when `Store.bookmark` is called. Default false. */
  readonly bookmarks?: boolean;
  /** Called when the server ends the watch (`Store.closeWatches`). A watch without it goes on. */
  readonly onClose?: () => void;
}

/** Ends a watch; nothing is told afterwards. */
export type StopWatch = () => void;

/** Whom an admission webhook calls. */
export interface WebhookTarget {
  /** Name of the webhook (not of its configuration). */
  readonly webhook: string;
  readonly url?: string;
  readonly service?: {
    readonly namespace: string;
    readonly name: string;
    readonly path: string;
    readonly port: number;
  };
  readonly timeoutSeconds: number;
}

/** `request` of an AdmissionReview (admission.k8s.io/v1). */
export interface AdmissionRequest {
  readonly uid: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
  readonly subResource?: string;
  readonly name: string;
  readonly namespace?: string;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly userInfo: { readonly username: string };
  readonly object: KubeObject | null;
  readonly oldObject: KubeObject | null;
  readonly dryRun: boolean;
}

/** What came of calling a webhook. `unreachable` carries the text of the network error, as Go prints it. */
export type WebhookAnswer =
  | {
      readonly kind: 'answered';
      readonly allowed: boolean;
      /** JSON patch operations (decoded). */
      readonly patch?: readonly unknown[];
      /** Why not allowed. */
      readonly status?: { readonly message?: string; readonly reason?: string; readonly code?: number };
    }
  | { readonly kind: 'unreachable'; readonly error: string };

/** The network between the API server and the webhooks. Without one every call is unreachable. */
export interface WebhookCaller {
  call(target: WebhookTarget, request: AdmissionRequest): WebhookAnswer;
}
