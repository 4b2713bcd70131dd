/** What a plan is made from. */
import type { Hop } from '../knowledge/hops.ts';
import type { ControlPlane } from '../mesh/control-plane-model.ts';
import type { Workload } from '../mesh/data-plane-model.ts';
import type { WorkloadEntry } from '../mesh/workload-index.ts';
import type { Policy } from '../policy/policy.ts';
import type { View } from '../steps/step.ts';
import type { Describe } from './back.ts';
import type { PlanFinding } from './plan.ts';

/** What the user asked for, and what is known. */
export interface PlanRequest {
  readonly view: View;
  /** Wanted version with its patch. */
  readonly to: string;
  /** Revision that is upgraded; null: the only one, or the one in use. */
  readonly revision: string | null;
  readonly policy: Policy;
  /** Hops to the wanted version, at least one. */
  readonly hops: readonly Hop[];
  readonly findings: readonly PlanFinding[];
  readonly kinds: Describe;
  /** RFC 3339. */
  readonly createdAt: string;
  /** Version of meshlift. */
  readonly tool: string;
  /** uid of namespace kube-system. */
  readonly clusterUid: string;
}

/** The two control planes of a hop. */
export interface Ends {
  readonly old: ControlPlane;
  /** Version of `old`. */
  readonly from: string;
  /** Version of this hop. */
  readonly to: string;
  /** Revision that is new. */
  readonly revision: string;
}

/** A workload of the model with its facts. */
export interface Candidate {
  readonly workload: Workload;
  readonly entry: WorkloadEntry;
}
