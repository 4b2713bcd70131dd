/** What the user wants of an upgrade: `meshlift.yaml`, `kind: UpgradePolicy`. Every field has a default. */

/** Selects workloads; all given parts must match. Empty selects everything. */
export interface WorkloadSelector {
  /** Names with '*'. */
  readonly namespaces?: readonly string[];
  readonly names?: readonly string[];
  readonly kinds?: readonly string[];
  /** Labels of the pod template. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** Says something else for some workloads. The first that matches counts. */
export interface Override {
  readonly select: WorkloadSelector;
  /** Leave them out; needs a reason. */
  readonly skip?: boolean;
  readonly method?: 'rollout' | 'hand-over';
  /** The application is known to shut down gracefully: rollout loses nothing. */
  readonly graceful?: boolean;
  /** Consent to a loss of capacity: single replica, Recreate, bare pod, paused, OnDelete. */
  readonly consent?: boolean;
  /** Milliseconds from pod made to Ready, when it is known better. */
  readonly readyMs?: number;
  /** Wave group: workloads of the same name move together; groups move in the order of `waves.groups`. */
  readonly group?: string;
  readonly reason?: string;
}

/** A PromQL condition. */
export interface PromCondition {
  readonly name: string;
  /** Base URL of Prometheus. */
  readonly url: string;
  /** `$REVISION` and `$OLD` are replaced. Must give one number; nothing is inconclusive. */
  readonly query: string;
  readonly below?: number;
  readonly above?: number;
  /** Seconds between measurements, how many, and how many may fail. */
  readonly interval: number;
  readonly count: number;
  readonly failureLimit: number;
}

/** Traffic that the run makes, with a budget. */
export interface ProbePolicy {
  readonly url: string;
  readonly protocol: 'http1' | 'h2' | 'grpc' | 'tcp' | 'ws';
  /** Requests a second. */
  readonly rate: number;
  /** Failed requests that are still fine. */
  readonly maxFailed: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** What to do when a gate is breached. */
export type BreachAction = 'pause' | 'return-workload' | 'return-wave' | 'rollback';

/** The whole, with all defaults filled in. */
export interface Policy {
  readonly strategy: 'revision';
  /** How namespaces with a revision or injection label are moved; tags move by themselves. */
  readonly waves: {
    /** Share of workloads by wave after the first one (which is one workload): percent, ascending; the rest follows. */
    readonly shares: readonly number[];
    readonly groups: readonly string[];
    /** `last`: gateways in a stage of their own behind the waves. */
    readonly gateways: 'first' | 'last';
  };
  readonly pace: {
    /** Workloads in renewal at the same time. */
    readonly maxWorkloads: number;
    /** Surge pods at the same time; and pod starts a second. */
    readonly surgePods: number;
    readonly startsPerSecond: number;
    /** How long a hand-over waits for connections that do not end by themselves; then they are counted and closed. */
    readonly longConnectionSeconds: number;
  };
  /** UTC, 'Mon-Fri 08:00-17:00'; empty: always. Inside freezes (RFC 3339 interval 'A/B') nothing moves. */
  readonly windows: readonly string[];
  readonly freezes: readonly string[];
  readonly soakSeconds: number;
  readonly gates: {
    /** Seconds that a stage may take to pass its gate before the run pauses. */
    readonly timeoutSeconds: number;
    readonly conditions: readonly PromCondition[];
  };
  readonly probes: readonly ProbePolicy[];
  readonly onBreach: BreachAction;
  readonly overrides: readonly Override[];
  /** Findings that do not count, each with a reason; those of some objects alone where `object` is given ('*' for any text). */
  readonly ignore: readonly { readonly id: string; readonly object?: string; readonly reason: string }[];
  /** Charts: a repository URL or a directory; '' for the one that Istio documents. */
  readonly charts: string;
  /** Path of an IstioOperator file for control planes that istioctl manages; '' when there is none. */
  readonly istioOperator: string;
}

/** What holds where the user says nothing. */
export const defaultPolicy: Policy = {
  strategy: 'revision',
  waves: { shares: [1, 5, 25], groups: [], gateways: 'last' },
  pace: { maxWorkloads: 50, surgePods: 100, startsPerSecond: 10, longConnectionSeconds: 60 },
  windows: [],
  freezes: [],
  soakSeconds: 60,
  gates: { timeoutSeconds: 600, conditions: [] },
  probes: [],
  onBreach: 'pause',
  overrides: [],
  ignore: [],
  charts: '',
  istioOperator: '',
};
