import type { KubeObject } from '../../../src/kube/api.ts';

/** What a container does. Times in milliseconds since 1970. */
export type ContainerState =
  | { readonly kind: 'waiting'; readonly reason: string; readonly message?: string }
  | { readonly kind: 'running'; readonly since: number }
  | { readonly kind: 'terminated'; readonly exitCode: number; readonly since: number; readonly until: number };

/** A container as the runtime sees it. */
export interface ContainerReport {
  readonly name: string;
  readonly state: ContainerState;
  /** What it did before it was last restarted. */
  readonly last?: ContainerState;
  readonly restarts: number;
  /** Its startup probe succeeded, or it has none and runs. */
  readonly started: boolean;
  /** Its readiness probe succeeds, or it has none and runs. */
  readonly ready: boolean;
}

/** All containers of a pod, in the order of its spec. */
export interface PodReport {
  /** Address of the pod, as soon as it has a network. Without one the kubelet gives it one. */
  readonly podIP?: string;
  readonly initContainers: readonly ContainerReport[];
  readonly containers: readonly ContainerReport[];
}

/** What runs the containers of pods: a model on a virtual clock, or real processes. */
export interface PodRuntime {
  /**
   * Runs a pod that has been put on a node, and reports every change of its containers, restarts included, until it is
   * stopped. A pod that runs already by its status is taken over as it is.
   */
  start(pod: KubeObject, report: (state: PodReport) => void): void;
  /**
   * Ends a pod: preStop hooks and SIGTERM now, SIGKILL after the grace period. Reports go on until the end. Called again
   * with a shorter grace it ends sooner; only the last `done` is called, once, when every container has ended.
   */
  stop(pod: KubeObject, graceSeconds: number, done: () => void): void;
}
