/** Parts of Istio beside the control planes: base, istio-cni, ztunnel. */
import type { Owner } from './model-basics.ts';

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
