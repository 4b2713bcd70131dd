import type { KubeObject } from '../../src/kube/api.ts';

/** The connection of proxies to their control plane. */
export interface ControlPlaneLink {
  /** Whether an istiod answers the proxy of this pod now. */
  answers(pod: KubeObject): boolean;
  /** Calls back when that may have changed. @returns what ends it */
  onChange(listener: () => void): () => void;
}

/** A control plane that always answers. */
export const alwaysThere: ControlPlaneLink = { answers: () => true, onChange: () => () => undefined };
