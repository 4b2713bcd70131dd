/** Facts of Istio's own configuration and of routes: what checks look at, nothing of what users hide in it. */
import type { Labels, MetaFact, SelectorFact } from './fact-basics.ts';

/** An object that a policy is attached to (spec.targetRef, spec.targetRefs), or a route's parent. */
export interface TargetRefFact {
  /** '' is the core group; for a route's parent also what an absent group means (see `hasGroup`). */
  readonly group: string;
  readonly kind: string;
  readonly name: string;
}

/** An object's spec as a snapshot keeps it (docs/snapshot-format.md): for matchers over fields. What was dropped is absent or 'DROPPED'. */
export type KeptSpec = Readonly<Record<string, unknown>>;

/** What most of Istio's objects have: which pods or gateways they apply to. */
export interface AttachedFact {
  readonly meta: MetaFact;
  /** spec.selector.matchLabels or spec.workloadSelector.labels; null when the object has no selector: the whole namespace. */
  readonly selector: Labels | null;
  readonly targets: readonly TargetRefFact[];
  readonly spec: KeptSpec;
}

/** One configPatch of an EnvoyFilter. */
export interface EnvoyPatchFact {
  /** HTTP_FILTER, CLUSTER, LISTENER … */
  readonly applyTo: string;
  /** SIDECAR_INBOUND, GATEWAY, ANY …; '' when unset. */
  readonly context: string;
  /** match.proxy.proxyVersion, a regular expression; '' when unset. */
  readonly proxyVersion: string;
  /** MERGE, ADD, REMOVE, INSERT_BEFORE, INSERT_AFTER, INSERT_FIRST, REPLACE; '' when unset. */
  readonly operation: string;
  /** Filter names that the match looks for (listener filter, network filter, HTTP sub-filter), in this order. */
  readonly matchNames: readonly string[];
  /** patch.value.name; '' when unset. */
  readonly name: string;
  /** Every `@type` in the value, without 'type.googleapis.com/', distinct, in the order of their first appearance. */
  readonly types: readonly string[];
  /** The value has a typed_config (or typedConfig) somewhere. */
  readonly typed: boolean;
}

export interface EnvoyFilterFact extends AttachedFact {
  readonly patches: readonly EnvoyPatchFact[];
}

export interface WasmPluginFact extends AttachedFact {
  /** spec.url without user and query. */
  readonly url: string;
  readonly hasPullSecret: boolean;
  readonly failStrategy: string;
}

export interface TelemetryFact extends AttachedFact {
  /** CEL expressions: filters of access logs, values of tag overrides. */
  readonly expressions: readonly string[];
  /** Names of providers. */
  readonly providers: readonly string[];
  /** It says something of tracing. */
  readonly tracing: boolean;
}

export interface VirtualServiceFact {
  readonly meta: MetaFact;
  readonly hosts: readonly string[];
  readonly gateways: readonly string[];
  readonly exportTo: readonly string[];
  /** Any http route has mirror or mirrors. */
  readonly mirrors: boolean;
  /** Hosts of all destinations, distinct. */
  readonly destinations: readonly string[];
  readonly spec: KeptSpec;
}

/** TLS settings of a DestinationRule at one place. */
export interface DestinationTlsFact {
  /** Where: 'trafficPolicy', 'trafficPolicy port 443', 'subset v1', 'subset v1 port 443'. */
  readonly at: string;
  /** DISABLE, SIMPLE, MUTUAL, ISTIO_MUTUAL. */
  readonly mode: string;
  /** caCertificates or credentialName is set. */
  readonly hasCa: boolean;
  readonly hasSni: boolean;
  /** Null when unset. */
  readonly insecureSkipVerify: boolean | null;
}

export interface DestinationRuleFact extends AttachedFact {
  readonly host: string;
  readonly exportTo: readonly string[];
  readonly subsets: readonly string[];
  readonly tls: readonly DestinationTlsFact[];
  /** Top-level outlierDetection; minHealthPercent null when unset. Null when there is none. */
  readonly outlier: { readonly minHealthPercent: number | null } | null;
  /** Top-level retryBudget; percent null when unset. Null when there is none. */
  readonly retryBudget: { readonly percent: number | null } | null;
}

export interface ServiceEntryFact extends AttachedFact {
  readonly hosts: readonly string[];
  readonly exportTo: readonly string[];
  /** NONE, STATIC, DNS, DNS_ROUND_ROBIN; '' when unset (means NONE). */
  readonly resolution: string;
  readonly location: string;
  /** Number of spec.addresses. */
  readonly addresses: number;
  /** Some port has a targetPort that is not its number. */
  readonly movesPort: boolean;
}

export interface PeerAuthenticationFact extends AttachedFact {
  /** STRICT, PERMISSIVE, DISABLE, UNSET or ''. */
  readonly mode: string;
}

export interface AuthorizationPolicyFact extends AttachedFact {
  /** ALLOW when unset. */
  readonly action: string;
}

/** networking.istio.io ProxyConfig. */
export interface ProxyConfigFact extends AttachedFact {
  /** spec.image.imageType. */
  readonly imageType: string;
  readonly concurrency: number | null;
  /** Names, never values, of spec.environmentVariables. */
  readonly environment: readonly string[];
}

export interface WorkloadEntryFact {
  readonly meta: MetaFact;
  /** Made by istiod when a proxy outside the cluster connected (annotation istio.io/workloadController or a WorkloadGroup owner). */
  readonly autoRegistered: boolean;
  readonly network: string;
}

/** A parent of a route. */
export interface RouteParentFact extends TargetRefFact {
  /** Namespace of the parent; '' means the route's own. */
  readonly namespace: string;
  readonly section: string;
  /** The group is written out, be it as ''. */
  readonly hasGroup: boolean;
}

/** HTTPRoute, GRPCRoute, TLSRoute, TCPRoute or UDPRoute. */
export interface RouteFact {
  readonly kind: string;
  readonly meta: MetaFact;
  readonly hosts: readonly string[];
  readonly parents: readonly RouteParentFact[];
  readonly spec: KeptSpec;
}

/** BackendTLSPolicy, ReferenceGrant or InferencePool: only that it is there. */
export interface GatewayPolicyFact {
  readonly kind: string;
  readonly meta: MetaFact;
}

export interface NetworkPolicyFact {
  readonly meta: MetaFact;
  readonly selector: SelectorFact;
  /** Ingress, Egress. */
  readonly types: readonly string[];
  /** Ports of all ingress rules as written; empty with `anyIngressPort`. */
  readonly ingressPorts: readonly string[];
  /** Some ingress rule names no port. */
  readonly anyIngressPort: boolean;
}

/** An object of Argo CD or Flux that deploys something of Istio, or may: Application, HelmRelease, Kustomization. */
export interface DeliveryFact {
  readonly kind: string;
  readonly meta: MetaFact;
  /** Charts that it installs with the version wanted: 'istiod 1.29.*'. Empty for plain manifests. */
  readonly charts: readonly string[];
  /** Where charts or manifests come from, without user and query. */
  readonly urls: readonly string[];
  /** Helm release name that it makes; '' when it does not say. */
  readonly release: string;
  readonly targetNamespace: string;
  /** spec.suspend of Flux. */
  readonly suspended: boolean;
  /** It writes by itself: Argo CD's syncPolicy.automated, and every Flux object that is not suspended. */
  readonly automated: boolean;
  /** It reverts what others changed: Argo CD's selfHeal; Flux's driftDetection.mode enabled; every Kustomization. */
  readonly selfHeal: boolean;
  readonly prune: boolean;
  readonly serverSideApply: boolean;
  /** JSON pointers and paths that Argo CD ignores on webhook configurations; true for Flux's driftDetection.ignore. */
  readonly ignoresWebhookFields: boolean;
  /** Names in spec.dependsOn; Argo CD has annotation argocd.argoproj.io/sync-wave instead. */
  readonly dependsOn: readonly string[];
  /** status.sync.status and status.health.status of Argo CD, reason of Flux's Ready condition; '' when unknown. */
  readonly state: string;
}
