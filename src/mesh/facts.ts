/**
 * Facts: what was read of a cluster, cut down to what the model needs. Plain data; the same for a live cluster and for a
 * snapshot. `inventory/` makes them, `mesh/build.ts` turns them into the model. Nothing that could not be read counts as
 * absent: every list carries why it is missing or cut short.
 */

/** String map, as of labels. */
export type Labels = Readonly<Record<string, string>>;

/** A list of facts and whether it is whole. */
export interface Read<T> {
  readonly items: readonly T[];
  /** Null when everything of the kind was read; else why not (403, time-out, not in the file). Items may then be some or none. */
  readonly unread: string | null;
}

/** Controlling owner of an object. */
export interface OwnerFact {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

/** Metadata of any object. `namespace` is '' for cluster-scoped kinds. */
export interface MetaFact {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  /** Only the keys that meshlift knows (`inventory/annotations.ts`). */
  readonly annotations: Labels;
  /** The ownerReference with `controller: true`, else null. */
  readonly owner: OwnerFact | null;
}

export interface NamespaceFact {
  readonly meta: MetaFact;
}

export interface NodeFact {
  readonly meta: MetaFact;
  readonly ready: boolean;
  readonly unschedulable: boolean;
  /** For example 'v1.34.4'. */
  readonly kubeletVersion: string;
  /** topology.kubernetes.io/zone, '' when unset. */
  readonly zone: string;
}

/** The Istio proxy container of a pod or template. */
export interface ProxyContainerFact {
  /** As written, for example 'docker.io/istio/proxyv2:1.29.6-distroless'. */
  readonly image: string;
  /** `native`: init container with restartPolicy Always. */
  readonly form: 'classic' | 'native';
  /** Second argument of `pilot-agent proxy ROLE`: sidecar, router, waypoint, ztunnel; '' when unreadable. */
  readonly role: string;
  /** Host of the control plane it dials, from PROXY_CONFIG.discoveryAddress or CA_ADDR, e.g. 'istiod-1-29-6.istio-system.svc'; '' when unset. */
  readonly dials: string;
}

export interface PodFact {
  readonly meta: MetaFact;
  readonly node: string;
  readonly phase: string;
  /** Condition Ready is True. */
  readonly ready: boolean;
  /** Has a deletionTimestamp. */
  readonly deleting: boolean;
  readonly hostNetwork: boolean;
  /** Container named istio-proxy; null when there is none. */
  readonly proxy: ProxyContainerFact | null;
  /** Image of the container named `discovery` (istiod), else ''. */
  readonly discoveryImage: string;
  /** Image of the container named `install-cni` (istio-cni), else ''. */
  readonly cniImage: string;
}

/** What admission sees of a pod that a template would make. */
export interface TemplateFact {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly hostNetwork: boolean;
  /** A proxy written into the template itself: `image: auto` (gateway) or kube-inject. */
  readonly proxy: ProxyContainerFact | null;
  /** Images of all containers by name. */
  readonly images: Labels;
  /** Seconds; 30 by default. */
  readonly gracePeriodSeconds: number;
}

/** Kinds that own pods and that meshlift can read. */
export type WorkloadKind = 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'Rollout' | 'Job' | 'CronJob';

export interface WorkloadFact {
  readonly kind: WorkloadKind;
  readonly meta: MetaFact;
  /** Wanted: spec.replicas, or desiredNumberScheduled, or parallelism. */
  readonly replicas: number;
  readonly readyReplicas: number;
  /** status.updatedReplicas / updatedNumberScheduled; null when the field is absent (OnDelete: absent, not 0). */
  readonly updatedReplicas: number | null;
  readonly availableReplicas: number;
  /** status.observedGeneration reached metadata.generation. */
  readonly observed: boolean;
  readonly paused: boolean;
  /** 'RollingUpdate' | 'Recreate' | 'OnDelete' | ''. */
  readonly strategy: string;
  readonly maxSurge: string;
  readonly maxUnavailable: string;
  /** StatefulSet rollingUpdate.partition; 0 otherwise. */
  readonly partition: number;
  /** spec.selector.matchLabels. */
  readonly selector: Labels;
  readonly template: TemplateFact;
  /** Values of env REVISION of the container `discovery`; '' elsewhere. */
  readonly istiodRevision: string;
}

export interface ServicePortFact {
  readonly name: string;
  readonly port: number;
  readonly targetPort: string;
}

export interface ServiceFact {
  readonly meta: MetaFact;
  readonly type: string;
  readonly selector: Labels;
  readonly ports: readonly ServicePortFact[];
  /** status.loadBalancer.ingress as addresses or host names. */
  readonly addresses: readonly string[];
  readonly externalTrafficPolicy: string;
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

export interface BudgetFact {
  readonly meta: MetaFact;
  /** Null: selects nothing. */
  readonly selector: SelectorFact | null;
  readonly minAvailable: string;
  readonly maxUnavailable: string;
  readonly disruptionsAllowed: number;
}

export interface AutoscalerFact {
  readonly meta: MetaFact;
  readonly targetKind: string;
  readonly targetName: string;
  readonly min: number;
  readonly max: number;
  readonly current: number;
}

/** A LabelSelector as Kubernetes writes it. */
export interface SelectorFact {
  readonly matchLabels: Labels;
  readonly matchExpressions: readonly RequirementFact[];
}

export interface RequirementFact {
  readonly key: string;
  /** In | NotIn | Exists | DoesNotExist; anything else cannot be evaluated. */
  readonly operator: string;
  readonly values: readonly string[];
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
}

/** What of the injector's config decides on injection (pkg/kube/inject injectRequired). */
export interface InjectorConfigFact {
  /** 'enabled' | 'disabled' | other. */
  readonly policy: string;
  readonly neverInject: readonly SelectorFact[];
  readonly alwaysInject: readonly SelectorFact[];
}

/** A Helm release, from the labels of its Secret; the Secret's data is never read. */
export interface HelmReleaseFact {
  readonly namespace: string;
  readonly name: string;
  readonly version: number;
  /** deployed, superseded, failed, pending-upgrade … */
  readonly status: string;
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
}

export interface GatewayClassFact {
  readonly meta: MetaFact;
  readonly controller: string;
}

/** networking.istio.io Gateway. */
export interface IstioGatewayFact {
  readonly meta: MetaFact;
  readonly selector: Labels;
}

/** An object of an installer's own API: IstioOperator, Istio, IstioRevision, IstioRevisionTag, IstioCNI, ZTunnel. */
export interface InstallerFact {
  readonly kind: string;
  readonly meta: MetaFact;
  /** spec.revision or spec.targetRef.name or ''. */
  readonly revision: string;
  /** spec.version (Sail), ''. */
  readonly version: string;
}

/** A CustomResourceDefinition by metadata only. */
export interface CrdFact {
  readonly meta: MetaFact;
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
  /** One entry for each istiod pod that should answer. `unread` when nobody could be asked (a snapshot without answers). */
  readonly istiods: Read<IstiodFact>;
}

/** Name of a list in Facts. */
export type FactKind = Exclude<keyof Facts, 'source' | 'kubernetesVersion'>;
