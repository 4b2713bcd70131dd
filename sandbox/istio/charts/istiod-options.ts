import type { JsonObject } from '../../store/json.ts';
import type { ControlPlane } from './control-plane.ts';

/** Values of the chart `istiod`. */
export interface IstiodOptions extends ControlPlane {
  /** Helm release; istioctl renders with 'istio'. */
  readonly release: string;
  /** revisionTags: tags that belong to this release. Default none. */
  readonly tags?: readonly string[];
  /** env ENABLE_NATIVE_SIDECARS. Default: not set, so that the version decides. */
  readonly nativeSidecars?: boolean;
  /** Profile ambient. Default false. */
  readonly ambient?: boolean;
  /** Bounds of the autoscaler, or 'off' for a fixed number. Default 1 to 5. */
  readonly autoscale?: { readonly min: number; readonly max: number } | 'off';
  /** Replicas without autoscaler. Default 1. */
  readonly replicas?: number;
  /** Further environment of istiod. */
  readonly env?: Readonly<Record<string, string>>;
  /** Resources of istiod. Default requests 500m and 2Gi, as in the chart. */
  readonly resources?: JsonObject;
  /** Further meshConfig, merged over the chart's. */
  readonly meshConfig?: JsonObject;
}
