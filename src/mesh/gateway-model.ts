/** Gateways, with what belongs to them. */
import type { Labels } from './fact-basics.ts';
import type { Owner } from './model-basics.ts';

/** How a gateway is made; decides how it is moved. */
export type GatewayForm = 'injected' | 'gateway-api' | 'legacy' | 'waypoint';

/** A gateway's Deployment, DaemonSet or Gateway API Gateway with what belongs to it. */
export interface Gateway {
  readonly namespace: string;
  /** Name of the workload, or of the Gateway for `gateway-api` and `waypoint`. */
  readonly name: string;
  readonly form: GatewayForm;
  /** Index into `Mesh.workloads`; -1 when it has none yet. */
  readonly workload: number;
  /** Revision that its next pod would get (for gateway-api: the owning revision). Null: none or unknown; see `reason`. */
  readonly effectiveRevision: string | null;
  readonly reason: string;
  readonly versions: readonly string[];
  readonly revisions: readonly string[];
  readonly replicas: number;
  readonly readyReplicas: number;
  /** Its Service, by selector; null when none selects it. */
  readonly service: {
    readonly name: string;
    readonly type: string;
    readonly addresses: readonly string[];
    readonly selector: Labels;
    readonly externalTrafficPolicy: string;
  } | null;
  readonly autoscaler: { readonly min: number; readonly max: number; readonly current: number } | null;
  readonly budget: { readonly name: string; readonly disruptionsAllowed: number } | null;
  /** 'namespace/name' of networking.istio.io Gateways that select its pods. */
  readonly istioGateways: readonly string[];
  readonly owner: Owner;
}
