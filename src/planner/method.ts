/** How a workload is renewed, and why that way. */
import type { Facts, WorkloadFact } from '../mesh/facts.ts';
import { isProbed, isProxyAlone } from '../mesh/fitness.ts';
import { scaledCount } from '../mesh/scaled-count.ts';
import type { Override } from '../policy/policy.ts';
import type { RenewMethod, RenewableKind } from '../steps/spec.ts';
import { handOverLabel } from './hand-over-label.ts';
import { awayAtOnce, budgetsOf, neverEvicted, orderedAway } from './room.ts';

/** The way, or why there is none without the user's word. */
export type Method =
  | { readonly method: RenewMethod; readonly width: number; readonly serviceLabel: string; readonly reason: string }
  | { readonly code: string; readonly refused: string; readonly remedy: string };

/** What is decided about. */
export interface MethodInput {
  readonly facts: Facts;
  readonly fact: WorkloadFact;
  readonly role: 'sidecar' | 'gateway';
  readonly override: Override;
  /** Its template labels must change too: only a rollout does that. */
  readonly labels: boolean;
}

const consentRemedy = 'Consent to it in the policy (overrides: consent: true), or renew it yourself.';

/** Decides by kind. */
export function methodOf(input: MethodInput): Method {
  const { fact } = input;
  switch (fact.kind as RenewableKind) {
    case 'Deployment':
      return deployment(input);
    case 'StatefulSet':
    case 'DaemonSet':
      return ordered(input);
    case 'Rollout':
      return {
        method: 'rollout',
        width: widthOf(fact),
        serviceLabel: '',
        reason: 'Argo Rollouts restarts it (restartAt)',
      };
    default:
      return { code: 'job', refused: 'it ends by itself', remedy: 'Its next run gets the new proxy.' };
  }
}

function deployment(input: MethodInput): Method {
  const { fact, override } = input;
  const { consent = false } = override;
  if (fact.paused && !consent) return no('it is paused: a rollout would not begin', consentRemedy);
  if (fact.paused) return paused(input);
  if (fact.strategy === 'Recreate') {
    if (!consent) return no('its strategy is Recreate: it is down while its pods are renewed', consentRemedy);
    return rollout(input, 'its strategy is Recreate, and the policy consents to the gap');
  }
  if (input.labels) return rollout(input, 'its template labels change, which only a rollout does');
  if (override.method === 'rollout') return rollout(input, override.reason ?? 'the policy says so');
  const label = handOverLabel(input.facts, fact.meta.namespace, fact.template.labels);
  const fit = fitness(fact, override);
  if (override.method !== 'hand-over' && fit.proven) return rollout(input, fit.reason);
  if ('label' in label)
    return handOver(input, label.label, override.method === 'hand-over' ? 'the policy says so' : fit.reason);
  return noHandOver(input, label.refused, fit);
}

/** No rollout of a paused Deployment ever begins: it is handed over, or it stays. */
function paused(input: MethodInput): Method {
  const { fact, facts, labels } = input;
  const resume = 'Resume it (kubectl rollout resume), and make a new plan.';
  if (fact.strategy === 'Recreate') return no('it is paused, and its strategy is Recreate', resume);
  if (labels) return no('it is paused, and its template labels must change, which only a rollout does', resume);
  const label = handOverLabel(facts, fact.meta.namespace, fact.template.labels);
  if ('label' in label) return handOver(input, label.label, 'it is paused, and the policy consents');
  return no(`it is paused, and can't be handed over: ${label.refused}`, resume);
}

/** Whether the application is known to lose nothing when its pods are replaced by a rollout. */
function fitness(
  { template: { fitness: found }, maxSurge, maxUnavailable, replicas }: WorkloadFact,
  { graceful }: Override,
): {
  readonly proven: boolean;
  readonly reason: string;
} {
  if (graceful === true) return { proven: true, reason: 'the policy calls it graceful' };
  if (!isProbed(found)) return { proven: false, reason: 'not every container has a readiness probe' };
  if (graceful === false) return { proven: false, reason: 'the policy calls it not graceful' };
  // Kubernetes takes one pod away where both are 0 (deployment/util ResolveFenceposts).
  const surge = scaledCount(maxSurge, replicas, Math.ceil);
  const unavailable = Math.max(scaledCount(maxUnavailable, replicas, Math.floor), surge === 0 ? 1 : 0);
  if (unavailable > 0)
    return { proven: false, reason: 'a rollout may take pods away before new ones are ready (maxUnavailable)' };
  if (isProxyAlone(found))
    return { proven: false, reason: 'a rollout cuts what lasts longer than the drain of its proxy' };
  if (found.preStop === 'all') return { proven: true, reason: 'readiness probe and preStop hook on every container' };
  return { proven: false, reason: 'nothing shows that it finishes its requests at SIGTERM (no preStop hook)' };
}

function noHandOver(input: MethodInput, refused: string, fit: { readonly reason: string }): Method {
  const { fact } = input;
  const surge = scaledCount(fact.maxSurge, fact.replicas, Math.ceil);
  if (fact.replicas === 1 && surge === 0 && input.override.consent !== true) {
    return no(
      `it has one pod and may have no second one (maxSurge 0), and can't be handed over: ${refused}`,
      consentRemedy,
    );
  }
  return rollout(input, `${fit.reason}; requests may be lost, and it can't be handed over: ${refused}`);
}

function rollout({ fact }: MethodInput, reason: string): Method {
  return { method: 'rollout', width: widthOf(fact), serviceLabel: '', reason };
}

function handOver({ fact }: MethodInput, serviceLabel: string, reason: string): Method {
  const width = Math.max(1, Math.min(fact.replicas, scaledCount(fact.maxSurge, fact.replicas, Math.ceil)));
  return { method: 'hand-over', width, serviceLabel, reason };
}

function ordered(input: MethodInput): Method {
  const { fact, override } = input;
  const byPod = fact.strategy === 'OnDelete' || fact.partition > 0;
  if (byPod && input.labels) {
    return no(
      'its template labels must change, and its update strategy does not roll its pods',
      'Change the label and delete its pods yourself.',
    );
  }
  if (fact.kind === 'StatefulSet' && fact.replicas === 1 && override.consent !== true) {
    return no('it has one pod, which must end before the next one starts', consentRemedy);
  }
  const down = wholeDown(fact, byPod);
  if (down !== null && override.consent !== true) return no(down, consentRemedy);
  if (down !== null && !byPod) return rollout(input, `${down}, and the policy consents to the gap`);
  if (!byPod) return rollout(input, `${fact.kind}: ${pace(fact)}, by its own controller`);
  const why = fact.partition > 0 ? `partition ${fact.partition}` : 'OnDelete';
  const stuck = neverEvicted(budgetsOf(input.facts.budgets, fact), fact.replicas);
  if (stuck !== null) return stuckByBudget(fact, why, stuck);
  return {
    method: 'by-pod',
    width: 1,
    serviceLabel: '',
    reason: `${why}: its controller renews a pod only when it is deleted`,
  };
}

function pace(fact: WorkloadFact): string {
  const width = fact.kind === 'StatefulSet' ? orderedAway(fact) : 1;
  return width > 1 ? `${width} pods at a time` : 'one pod after the other';
}

/** Why nothing of a DaemonSet or StatefulSet is left while it is renewed; null when something is. */
function wholeDown(fact: WorkloadFact, byPod: boolean): string | null {
  const { kind, replicas, maxUnavailable } = fact;
  if (kind === 'StatefulSet' && replicas === 1) return null;
  if (replicas === 0 || awayAtOnce(fact, byPod ? 'by-pod' : 'rollout') < replicas) return null;
  if (replicas === 1) return 'it has one pod, which must end before the next one starts';
  return `its maxUnavailable ${maxUnavailable} lets all its ${replicas} pods end at once: it is down while they are renewed`;
}

/** Consent does not help: the eviction itself is refused. A rolling update asks no budget. */
function stuckByBudget({ kind, meta: { namespace, name } }: WorkloadFact, why: string, stuck: string): Method {
  const rolling = '{"spec":{"updateStrategy":{"type":"RollingUpdate","rollingUpdate":{"partition":0}}}}';
  const patch = kind === 'StatefulSet' ? rolling : '{"spec":{"updateStrategy":{"type":"RollingUpdate"}}}';
  return {
    code: 'budget',
    refused: `its pods are renewed by eviction (${why}), and ${stuck}`,
    remedy: `Let the budget allow one pod (maxUnavailable 1), or have its controller roll it, which asks no budget: kubectl -n ${namespace} patch ${kind.toLowerCase()} ${name} --type merge -p '${patch}'; then plan again.`,
  };
}

function no(refused: string, remedy: string): Method {
  return { code: 'no-consent', refused, remedy };
}

/** Pods in renewal at the same time by its own strategy. */
function widthOf(fact: WorkloadFact): number {
  const { kind, replicas, maxSurge, maxUnavailable } = fact;
  if (kind === 'StatefulSet') return Math.max(1, orderedAway(fact));
  const width = scaledCount(maxSurge, replicas, Math.ceil) + scaledCount(maxUnavailable, replicas, Math.floor);
  return Math.max(1, Math.min(Math.max(1, replicas), width));
}
