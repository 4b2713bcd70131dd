/** Facts of the cluster itself and of what installs things in it. */
import type { Labels, MetaFact, RequestsFact, SelectorFact } from './fact-basics.ts';

export interface NamespaceFact {
  readonly meta: MetaFact;
  /** Being deleted. */
  readonly terminating: boolean;
}

export interface NodeFact {
  readonly meta: MetaFact;
  readonly ready: boolean;
  readonly unschedulable: boolean;
  /** For example 'v1.34.4'. */
  readonly kubeletVersion: string;
  /** topology.kubernetes.io/zone, '' when unset. */
  readonly zone: string;
  /** What pods may use; `pods` is their greatest number. Zeros when the node does not say. */
  readonly allocatable: RequestsFact & { readonly pods: number };
  /** 'key:effect' or 'key=value:effect'. */
  readonly taints: readonly string[];
  /** For example '6.8.0-31-generic'; '' when unknown. */
  readonly kernel: string;
  readonly osImage: string;
}

export interface BudgetFact {
  readonly meta: MetaFact;
  /** Null: selects nothing. */
  readonly selector: SelectorFact | null;
  readonly minAvailable: string;
  readonly maxUnavailable: string;
  readonly disruptionsAllowed: number;
  readonly currentHealthy: number;
  readonly desiredHealthy: number;
  readonly expectedPods: number;
}

export interface AutoscalerFact {
  readonly meta: MetaFact;
  readonly targetKind: string;
  readonly targetName: string;
  readonly min: number;
  readonly max: number;
  readonly current: number;
  /** status.desiredReplicas. */
  readonly desired: number;
  /** Condition ScalingActive; null when it is not set. */
  readonly active: boolean | null;
}

/** A Helm release, from the labels of its Secret; the Secret's data is never read. */
export interface HelmReleaseFact {
  readonly namespace: string;
  readonly name: string;
  readonly version: number;
  /** deployed, superseded, failed, pending-upgrade … */
  readonly status: string;
}

/** An object of an installer's own API: IstioOperator, Istio, IstioRevision, IstioRevisionTag, IstioCNI, ZTunnel. */
export interface InstallerFact {
  readonly kind: string;
  readonly meta: MetaFact;
  /** spec.revision or spec.targetRef.name or ''. */
  readonly revision: string;
  /** spec.version (Sail), ''. */
  readonly version: string;
  /** status.state (Sail), status.status (IstioOperator); ''. */
  readonly state: string;
  /** spec.updateStrategy.type of Sail: InPlace, RevisionBased; ''. */
  readonly strategy: string;
  /** spec.updateStrategy.inactiveRevisionDeletionGracePeriodSeconds; null when unset. */
  readonly graceSeconds: number | null;
  readonly updateWorkloads: boolean;
  /** Condition InUse of Sail's revisions and tags; null when it is not set. */
  readonly inUse: boolean | null;
  /** Has finalizers: deleting it waits for its operator. */
  readonly finalizers: boolean;
}

/** A CustomResourceDefinition of Istio, of the Gateway API or of an installer; of all others only metadata. */
export interface CrdFact {
  readonly meta: MetaFact;
  readonly versions: readonly { readonly name: string; readonly served: boolean; readonly storage: boolean }[];
  /** status.storedVersions. */
  readonly storedVersions: readonly string[];
  /** Conditions: Established is True; Terminating is True. Null when the object says nothing (metadata only). */
  readonly established: boolean | null;
  readonly terminating: boolean;
  /** Field managers, sorted; empty in old snapshots. */
  readonly managers: readonly string[];
}

/** A ResourceQuota. */
export interface QuotaFact {
  readonly meta: MetaFact;
  /** status.hard, else spec.hard. */
  readonly hard: Labels;
  readonly used: Labels;
  /** Has scopes or a scopeSelector: it counts only some pods. */
  readonly scoped: boolean;
}

/** A LimitRange. */
export interface LimitRangeFact {
  readonly meta: MetaFact;
  readonly limits: readonly {
    /** Container, Pod, PersistentVolumeClaim. */
    readonly type: string;
    readonly max: Labels;
    readonly min: Labels;
    readonly defaultRequest: Labels;
  }[];
}

/** A Secret that gives access to a remote cluster; its data is never read. */
export interface RemoteSecretFact {
  readonly meta: MetaFact;
}
