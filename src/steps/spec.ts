/**
 * What a step is asked to do, as plain data: it is written into plans and journals, so every field is JSON and complete.
 * The code of a kind stands in a file of its name beside this one.
 */
import type { OwnerKind } from '../mesh/model-basics.ts';

/** String map, as of labels. */
export type Words = Readonly<Record<string, string>>;

/** A Helm release, an IstioOperator file or a sandbox's installation: what the owner's tool calls the thing. */
export interface Release {
  readonly owner: OwnerKind;
  /** Release name; '' for istioctl. */
  readonly name: string;
  readonly namespace: string;
}

/** CRDs and the default validator's chart: `helm upgrade istio-base`. The default revision stays as it is. */
export interface UpgradeBase {
  readonly kind: 'upgrade-base';
  readonly release: Release;
  readonly from: string;
  readonly to: string;
  /** Value defaultRevision as it is now; it must not change here. */
  readonly defaultRevision: string;
}

/** A second control plane beside the first. */
export interface InstallControlPlane {
  readonly kind: 'install-control-plane';
  readonly revision: string;
  readonly version: string;
  readonly release: Release;
  /** Whose settings are carried over. */
  readonly like: { readonly revision: string; readonly version: string; readonly release: Release };
}

/** Proof that a control plane can take over, before anything moves. Stores nothing but its own short-lived pods. */
export interface ProveControlPlane {
  readonly kind: 'prove-control-plane';
  readonly revision: string;
  readonly version: string;
  readonly namespace: string;
  /** Namespaces for which its webhook must answer. */
  readonly namespaces: readonly string[];
  /** Proxies that will connect to it while the upgrade is on its way, each once. */
  readonly proxies: readonly { readonly role: 'sidecar' | 'gateway'; readonly version: string }[];
  /** SHA-256 of the root certificate that it must share; null when it could not be read (then the proof fails). */
  readonly rootHash: string | null;
}

/** Points a revision tag to another revision: its webhook configuration and, where there is one, its Service. */
export interface MoveTag {
  readonly kind: 'move-tag';
  readonly tag: string;
  readonly from: string;
  readonly to: string;
  /** Names of the objects that carry the tag; `service` is null when there is none. */
  readonly webhook: string;
  readonly service: { readonly namespace: string; readonly name: string } | null;
  /** A tag that a Helm release holds is moved by that release (value revisionTags). */
  readonly release: Release;
}

/** Namespace labels in one patch: `istio.io/rev` set, `istio-injection` removed. */
export interface LabelNamespace {
  readonly kind: 'label-namespace';
  readonly namespace: string;
  readonly set: Words;
  readonly remove: readonly string[];
  /** Values of all keys named above as they are before; absent keys are absent here. */
  readonly before: Words;
}

/** Label `istio.io/rev` of a Gateway API Gateway; istiod then renders its Deployment anew. Null: no label. */
export interface LabelGateway {
  readonly kind: 'label-gateway';
  readonly namespace: string;
  readonly name: string;
  readonly revision: string | null;
  readonly before: string | null;
}

/**
 * How the pods of a workload are renewed. `rollout`: a template annotation (Deployment, StatefulSet and DaemonSet with
 * RollingUpdate) or `restartAt` (Argo Rollout). `hand-over`: pod by pod without the application's help. `by-pod`: deletes
 * one pod after the other (OnDelete, partition, ReplicaSets without owner). `next-run`: waits for the next run (Job, CronJob).
 */
export type RenewMethod = 'rollout' | 'hand-over' | 'by-pod' | 'next-run';

/** Kinds that can be renewed. */
export type RenewableKind =
  'Deployment' | 'StatefulSet' | 'DaemonSet' | 'Rollout' | 'ReplicaSet' | 'Pod' | 'CronJob' | 'Job';

/** New pods, on another revision. */
export interface RenewWorkload {
  readonly kind: 'renew-workload';
  readonly namespace: string;
  readonly workload: RenewableKind;
  readonly name: string;
  readonly role: 'sidecar' | 'gateway';
  readonly method: RenewMethod;
  /** Revision and version that its proxies must have afterwards. */
  readonly revision: string;
  readonly version: string;
  readonly replicas: number;
  /** Pods that may be in renewal at the same time: from strategy and budgets. At least 1. */
  readonly width: number;
  /**
   * Template labels that must change with it (`istio.io/rev` on the template); null values remove. Empty: none. Only with
   * method rollout; `before` holds what they are now.
   */
  readonly labels: Readonly<Record<string, string | null>>;
  readonly before: Words;
  /** Only hand-over: the label key whose change takes a pod out of its Services; '' when no Service selects it. */
  readonly serviceLabel: string;
  /** Estimates in milliseconds: pod made to Ready, and SIGTERM to gone. */
  readonly readyMs: number;
  readonly drainMs: number;
  /** Only hand-over: longest wait in milliseconds for what is under way in a pod that leaves. Default 60,000. */
  readonly busyMs?: number;
}

/** The default revision: tag `default` when there is one, and the default validator. */
export interface MoveDefault {
  readonly kind: 'move-default';
  readonly from: string;
  readonly to: string;
  readonly version: string;
  /** Null when there is no tag `default`. */
  readonly tag: Omit<MoveTag, 'kind' | 'from' | 'to'> | null;
  /** istiod-default-validator; null when it does not exist. `service`: Service that it shall call. */
  readonly validator: {
    readonly name: string;
    readonly namespace: string;
    readonly fromService: string;
    readonly toService: string;
    /** The base chart makes it when it has an owner: then its value defaultRevision is what moves. */
    readonly release: Release;
  } | null;
}

/** Time in which nothing is done and everything is watched. */
export interface Soak {
  readonly kind: 'soak';
  readonly seconds: number;
}

/** Removes a control plane that nothing uses any more. */
export interface RemoveControlPlane {
  readonly kind: 'remove-control-plane';
  readonly revision: string;
  readonly version: string;
  readonly namespace: string;
  readonly release: Release;
}

/** Everything that a plan can consist of. */
export type StepSpec =
  | UpgradeBase
  | InstallControlPlane
  | ProveControlPlane
  | MoveTag
  | LabelNamespace
  | LabelGateway
  | RenewWorkload
  | MoveDefault
  | Soak
  | RemoveControlPlane;

/** Name of a kind of step. */
export type StepKindName = StepSpec['kind'];

/** One change to one object, as the plan shows it and as the guard lets it pass. */
export interface Write {
  /** `tool`: done by the owner's tool (helm, istioctl), not by meshlift itself. */
  readonly verb: 'create' | 'patch' | 'delete' | 'evict' | 'dry-run' | 'tool';
  /** Plural with group, as in RBAC: 'deployments.apps', 'pods'; for `tool` the name of the tool. */
  readonly resource: string;
  /** '' for cluster-scoped kinds. */
  readonly namespace: string;
  /** Object name; 'NAME-*' for pods of a workload whose names are not known beforehand. */
  readonly name: string;
  /** What changes, in words: 'template annotation meshlift.dev/renewed'. */
  readonly what: string;
}
