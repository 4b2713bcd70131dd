/** How many pods of a workload are away at once while it is renewed, and what its disruption budgets say to that. */
import { scaledCount } from '../mesh/scaled-count.ts';
import { matches } from '../mesh/selectors.ts';
import type { BudgetFact, Facts, WorkloadFact } from '../mesh/facts.ts';
import type { RenewMethod } from '../steps/spec.ts';

/** Pods that are not available at the same time. A hand-over has the replacement ready before anything is taken away. */
export function awayAtOnce(fact: WorkloadFact, method: RenewMethod): number {
  const { kind, strategy, replicas, maxSurge, maxUnavailable } = fact;
  if (method === 'hand-over' || method === 'next-run') return 0;
  if (method === 'by-pod') return Math.min(1, replicas);
  if (strategy === 'Recreate') return replicas;
  if (kind === 'StatefulSet') return orderedAway(fact);
  // A DaemonSet rounds up, and knows no surge and unavailability together (daemon controller).
  if (kind === 'DaemonSet')
    return hasSurge(maxSurge) ? 0 : Math.max(1, scaledCount(maxUnavailable, replicas, Math.ceil));
  // Argo Rollouts deletes pods at a restart, at least one at a time (docs: features/restart).
  if (kind === 'Rollout') return Math.max(1, scaledCount(maxUnavailable, replicas, Math.floor));
  const surge = scaledCount(maxSurge, replicas, Math.ceil);
  // Kubernetes takes one pod away where both are 0 (deployment/util ResolveFenceposts).
  return Math.max(scaledCount(maxUnavailable, replicas, Math.floor), surge === 0 ? 1 : 0);
}

/** One at a time, or maxUnavailable rounded up, which a server before Kubernetes 1.35 does not keep (KEP-961). */
export function orderedAway({ replicas, maxUnavailable }: WorkloadFact): number {
  return Math.min(replicas, Math.max(1, scaledCount(maxUnavailable, replicas, Math.ceil)));
}

function hasSurge(maxSurge: string): boolean {
  return maxSurge !== '' && !/^0+%?$/.test(maxSurge);
}

/** Budgets that select a workload's pods; one whose selector cannot be evaluated counts as one that does. */
export function budgetsOf(
  { items }: Facts['budgets'],
  { meta: { namespace }, template: { labels } }: WorkloadFact,
): readonly BudgetFact[] {
  return items.filter(
    ({ meta, selector }) => meta.namespace === namespace && selector !== null && matches(selector, labels) !== false,
  );
}

/** Pods that a budget wants to be healthy at all times, of those that it selects. */
export function wantedBy({ minAvailable, maxUnavailable, desiredHealthy, expectedPods }: BudgetFact, replicas: number) {
  // Its status has rounded already; without one it was never looked at.
  if (expectedPods > 0) return { healthy: desiredHealthy, of: expectedPods };
  if (minAvailable !== '') return { healthy: scaledCount(minAvailable, replicas, Math.ceil), of: replicas };
  return {
    healthy: maxUnavailable === '' ? 0 : replicas - scaledCount(maxUnavailable, replicas, Math.ceil),
    of: replicas,
  };
}

/**
 * Why no pod can ever be evicted, however long one waits; null when it can. Several budgets on one pod: the eviction API
 * answers 500 always (kubernetes pkg/registry/core/pod/storage/eviction.go).
 */
export function neverEvicted(budgets: readonly BudgetFact[], replicas: number): string | null {
  const [first, ...more] = budgets;
  if (first === undefined) return null;
  const names = budgets.map(({ meta }) => meta.name).join(', ');
  if (more.length > 0)
    return `several PodDisruptionBudgets select its pods (${names}), and Kubernetes then evicts none`;
  const { healthy, of } = wantedBy(first, replicas);
  if (of === 0 || healthy < of) return null;
  return `PodDisruptionBudget ${names} wants all ${of} pods at all times, so none can ever be evicted`;
}
