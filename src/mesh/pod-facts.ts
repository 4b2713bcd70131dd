/** Facts of pods, of the templates that make them, and of the workloads that own them. */
import type { Labels, MetaFact, RequestsFact } from './fact-basics.ts';

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
  /** Proves that a pod is still the same one. */
  readonly uid: string;
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
  /** Why it does not run: 'Unschedulable', or the first container's waiting reason (ImagePullBackOff …); '' when nothing waits. */
  readonly waiting: string;
  /** Restarts of all its containers. */
  readonly restarts: number;
  readonly requests: RequestsFact;
}

/** Whether all, some or none of the application's containers have something. `none` also when there is no such container. */
export type Share = 'all' | 'some' | 'none';

/**
 * What of a template decides whether a restart loses something. Application containers are those that are neither the Istio
 * proxy nor an init container that ends.
 */
export interface FitnessFact {
  readonly readiness: Share;
  /** Largest initialDelaySeconds of their readiness probes; 0 without. */
  readonly readinessDelaySeconds: number;
  readonly preStop: Share;
  /** Ports on the node that they take. */
  readonly hostPorts: readonly number[];
  /** Names of PersistentVolumeClaims. */
  readonly claims: readonly string[];
  /** nodeSelector or required node affinity is set. */
  readonly pinned: boolean;
  /** topologySpreadConstraints or pod anti-affinity, with the keys that they spread over ('kubernetes.io/hostname', …). */
  readonly spread: readonly string[];
  /** Keys of *required* anti-affinity and of DoNotSchedule constraints: a surge pod may find no place. */
  readonly mustSpread: readonly string[];
  readonly priorityClass: string;
  readonly serviceAccount: string;
  readonly restartPolicy: string;
  /** Ports that the application's containers declare. */
  readonly ports: readonly { readonly name: string; readonly port: number; readonly protocol: string }[];
  /** Names of the application's containers. */
  readonly containers: readonly string[];
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
  readonly fitness: FitnessFact;
  /** Sum over all containers but init containers that end. */
  readonly requests: RequestsFact;
  /**
   * Env of Istio's own containers `discovery`, `install-cni` and `istio-proxy`, by name; values of switches only, others are
   * 'DROPPED', and those taken from elsewhere (valueFrom) are ''. Empty for every other template.
   */
  readonly env: Labels;
  /** Simple values of annotation proxy.istio.io/config by dotted path: 'terminationDrainDuration' → '30s'. */
  readonly proxyConfig: Labels;
  /** Refers to ConfigMap keys that must exist: 'name/key' of env with configMapKeyRef, of Istio's own containers. */
  readonly configKeys: readonly string[];
}

/** Kinds that own pods and that meshlift can read. */
export type WorkloadKind = 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'Rollout' | 'Job' | 'CronJob';

/** A condition that says that something is wrong. */
export interface TroubleFact {
  readonly type: string;
  readonly reason: string;
}

export interface WorkloadFact {
  readonly kind: WorkloadKind;
  readonly meta: MetaFact;
  readonly uid: string;
  readonly generation: number;
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
  /** Seconds; 0 by default. */
  readonly minReadySeconds: number;
  /** Seconds; 600 by default for Deployments and Rollouts, 0 for the other kinds. */
  readonly progressDeadlineSeconds: number;
  /** StatefulSet: 'OrderedReady' or 'Parallel'; '' elsewhere. */
  readonly podManagement: string;
  /** Conditions ReplicaFailure=True, Progressing=False, Available=False, Degraded=True. */
  readonly troubles: readonly TroubleFact[];
  /** Field managers of its metadata.managedFields, sorted, without those of its status; empty in old snapshots. */
  readonly managers: readonly string[];
  /** The one that owns spec.replicas; '' when nobody does or it is not known. */
  readonly replicasManager: string;
}
