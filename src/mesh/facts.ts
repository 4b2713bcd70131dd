/**
 * Facts: what was read of a cluster, cut down to what the model needs. Plain data; the same for a live cluster and for a
 * snapshot. `inventory/` makes them, `mesh/build.ts` turns them into the model. Nothing that could not be read counts as
 * absent: every list carries why it is missing or cut short.
 */
import type {
  AttachedFact,
  AuthorizationPolicyFact,
  DeliveryFact,
  DestinationRuleFact,
  EnvoyFilterFact,
  GatewayPolicyFact,
  NetworkPolicyFact,
  PeerAuthenticationFact,
  ProxyConfigFact,
  RouteFact,
  ServiceEntryFact,
  TelemetryFact,
  VirtualServiceFact,
  WasmPluginFact,
  WorkloadEntryFact,
} from './config-facts.ts';
import type {
  AutoscalerFact,
  BudgetFact,
  CrdFact,
  HelmReleaseFact,
  InstallerFact,
  LimitRangeFact,
  NamespaceFact,
  NodeFact,
  QuotaFact,
  RemoteSecretFact,
} from './cluster-facts.ts';

import type { Labels, MetaFact, Read, SelectorFact } from './fact-basics.ts';
import type { PodFact, WorkloadFact } from './pod-facts.ts';

export type * from './cluster-facts.ts';
export type * from './config-facts.ts';
export type * from './fact-basics.ts';
export type * from './pod-facts.ts';

export interface ServicePortFact {
  readonly name: string;
  readonly port: number;
  readonly targetPort: string;
  /** 0 when there is none. */
  readonly nodePort: number;
  readonly protocol: string;
  readonly appProtocol: string;
}

export interface ServiceFact {
  readonly meta: MetaFact;
  readonly type: string;
  readonly selector: Labels;
  readonly ports: readonly ServicePortFact[];
  /** status.loadBalancer.ingress as addresses or host names. */
  readonly addresses: readonly string[];
  readonly externalTrafficPolicy: string;
  readonly uid: string;
  readonly internalTrafficPolicy: string;
  readonly publishNotReady: boolean;
  /** 'None' or 'ClientIP'. */
  readonly sessionAffinity: string;
  /** clusterIP is None. */
  readonly headless: boolean;
  readonly externalName: string;
  readonly loadBalancerIP: string;
  readonly loadBalancerClass: string;
  readonly healthCheckNodePort: number;
}

export interface EndpointFact {
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  /** Name of the pod in targetRef, '' when it is none. */
  readonly pod: string;
}

export interface EndpointSliceFact {
  readonly meta: MetaFact;
  /** Label kubernetes.io/service-name. */
  readonly service: string;
  readonly endpoints: readonly EndpointFact[];
}

export interface WebhookRuleFact {
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly operations: readonly string[];
  readonly resources: readonly string[];
  readonly scope: string;
}

export interface WebhookFact {
  readonly name: string;
  /** clientConfig.service, null when a URL is used. */
  readonly service: {
    readonly namespace: string;
    readonly name: string;
    readonly path: string;
    readonly port: number;
  } | null;
  /** clientConfig.url, '' when a service is used. */
  readonly url: string;
  /** SHA-256 (hex) of the first certificate in caBundle; '' when it is empty or no certificate. */
  readonly caHash: string;
  /** Whether caBundle holds anything at all. */
  readonly hasCaBundle: boolean;
  readonly failurePolicy: string;
  readonly namespaceSelector: SelectorFact;
  readonly objectSelector: SelectorFact;
  readonly rules: readonly WebhookRuleFact[];
  /** Names of CEL matchConditions: they can't be evaluated here, so a webhook that has any matches «perhaps». */
  readonly matchConditions: readonly string[];
}

export interface WebhookConfigFact {
  readonly kind: 'MutatingWebhookConfiguration' | 'ValidatingWebhookConfiguration';
  readonly meta: MetaFact;
  readonly webhooks: readonly WebhookFact[];
  /** Who wrote it, from metadata.managedFields; empty in old snapshots. */
  readonly managers: readonly FieldManagerFact[];
}

/** One entry of metadata.managedFields. */
export interface FieldManagerFact {
  readonly manager: string;
  /** Apply or Update. */
  readonly operation: string;
  /** Which of failurePolicy, caBundle, namespaceSelector, objectSelector it owns. */
  readonly fields: readonly string[];
}

/** A ConfigMap of the control plane. */
export interface ConfigMapFact {
  readonly meta: MetaFact;
  /** Mesh config (key `mesh`), parsed; null when absent or unreadable. */
  readonly mesh: Readonly<Record<string, unknown>> | null;
  /** SHA-256 of the canonical mesh config; '' when there is none. */
  readonly meshHash: string;
  /** Of key `config` of an injector ConfigMap; null when absent or unreadable. */
  readonly injector: InjectorConfigFact | null;
  /** SHA-256 (hex) of the certificate in key root-cert.pem; '' when absent. */
  readonly rootCertHash: string;
  /** Key CURRENT_AGENT_VERSION of istio-cni-config; ''. */
  readonly cniVersion: string;
  /** All keys of istio-cni-config; values of switches and of EXCLUDE_NAMESPACES, others 'DROPPED'. Empty for other ConfigMaps. */
  readonly settings: Labels;
  /** Known Helm values by dotted path ('global.hub'), of an injector's `values` or of values-REVISION; empty elsewhere. */
  readonly values: Labels;
  /** Names of the networks in key `meshNetworks`. */
  readonly networks: readonly string[];
}

/** What of the injector's config decides on injection (pkg/kube/inject injectRequired). */
export interface InjectorConfigFact {
  /** 'enabled' | 'disabled' | other. */
  readonly policy: string;
  readonly neverInject: readonly SelectorFact[];
  readonly alwaysInject: readonly SelectorFact[];
  /** Names of the templates. */
  readonly templates: readonly string[];
}

/** Gateway API Gateway. */
export interface GatewayFact {
  readonly meta: MetaFact;
  readonly className: string;
  /** status.addresses values. */
  readonly addresses: readonly string[];
  /** Condition Programmed; null when it is not set. */
  readonly programmed: boolean | null;
  /** spec.addresses holds a host name: Istio deploys nothing for it (manual deployment). */
  readonly manual: boolean;
  readonly listeners: readonly ListenerFact[];
  /** spec.infrastructure.parametersRef: 'Kind/name'; '' when unset. */
  readonly parameters: string;
}

/** One listener of a Gateway. */
export interface ListenerFact {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  readonly hostname: string;
  /** Terminate, Passthrough; '' without tls. */
  readonly tlsMode: string;
  /** status.listeners[].attachedRoutes; null when the status has none. */
  readonly attachedRoutes: number | null;
}

export interface GatewayClassFact {
  readonly meta: MetaFact;
  readonly controller: string;
}

/** networking.istio.io Gateway. */
export interface IstioGatewayFact {
  readonly meta: MetaFact;
  readonly selector: Labels;
  readonly servers: readonly {
    readonly port: number;
    readonly protocol: string;
    readonly hosts: readonly string[];
    /** SIMPLE, MUTUAL, PASSTHROUGH, AUTO_PASSTHROUGH …; '' without tls. */
    readonly tlsMode: string;
  }[];
}

/** One proxy in an istiod's /debug/syncz. */
export interface SyncEntry {
  readonly namespace: string;
  readonly pod: string;
  readonly proxyType: string;
  readonly version: string;
  /** Short type names whose sent and acked differ, for example ['Listener']. Empty: in sync. */
  readonly stale: readonly string[];
}

/** What one istiod pod answered. */
export interface IstiodFact {
  readonly namespace: string;
  readonly pod: string;
  readonly revision: string;
  /** Text of /version, e.g. '1.29.6-1.29.6-Clean'; null when it did not answer. */
  readonly version: string | null;
  /** Null when it did not answer. istioctl's own connections (version 65536.…) are left out. */
  readonly syncz: readonly SyncEntry[] | null;
  /** Why version or syncz is null; '' when both are there. */
  readonly error: string;
}

/** Where the facts come from. */
export type FactSource =
  | { readonly type: 'cluster'; readonly context: string; readonly server: string }
  | { readonly type: 'snapshot'; readonly file: string; readonly takenAt: string };

/** Everything that was read. */
export interface Facts {
  readonly source: FactSource;
  /** gitVersion of the API server; null when unread. */
  readonly kubernetesVersion: string | null;
  readonly namespaces: Read<NamespaceFact>;
  readonly nodes: Read<NodeFact>;
  readonly pods: Read<PodFact>;
  readonly deployments: Read<WorkloadFact>;
  readonly statefulSets: Read<WorkloadFact>;
  readonly daemonSets: Read<WorkloadFact>;
  readonly rollouts: Read<WorkloadFact>;
  readonly jobs: Read<WorkloadFact>;
  readonly cronJobs: Read<WorkloadFact>;
  /** Metadata only: they connect pods to Deployments and Rollouts. */
  readonly replicaSets: Read<{ readonly meta: MetaFact }>;
  readonly services: Read<ServiceFact>;
  /** At least those of every Service that a webhook or tag names. */
  readonly endpointSlices: Read<EndpointSliceFact>;
  readonly budgets: Read<BudgetFact>;
  readonly autoscalers: Read<AutoscalerFact>;
  readonly mutatingWebhooks: Read<WebhookConfigFact>;
  readonly validatingWebhooks: Read<WebhookConfigFact>;
  readonly crds: Read<CrdFact>;
  /** Those of the control plane's namespaces only. */
  readonly configMaps: Read<ConfigMapFact>;
  readonly helmReleases: Read<HelmReleaseFact>;
  readonly gateways: Read<GatewayFact>;
  readonly gatewayClasses: Read<GatewayClassFact>;
  readonly istioGateways: Read<IstioGatewayFact>;
  readonly installers: Read<InstallerFact>;
  readonly quotas: Read<QuotaFact>;
  readonly limitRanges: Read<LimitRangeFact>;
  readonly networkPolicies: Read<NetworkPolicyFact>;
  /** Secrets of remote clusters (label istio/multiCluster=true), by metadata only. */
  readonly remoteSecrets: Read<RemoteSecretFact>;
  readonly envoyFilters: Read<EnvoyFilterFact>;
  readonly wasmPlugins: Read<WasmPluginFact>;
  readonly telemetries: Read<TelemetryFact>;
  readonly virtualServices: Read<VirtualServiceFact>;
  readonly destinationRules: Read<DestinationRuleFact>;
  readonly serviceEntries: Read<ServiceEntryFact>;
  readonly sidecars: Read<AttachedFact>;
  readonly peerAuthentications: Read<PeerAuthenticationFact>;
  readonly requestAuthentications: Read<AttachedFact>;
  readonly authorizationPolicies: Read<AuthorizationPolicyFact>;
  readonly proxyConfigs: Read<ProxyConfigFact>;
  readonly workloadEntries: Read<WorkloadEntryFact>;
  readonly workloadGroups: Read<{ readonly meta: MetaFact }>;
  /** Routes of the Gateway API, all kinds. */
  readonly routes: Read<RouteFact>;
  /** BackendTLSPolicy, ReferenceGrant, InferencePool. */
  readonly gatewayPolicies: Read<GatewayPolicyFact>;
  /** Objects of Argo CD and Flux, all that there are: which of them own Istio is for the reader to tell. */
  readonly deliveries: Read<DeliveryFact>;
  /** One entry for each istiod pod that should answer. `unread` when nobody could be asked (a snapshot without answers). */
  readonly istiods: Read<IstiodFact>;
}

/** Name of a list in Facts. */
export type FactKind = Exclude<keyof Facts, 'source' | 'kubernetesVersion'>;
