import type { KubeObject } from '../../../src/kube/api.ts';
import type { ControlPlane } from '../charts/control-plane.ts';

/** How the injector of one control plane works. */
export interface InjectorSettings extends ControlPlane {
  /** Sidecars are init containers with restartPolicy Always. An annotation of the pod can say otherwise. */
  readonly native: boolean;
  /** istio-cni redirects the traffic, so that no init container needs NET_ADMIN. Default false. */
  readonly cni?: boolean;
  /** Whether pods that say nothing are injected. Default 'enabled'. */
  readonly policy?: 'enabled' | 'disabled';
}

/** What the injector answers. `failed` is an error of the webhook, which with failurePolicy Fail refuses the pod. */
export type InjectionResult =
  | { readonly kind: 'injected'; readonly pod: KubeObject }
  | { readonly kind: 'skipped'; readonly reason: string }
  | { readonly kind: 'failed'; readonly message: string };
