/**
 * The model of a mesh: what stands in the cluster, in the field's own terms. Plain data made by `build.ts` out of facts.
 * The revision of an un-revisioned control plane is written `default`, as Istio's own labels do.
 */
import type { FactSource, Labels } from './facts.ts';

/** Who manages an object; decides with which tool it may be changed. `mixed`: signals of two tools, so none is safe. */
export type OwnerKind = 'helm' | 'istioctl' | 'sail' | 'argocd' | 'flux' | 'none' | 'mixed' | 'unknown';

/** Owner with the evidence for it. */
export interface Owner {
  readonly kind: OwnerKind;
  /** Helm release, Sail resource, Argo CD application, Flux object: 'namespace/name' or 'name'; '' when there is none. */
  readonly name: string;
  /** The object field that says so, for a person. */
  readonly evidence: string;
}

/** One istiod Deployment of one revision. */
export interface ControlPlane {
  readonly revision: string;
  readonly namespace: string;
  readonly deployment: string;
  /** Best known version: what the pods answer to /version, else the image tag without variant; null when neither is known. */
  readonly version: string | null;
  /** Version from the image tag of the pod template; null for a digest or an unparsable tag. */
  readonly imageVersion: string | null;
  /** Distinct versions that its pods answered; empty when none answered. */
  readonly runningVersions: readonly string[];
  readonly replicas: number;
  readonly readyReplicas: number;
  readonly owner: Owner;
  /** Name of the Service in front of it; null when there is none. */
  readonly service: string | null;
  readonly autoscaler: { readonly min: number; readonly max: number; readonly current: number } | null;
  readonly budget: { readonly name: string; readonly disruptionsAllowed: number } | null;
  /** Parsed mesh config; null when unread. */
  readonly meshConfig: Readonly<Record<string, unknown>> | null;
  readonly meshConfigHash: string;
  /** SHA-256 of its root certificate (from its webhook's caBundle, else istio-ca-root-cert); null when unreadable. */
  readonly caRootHash: string | null;
  /** Its pods and whether they answered; `error` is '' when they did. */
  readonly pods: readonly {
    readonly name: string;
    readonly ready: boolean;
    readonly answered: boolean;
    readonly error: string;
  }[];
}

/** A revision tag. */
export interface RevisionTag {
  readonly name: string;
  /** Revision it points to (label istio.io/rev of its webhook configuration, else of its Service). */
  readonly revision: string;
  /** Name of its MutatingWebhookConfiguration; null when only the Service exists. */
  readonly webhook: string | null;
  /** 'namespace/name' of its Service (Istio 1.28 and later); null when there is none. */
  readonly service: string | null;
  readonly owner: Owner;
  /** Says when Service and webhook disagree, or the revision does not exist; null when all is well. */
  readonly problem: string | null;
}

/** Who serves what is not labelled for a revision. */
export interface DefaultRevision {
  /** The default revision by Istio's own priority: default tag, un-revisioned injector, validator. Null when nobody is. */
  readonly revision: string | null;
  /** Target of tag `default`; null when there is no such tag. */
  readonly byTag: string | null;
  /** 'default' when an un-revisioned injector's selectors are live; null otherwise. */
  readonly byInjector: string | null;
  /** Label istio.io/rev of istiod-default-validator; null when it does not exist. */
  readonly byValidator: string | null;
  /** Whether istio-injection=enabled and unlabelled pods asking for injection would be served at all. */
  readonly injects: boolean;
}

/** True, false, or not known because something was not read. */
export type Known = boolean | null;

/** One target of one webhook configuration. */
export interface Webhook {
  /** Name of the configuration. */
  readonly name: string;
  readonly kind: 'MutatingWebhookConfiguration' | 'ValidatingWebhookConfiguration';
  /** Names of its webhooks that go to this target. */
  readonly webhooks: readonly string[];
  /** 'namespace/service', or the URL. */
  readonly target: string;
  /** Revision of the ready pods behind the target; else what the configuration's label says. Null when neither is known. */
  readonly revision: string | null;
  /** Label istio.io/rev of the configuration; null when unset. */
  readonly labelledRevision: string | null;
  /** Tag that it stands for (label istio.io/tag); null otherwise. */
  readonly tag: string | null;
  /** Its selectors never match (istioctl switches webhooks off this way). */
  readonly deactivated: boolean;
  /** 'Fail' when any of its webhooks has it: the stricter one decides what happens when the target is dead. */
  readonly failurePolicy: string;
  readonly readyEndpoints: number;
  /** Null when its Service or endpoints were not read. */
  readonly healthy: Known;
  /** One sentence; null when healthy. */
  readonly problem: string | null;
  readonly owner: Owner;
}

/** Why a pod does or does not get a proxy: stable codes for programs. */
export type InjectionCode =
  | 'namespace-revision'
  | 'namespace-injection-enabled'
  | 'pod-revision'
  | 'pod-inject'
  | 'auto'
  | 'namespace-disabled'
  | 'pod-disabled'
  | 'annotation-disabled'
  | 'revision-not-served'
  | 'no-default-revision'
  | 'not-labelled'
  | 'host-network'
  | 'system-namespace'
  | 'never-inject-selector'
  | 'policy-disabled'
  | 'webhook-dead'
  | 'overlap'
  | 'unknown';

/** What would happen to a pod created now. */
export interface InjectionDecision {
  /**
   * injected: one webhook answers and adds a proxy. none: the pod starts without a proxy. fails: the pod is refused because
   * its webhook's target is dead. overlap: more than one matches. unknown: not enough was read.
   */
  readonly outcome: 'injected' | 'none' | 'fails' | 'overlap' | 'unknown';
  /** Revision that injects; null when none does, also when its webhook is dead (the reason names it). */
  readonly revision: string | null;
  /** Tag through which it goes; null when direct. */
  readonly tag: string | null;
  readonly code: InjectionCode;
  /** One sentence for a person, naming label and value. */
  readonly reason: string;
  /** 'configuration/webhook' of every webhook that matches. */
  readonly matched: readonly string[];
}

/** A namespace with what its unlabelled pods would get. */
export interface MeshNamespace {
  readonly name: string;
  readonly labels: Labels;
  /** For a pod without labels of its own. */
  readonly injection: InjectionDecision;
  /** Label istio.io/dataplane-mode=ambient. */
  readonly ambient: boolean;
  /** Workloads in it, in the mesh or not. */
  readonly workloads: number;
}

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

/** How a gateway is made; decides how it is moved. */
export type GatewayForm = 'injected' | 'gateway-api' | 'legacy' | 'waypoint';

/** A gateway's Deployment, DaemonSet or Gateway API Gateway with what belongs to it. */
export interface Gateway {
  readonly namespace: string;
  /** Name of the workload, or of the Gateway for `gateway-api` and `waypoint`. */
  readonly name: string;
  readonly form: GatewayForm;
  /** Index into `Mesh.workloads`; -1 when it has none yet. */
  readonly workload: number;
  /** Revision that its next pod would get (for gateway-api: the owning revision). Null: none or unknown; see `reason`. */
  readonly effectiveRevision: string | null;
  readonly reason: string;
  readonly versions: readonly string[];
  readonly revisions: readonly string[];
  readonly replicas: number;
  readonly readyReplicas: number;
  /** Its Service, by selector; null when none selects it. */
  readonly service: {
    readonly name: string;
    readonly type: string;
    readonly addresses: readonly string[];
    readonly selector: Labels;
    readonly externalTrafficPolicy: string;
  } | null;
  readonly autoscaler: { readonly min: number; readonly max: number; readonly current: number } | null;
  readonly budget: { readonly name: string; readonly disruptionsAllowed: number } | null;
  /** 'namespace/name' of networking.istio.io Gateways that select its pods. */
  readonly istioGateways: readonly string[];
  readonly owner: Owner;
}

/** A node-wide or cluster-wide part of Istio. */
export interface Component {
  readonly namespace: string;
  readonly name: string;
  readonly version: string | null;
  /** Pods wanted, ready, and of the newest template (null when the cluster does not say); 0 for base. */
  readonly desired: number;
  readonly ready: number;
  readonly updated: number | null;
  readonly strategy: string;
  /** Versions that run, with the number of pods. */
  readonly versions: Readonly<Record<string, number>>;
  readonly owner: Owner;
}

/** base (CRDs and default validator), istio-cni, ztunnel. Null: not installed, or not seen (then in `incomplete`). */
export interface Components {
  readonly base: { readonly version: string | null; readonly owner: Owner; readonly crds: number } | null;
  readonly cni: Component | null;
  readonly ztunnel: Component | null;
}

/** Ambient coverage. */
export interface Ambient {
  /** Namespaces labelled istio.io/dataplane-mode=ambient. */
  readonly namespaces: readonly string[];
  /** Running pods with annotation ambient.istio.io/redirection=enabled. */
  readonly pods: number;
  /** Running pods with that annotation = pending: they have no traffic. */
  readonly pending: readonly string[];
  /** Nodes that run ambient pods but no ready ztunnel, or no ready istio-cni. */
  readonly nodesWithoutZtunnel: readonly string[];
  readonly nodesWithoutCni: readonly string[];
}

/** Something that could not be seen, and what that costs. */
export interface Incomplete {
  /** Kind, object or endpoint: 'pods', 'istiod istio-system/istiod-x /debug/syncz'. */
  readonly what: string;
  /** Why, with the remedy when there is one. */
  readonly why: string;
}

/** The whole. */
export interface Mesh {
  readonly source: FactSource;
  readonly kubernetesVersion: string | null;
  readonly controlPlanes: readonly ControlPlane[];
  readonly tags: readonly RevisionTag[];
  readonly defaultRevision: DefaultRevision;
  readonly webhooks: readonly Webhook[];
  readonly namespaces: readonly MeshNamespace[];
  readonly workloads: readonly Workload[];
  readonly proxies: readonly Proxy[];
  readonly gateways: readonly Gateway[];
  readonly components: Components;
  readonly ambient: Ambient;
  readonly incomplete: readonly Incomplete[];
}
