import type { KubeObject } from '../../src/kube/api.ts';
import type { AppBehaviour } from '../live/app/behaviour.ts';
import type { LiveTiming } from '../live/timing.ts';
import type { JsonObject } from '../store/json.ts';

/** Labels or annotations. */
export type Words = Readonly<Record<string, string>>;

/** A workload in few words; what is left out is that of a small web service. */
export interface WorkloadSpec {
  /** A Rollout is a paused-at-rest Argo Rollout with the ReplicaSet that Argo made for it. Default Deployment. */
  readonly kind?: 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'ReplicaSet' | 'Pod' | 'CronJob' | 'Rollout';
  readonly name: string;
  /** Pods wanted. Default 1. Without meaning for a DaemonSet, a Pod and a CronJob. */
  readonly replicas?: number;
  /** Default 'registry.example/NAME:1.0'. */
  readonly image?: string;
  /** Labels of the pods besides `app`, and of the selector where they are `version`. */
  readonly labels?: Words;
  /** Annotations of the pods. */
  readonly annotations?: Words;
  /** `strategy` of a Deployment, `updateStrategy` of a StatefulSet or DaemonSet. Default: that of Kubernetes. */
  readonly strategy?: JsonObject;
  /** HTTP readiness probe on the port. Default true. */
  readonly probed?: boolean;
  /** Port of the container and of the Service. Default 8080. */
  readonly port?: number;
  /** Name of the Service's port, which tells Istio what is spoken. Default 'http'. */
  readonly portName?: 'http' | 'http2' | 'grpc' | 'tcp';
  /** How the application behaves where pods are real servers (`start --live`). Default: that of live mode. */
  readonly behaviour?: Partial<AppBehaviour>;
  /** Value of label app when it is not the name: workloads with the same one stand behind one Service. */
  readonly app?: string;
  /** Whether a Service of the name `app` is made. Default true for kinds whose pods stay. */
  readonly service?: boolean;
  /** `minAvailable` of a PodDisruptionBudget. Default: no budget. */
  readonly minAvailable?: number | string;
  /** Further containers of the pods. */
  readonly containers?: readonly JsonObject[];
  /** Seconds; default that of Kubernetes, 30. */
  readonly graceSeconds?: number;
  /** The pods are gateways: their only container is a proxy that the injector fills in. */
  readonly gateway?: true;
}

/** A namespace and what runs in it. */
export interface NamespaceSpec {
  readonly name: string;
  readonly labels?: Words;
  readonly workloads?: readonly WorkloadSpec[];
}

interface Versioned {
  /** Istio version, such as '1.29.6'. */
  readonly version: string;
}

/** A control plane that a Helm chart or istioctl makes. */
interface Revisioned extends Versioned {
  /** Name of the revision; '' for the control plane without one. */
  readonly revision: string;
}

/** Something that a person installs with helm or istioctl. Helm releases are upgraded when they exist. */
export type Install =
  | ({ readonly chart: 'base'; readonly defaultRevision: string } & Versioned)
  | ({
      readonly chart: 'istiod';
      /** Default 'istiod' or 'istiod-REVISION'. */
      readonly release?: string;
      /** Value revisionTags. Default none. */
      readonly tags?: readonly string[];
      /** Profile ambient. Default false. */
      readonly ambient?: boolean;
      /** Further environment of istiod. Default none. */
      readonly env?: Words;
    } & Revisioned)
  | ({
      readonly chart: 'gateway';
      readonly name: string;
      readonly namespace: string;
      /** Label istio.io/rev of its pods; '' for none. */
      readonly revision: string;
    } & Versioned)
  | ({ readonly chart: 'cni'; readonly ambient: boolean } & Revisioned)
  | ({
      readonly chart: 'ztunnel';
      /** Default 'ztunnel'. */
      readonly release?: string;
    } & Revisioned)
  | ({ readonly istioctl: 'install'; readonly profile: 'default' | 'minimal' } & Revisioned)
  | ({ readonly istioctl: 'tag'; readonly tag: string } & Revisioned);

/** Name and kind of an object. */
export interface ObjectName {
  readonly apiVersion: string;
  readonly kind: string;
  /** Left out for cluster-scoped kinds. */
  readonly namespace?: string;
  readonly name: string;
}

/** What happened to the cluster, one thing after the other. */
export type Step =
  | ({ readonly do: 'install' } & { readonly install: readonly Install[] })
  /** Namespaces that exist already get no new labels, only the workloads. */
  | { readonly do: 'deploy'; readonly namespaces: readonly NamespaceSpec[] }
  | { readonly do: 'create'; readonly objects: readonly KubeObject[] }
  /** A Job as `kubectl create job --from` makes it. */
  | { readonly do: 'run'; readonly namespace: string; readonly cronJob: string; readonly job: string }
  /** A JSON merge patch, or the operations of a JSON patch. */
  | {
      readonly do: 'patch';
      readonly object: ObjectName;
      readonly patch: JsonObject | readonly JsonObject[];
      /** Field manager under whose name it is written. Default none. */
      readonly by?: string;
    }
  /** Removes objects with those that they own, past helm and istioctl. */
  | { readonly do: 'delete'; readonly objects: readonly ObjectName[] }
  /** Time passes until every workload has its pods ready. */
  | { readonly do: 'settle' };

/** A cluster to start with. */
export interface Scenario {
  /** Lower case, words joined by hyphens. */
  readonly name: string;
  /** One line for a person, without a full stop. */
  readonly description: string;
  /** Number of nodes, named node-1 and so on: 8 CPUs and 110 pods each. */
  readonly nodes: number;
  /** Bundle version of the Gateway API that is installed, such as 'v1.4.1'. Default none. */
  readonly gatewayApi?: string;
  /** Times of its pods where they are real servers (`start --live`). Default: those measured on a real node. */
  readonly liveTiming?: Partial<LiveTiming>;
  readonly steps: readonly Step[];
}
