/**
 * The document that `meshlift status -o json` prints. Its JSON Schema is docs/schema/mesh-status.schema.json; whoever adds
 * a field here describes it there. An un-revisioned control plane has revision `default`.
 */
import type { DefaultRevision, Webhook } from './control-plane-model.ts';
import type { Pending, ProxyRole, TopKind } from './data-plane-model.ts';
import type { FactSource } from './facts.ts';
import type { Gateway } from './gateway-model.ts';
import type { InjectionDecision } from './injection-model.ts';
import type { Ambient, Incomplete } from './mesh.ts';
import type { Known, OwnerKind } from './model-basics.ts';

/** Who manages an object. `ownerName`: release, resource or application, '' when there is none. */
interface Owned {
  readonly owner: OwnerKind;
  readonly ownerName: string;
  /** The object field that says so. */
  readonly ownerEvidence: string;
}

/** One istiod Deployment. */
export interface ControlPlaneStatus extends Owned {
  readonly revision: string;
  readonly version: string | null;
  readonly namespace: string;
  readonly deployment: string;
  readonly readyReplicas: number;
  readonly replicas: number;
  /** Version of its image tag; null for a digest. */
  readonly imageVersion: string | null;
  /** Versions that its pods answered. */
  readonly runningVersions: readonly string[];
  /** Its pods that did not answer, and why. */
  readonly silent: readonly { readonly pod: string; readonly why: string }[];
}

/** A revision tag. */
export interface TagStatus extends Owned {
  readonly name: string;
  readonly revision: string;
  readonly webhook: string | null;
  readonly service: string | null;
  readonly problem: string | null;
}

/** One target of one webhook configuration. */
export interface WebhookStatus extends Owned {
  readonly name: string;
  readonly kind: Webhook['kind'];
  readonly webhooks: readonly string[];
  readonly target: string;
  readonly revision: string | null;
  readonly labelledRevision: string | null;
  readonly tag: string | null;
  readonly deactivated: boolean;
  readonly failurePolicy: string;
  readonly readyEndpoints: number;
  readonly healthy: Known;
  readonly problem: string | null;
}

/** What a new pod would get; the webhooks that matched are left out. */
export type InjectionStatus = Omit<InjectionDecision, 'matched'>;

/** A namespace, in the mesh or not. */
export interface NamespaceStatus {
  readonly name: string;
  /** For a pod without labels of its own. */
  readonly injection: InjectionStatus;
  readonly ambient: boolean;
  readonly workloads: number;
}

/** A workload that has proxies, would get one, or would change at a restart. */
export interface WorkloadStatus {
  readonly namespace: string;
  readonly kind: TopKind;
  readonly name: string;
  readonly role: ProxyRole | null;
  readonly pods: number;
  readonly proxies: number;
  readonly versions: readonly string[];
  readonly revisions: readonly string[];
  readonly injection: InjectionStatus;
  readonly pending: Pending | null;
}

/** A proxy that is not served as it should be. */
export interface TroubledProxy {
  readonly namespace: string;
  readonly pod: string;
  /** False: no istiod lists it. True: it is listed, and `stale` is not empty. */
  readonly connected: boolean;
  readonly stale: readonly string[];
}

/** Sidecars, gateways and waypoints of pods that run. */
export interface DataPlaneStatus {
  readonly proxies: number;
  /** Proxies by version; those whose version is not known are under `unknown`. */
  readonly byVersion: Readonly<Record<string, number>>;
  readonly byRevision: Readonly<Record<string, number>>;
  readonly notConnected: number;
  readonly notSynced: number;
  /** Proxies of which nobody could say whether they are connected. */
  readonly connectionUnknown: number;
  /** Each that is not connected or not in sync. */
  readonly troubled: readonly TroubledProxy[];
}

/** A gateway or waypoint. */
export interface GatewayStatus extends Owned {
  readonly namespace: string;
  readonly name: string;
  readonly form: Gateway['form'];
  readonly effectiveRevision: string | null;
  readonly reason: string;
  readonly versions: readonly string[];
  readonly revisions: readonly string[];
  readonly replicas: number;
  readonly readyReplicas: number;
  readonly service: {
    readonly name: string;
    readonly type: string;
    readonly addresses: readonly string[];
    readonly externalTrafficPolicy: string;
  } | null;
  readonly autoscaler: Gateway['autoscaler'];
  readonly budget: Gateway['budget'];
  readonly istioGateways: readonly string[];
}

/** A DaemonSet of Istio. */
export interface ComponentStatus extends Owned {
  readonly namespace: string;
  readonly name: string;
  readonly version: string | null;
  readonly desired: number;
  readonly ready: number;
  readonly updated: number | null;
  readonly strategy: string;
  readonly versions: Readonly<Record<string, number>>;
}

/** Parts besides control planes and proxies. Null: not installed, or not seen (then `incomplete` says so). */
export interface ComponentsStatus {
  readonly base: (Owned & { readonly version: string | null; readonly crds: number }) | null;
  readonly cni: ComponentStatus | null;
  /** `notConnected`: running ztunnels that no istiod lists. */
  readonly ztunnel: (ComponentStatus & { readonly notConnected: number }) | null;
}

/** The whole document. */
export interface MeshStatus {
  readonly apiVersion: 'meshlift.dev/v1alpha1';
  readonly kind: 'MeshStatus';
  readonly toolVersion: string;
  /** RFC 3339. */
  readonly takenAt: string;
  readonly source: FactSource;
  readonly kubernetesVersion: string | null;
  /** The namespace that the document is restricted to; null: all. */
  readonly namespace: string | null;
  readonly controlPlanes: readonly ControlPlaneStatus[];
  readonly tags: readonly TagStatus[];
  readonly defaultRevision: string | null;
  readonly defaultRevisionSources: {
    readonly tag: string | null;
    readonly injector: string | null;
    readonly validator: string | null;
    readonly injects: boolean;
  };
  readonly webhooks: readonly WebhookStatus[];
  readonly namespaces: readonly NamespaceStatus[];
  readonly workloads: readonly WorkloadStatus[];
  readonly dataPlane: DataPlaneStatus;
  readonly gateways: readonly GatewayStatus[];
  readonly components: ComponentsStatus;
  readonly ambient: Ambient;
  readonly incomplete: readonly Incomplete[];
}

/** Where the default revision comes from, as the document writes it. */
export function defaultSources(from: DefaultRevision): MeshStatus['defaultRevisionSources'] {
  return { tag: from.byTag, injector: from.byInjector, validator: from.byValidator, injects: from.injects };
}
