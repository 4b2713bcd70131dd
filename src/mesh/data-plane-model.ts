/** Proxies, and the workloads that their pods belong to. */
import type { InjectionDecision } from './injection-model.ts';
import type { Known } from './model-basics.ts';

/** Role of a proxy. */
export type ProxyRole = 'sidecar' | 'gateway' | 'waypoint' | 'ztunnel';

/** One running or starting proxy. */
export interface Proxy {
  readonly namespace: string;
  readonly pod: string;
  readonly node: string;
  readonly role: ProxyRole;
  /** `native`: an init container that keeps running. */
  readonly form: 'classic' | 'native';
  /** From the image tag without variant; from syncz when the tag says nothing; null when unknown. Never from labels. */
  readonly version: string | null;
  /** Revision that made it: annotation istio.io/rev, else sidecar.istio.io/status, else the host that it dials. Null when unknown. */
  readonly revision: string | null;
  /** Phase Running. Only these are counted. */
  readonly running: boolean;
  readonly ready: boolean;
  readonly deleting: boolean;
  /** istiod pod whose syncz lists it, and that pod's revision; null when none does. */
  readonly connectedTo: { readonly pod: string; readonly revision: string } | null;
  /** False: every istiod answered and none lists it. Null: some istiod could not be asked. */
  readonly connected: Known;
  /** Types whose sent and acked differ; empty when in sync or not connected. */
  readonly stale: readonly string[];
  /** Index into `Mesh.workloads`; -1 when its owner was not found. */
  readonly workload: number;
}

/** Kind of a top owner. `Pod`: a bare pod. `Other`: an owner of a kind that meshlift doesn't know. */
export type TopKind =
  'Deployment' | 'StatefulSet' | 'DaemonSet' | 'Rollout' | 'Job' | 'CronJob' | 'ReplicaSet' | 'Pod' | 'Other';

/** What a restart now would change. */
export interface Pending {
  /** Revision after a restart; null when the pods would come back without a proxy. */
  readonly revision: string | null;
  /** Version after a restart; null when unknown or without a proxy. */
  readonly version: string | null;
  /** One sentence. */
  readonly reason: string;
}

/** A top owner of pods. */
export interface Workload {
  readonly namespace: string;
  readonly kind: TopKind;
  readonly name: string;
  /** Kind as written by the owner, for `Other`; else equal to kind. */
  readonly ownerKind: string;
  /** Running pods with a proxy. */
  readonly proxies: number;
  /** Running pods. */
  readonly pods: number;
  /** Distinct, sorted; of running proxies. */
  readonly versions: readonly string[];
  readonly revisions: readonly string[];
  readonly role: ProxyRole | null;
  /** What a pod of its template would get now. */
  readonly injection: InjectionDecision;
  /** Null: a restart changes nothing (or nothing can be said, see `injection.outcome` unknown). */
  readonly pending: Pending | null;
}
