/** What admission does to a pod, and why. */

/** Why a pod does or does not get a proxy: stable codes for programs. */
export type InjectionCode =
  | 'namespace-revision'
  | 'namespace-injection-enabled'
  | 'pod-revision'
  | 'pod-inject'
  | 'auto'
  | 'namespace-disabled'
  | 'pod-disabled'
  | 'annotation-disabled'
  | 'revision-not-served'
  | 'no-default-revision'
  | 'not-labelled'
  | 'host-network'
  | 'system-namespace'
  | 'never-inject-selector'
  | 'policy-disabled'
  | 'webhook-dead'
  | 'overlap'
  | 'unknown';

/** What would happen to a pod created now. */
export interface InjectionDecision {
  /**
   * injected: one webhook answers and adds a proxy. none: the pod starts without a proxy. fails: the pod is refused because
   * its webhook's target is dead. overlap: more than one matches. unknown: not enough was read.
   */
  readonly outcome: 'injected' | 'none' | 'fails' | 'overlap' | 'unknown';
  /** Revision that injects; null when none does, also when its webhook is dead (the reason names it). */
  readonly revision: string | null;
  /** Tag through which it goes; null when direct. */
  readonly tag: string | null;
  readonly code: InjectionCode;
  /** One sentence for a person, naming label and value. */
  readonly reason: string;
  /** 'configuration/webhook' of every webhook that matches. */
  readonly matched: readonly string[];
}
