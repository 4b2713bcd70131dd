/** Renewals as the scheduler sees them. */
import { matches } from '../mesh/selectors.ts';
import type { Facts } from '../mesh/facts.ts';
import type { Policy } from '../policy/policy.ts';
import type { RenewWorkload } from '../steps/spec.ts';
import type { WaveLimits, WaveTask } from '../waves/task.ts';

/**
 * istiod admits min(15 + 5 * processors, 100) streams a second and replica (pilot/pkg/features/tuning.go); with the usual
 * four processors 35, of which a fifth is left free.
 */
const admittedByReplica = 28;

/** Limits of the policy and of so many istiod replicas. */
export function limitsOf({ pace }: Policy, istiodReplicas: number): WaveLimits {
  const { surgePods, startsPerSecond, maxWorkloads } = pace;
  return {
    surgePods,
    startsPerSecond,
    maxWorkloads,
    admissionsPerSecond: admittedByReplica * Math.max(1, istiodReplicas),
  };
}

/** The task of a renewal. Workloads whose pods share a disruption budget never move together. */
export function taskOf(id: string, spec: RenewWorkload, facts: Facts): WaveTask {
  const { replicas, width, readyMs, drainMs } = spec;
  return { id, replicas, width, readyMs, drainMs, groups: budgetsOf(spec, facts), zone: '' };
}

function budgetsOf({ namespace, workload, name }: RenewWorkload, facts: Facts): readonly string[] {
  const all = [
    ...facts.deployments.items,
    ...facts.statefulSets.items,
    ...facts.daemonSets.items,
    ...facts.rollouts.items,
  ];
  const own = all.find(({ kind, meta }) => kind === workload && meta.namespace === namespace && meta.name === name);
  if (own === undefined) return [];
  return facts.budgets.items
    .filter(
      ({ meta, selector }) =>
        meta.namespace === namespace && selector !== null && matches(selector, own.template.labels) !== false,
    )
    .map(({ meta }) => `budget ${namespace}/${meta.name}`);
}
