/** The plan as a document: what is reviewed is what runs. `kind: UpgradePlan`, written as YAML, read back strictly. */
import type { Policy } from '../policy/policy.ts';
import type { StepSpec, Write } from '../steps/spec.ts';

/** Facts that a plan rests on, by subject: 'control planes', 'tags', 'namespace shop', 'workload shop/web'. SHA-256 each. */
export interface Fingerprint {
  readonly hash: string;
  readonly parts: Readonly<Record<string, string>>;
}

/** One supported version change. Only the first is planned in detail; the next is planned when this one is complete. */
export interface PlannedHop {
  readonly from: string;
  readonly to: string;
  /** What is special about it, from the knowledge of versions. */
  readonly notes: readonly string[];
}

/** One step of a stage. */
export interface PlannedStep {
  /** Unique in the plan and stable: 'move-tag/prod', 'renew/Deployment/shop/web'. */
  readonly id: string;
  /** What a person would say. */
  readonly title: string;
  readonly spec: StepSpec;
  readonly writes: readonly Write[];
  /** How it goes back, in words. */
  readonly back: string;
  /** Why it is done this way where there was a choice: the method of a renewal and its reason; '' otherwise. */
  readonly reason: string;
  /**
   * Only renewals: ids of the steps of this plan that make new pods come with the new revision ('move-tag/prod',
   * 'label/shop'). Left out: the workload's own template does, or it was so before.
   */
  readonly ledBy?: readonly string[];
}

/** What a stage is for; decides on progress and on where `--until` can stop. */
export type StageKind = 'prepare' | 'install' | 'prove' | 'wave' | 'gateways' | 'default' | 'soak' | 'complete';

/** A condition between stages, from the policy or built in. */
export interface PlannedGate {
  /** 'proxies', 'rejections', 'webhooks', 'availability', 'probe', or the name of a PromQL condition. */
  readonly name: string;
  /** What must hold, in words, with the bound. */
  readonly condition: string;
}

/** Steps that belong together, and the gate behind them. */
export interface Stage {
  /** 'prepare', 'install', 'prove', 'wave-1' …, 'gateways', 'default', 'soak', 'complete'. */
  readonly id: string;
  readonly kind: StageKind;
  readonly title: string;
  /** In order; renewals of one stage may run side by side, everything else one after the other. */
  readonly steps: readonly PlannedStep[];
  readonly gate: readonly PlannedGate[];
}

/** A workload that the plan does not renew, and what happens to it. */
export interface LeftOut {
  readonly namespace: string;
  readonly workload: string;
  readonly name: string;
  /**
   * Stable code: 'opt-out', 'not-injected', 'job', 'bare-pod', 'baked-in', 'unknown-owner', 'on-target', 'no-pods',
   * 'no-consent', 'budget', 'left-behind', 'unknown', 'refused', 'overlap', 'would-lose-proxy', 'other-revision', 'node-agent'.
   */
  readonly code: string;
  readonly reason: string;
  /** What becomes of it: 'keeps its proxy 1.29.6; complete is refused until it is gone'. */
  readonly consequence: string;
}

/** How long, and what binds. */
export interface Duration {
  /** Seconds: no schedule is shorter; and what is expected. */
  readonly lowerBound: number;
  readonly estimate: number;
  readonly binding: 'critical path' | 'surge capacity' | 'istiod admission' | 'controller rate' | 'gates';
  readonly terms: Readonly<Record<string, number>>;
}

/** What the upgrade costs meanwhile. */
export interface Cost {
  readonly duration: Duration;
  /** Extra requests while two control planes and surge pods run: millicores and bytes. */
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  /** Connections that will certainly be closed, in words. */
  readonly closedConnections: readonly string[];
  /** Requests that will certainly be lost, in words; left out when there are none. */
  readonly lostRequests?: readonly string[];
}

/** Something that the plan foresees and cannot avoid. */
export interface PlanWarning {
  /** Stable code: 'gap', 'below-budget', 'by-its-tool'. */
  readonly code: string;
  /** 'DaemonSet edge/agent', 'tag prod'. */
  readonly object: string;
  readonly message: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** A finding of the checks that does not block, or that was ignored on purpose. */
export interface PlanFinding {
  readonly id: string;
  readonly severity: 'blocks' | 'warns' | 'informs';
  readonly object: string;
  readonly message: string;
  /** Reason given for ignoring it; '' when it was not ignored. */
  readonly ignored: string;
}

/** What the owner's tool said that it would do at a step. */
export interface StepPreview {
  /** Id of the step. */
  readonly step: string;
  /** The command line, as a person would type it. */
  readonly command: string;
  /** Values that are carried over and those that change, one a line. */
  readonly values: readonly string[];
  /** Objects that come, change or go, one a line. */
  readonly objects: readonly string[];
}

/** The document. */
export interface UpgradePlan {
  readonly apiVersion: 'meshlift.dev/v1alpha1';
  readonly kind: 'UpgradePlan';
  /** Name of its run: 'to-1-30-3-' and six hex digits of the fingerprint. */
  readonly run: string;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly tool: string;
  /** `uid`: of namespace kube-system; tells clusters apart. */
  readonly cluster: {
    readonly context: string;
    readonly server: string;
    readonly kubernetes: string;
    readonly uid: string;
  };
  readonly strategy: 'revision';
  readonly from: string;
  readonly to: string;
  readonly hops: readonly PlannedHop[];
  /** Of the first hop. `namespace`: of the control plane, where the journal is kept. */
  readonly revisions: { readonly old: string; readonly new: string; readonly namespace: string };
  readonly stages: readonly Stage[];
  /** What `complete` would do. */
  readonly completion: Stage;
  /** The way back in words, in order. */
  readonly wayBack: readonly string[];
  readonly leftOut: readonly LeftOut[];
  readonly findings: readonly PlanFinding[];
  /** Left out when there is nothing to warn of. */
  readonly warnings?: readonly PlanWarning[];
  readonly cost: Cost;
  /** Of the steps that the owner's tool does; left out for a recorded cluster and with --no-preview. */
  readonly previews?: readonly StepPreview[];
  readonly policy: Policy;
  readonly facts: Fingerprint;
  /** SHA-256 of all the above as canonical JSON: an edited plan is seen. */
  readonly digest: string;
}
