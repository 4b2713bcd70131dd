/**
 * The model of a mesh: what stands in the cluster, in the field's own terms. Plain data made by `build.ts` out of facts.
 * The revision of an un-revisioned control plane is written `default`, as Istio's own labels do.
 */
import type { Components } from './component-model.ts';
import type { ControlPlane, DefaultRevision, RevisionTag, Webhook } from './control-plane-model.ts';
import type { Proxy, Workload } from './data-plane-model.ts';
import type { FactSource, Labels } from './facts.ts';
import type { Gateway } from './gateway-model.ts';
import type { InjectionDecision } from './injection-model.ts';

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
