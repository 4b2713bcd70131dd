/** How many available pods a workload must never fall below (I1): what its strategy and its budgets allow. */
import type { BudgetFact, Facts, PodFact, WorkloadFact } from '../mesh/facts.ts';
import { scaledCount } from '../mesh/scaled-count.ts';
import { topOwners } from '../mesh/top-owners.ts';
import type { UpgradePlan } from '../planner/plan.ts';
import { handOverOfKey, labelValue, leavingValue } from '../steps/renew/keys.ts';

/** A workload against its floor. */
export interface Availability {
  /** 'Deployment shop/web'. */
  readonly name: string;
  readonly available: number;
  readonly floor: number;
  /** Pods that it is to have. */
  readonly wanted: number;
}

/** By name of a workload: the most pods that it had available at once since it was to have so many. */
export type Reached = ReadonlyMap<string, number>;

/** What is reached after one more look. */
export function reachedAfter(before: Reached, seen: readonly Availability[]): Reached {
  return new Map(
    seen.map(({ name, available, wanted }) => [name, Math.max(available, Math.min(before.get(name) ?? 0, wanted))]),
  );
}

/**
 * What fell below its floor. Pods that were never available were not lost: a control plane that the run installs, a workload
 * that is new, and one that is scaled up are not below their floor while they come up.
 */
export function fallen(seen: readonly Availability[], reached: Reached): readonly Availability[] {
  return seen
    .map((one) => ({ ...one, floor: Math.min(one.floor, reached.get(one.name) ?? 0) }))
    .filter(({ available, floor }) => available < floor);
}

/**
 * Deployments, StatefulSets and DaemonSets with the pods that they have and must have.
 * @param rolled names of those that the plan renews by a rollout: a controller that replaces its own pods asks no budget
 * (only evictions do), so what their own strategy allows is what was planned. The same holds for Deployments that istiod
 * renders for a Gateway, which it changes when their revision does.
 */
export function availabilities(facts: Facts, rolled: ReadonlySet<string>): readonly Availability[] {
  const all = [...facts.deployments.items, ...facts.statefulSets.items, ...facts.daemonSets.items];
  const handedOver = handedOverPods(facts.pods.items);
  const serving = servingPods(facts);
  return all.map((workload) => {
    const name = `${workload.kind} ${workload.meta.namespace}/${workload.meta.name}`;
    const asked = rolled.has(name) || workload.meta.owner?.kind === 'Gateway' ? [] : facts.budgets.items;
    return {
      name,
      // A controller that was without its API server for a while tells late of pods that serve already.
      available:
        Math.max(workload.availableReplicas, serving.get(name) ?? 0) + (handedOver.get(placeOf(workload)) ?? 0),
      floor: Math.min(workload.replicas, Math.max(strategyFloor(workload), budgetFloor(workload, asked))),
      wanted: workload.replicas,
    };
  });
}

/** Workloads that a plan renews by a rollout, as `Availability` names them. */
export function rolledIn({ stages }: Pick<UpgradePlan, 'stages'>): ReadonlySet<string> {
  const specs = stages.flatMap(({ steps }) => steps.map(({ spec }) => spec));
  return new Set(
    specs.flatMap((spec) =>
      spec.kind === 'renew-workload' && spec.method === 'rollout'
        ? [`${spec.workload} ${spec.namespace}/${spec.name}`]
        : [],
    ),
  );
}

const placeOf = ({ kind, meta }: WorkloadFact): string => `${kind} ${meta.namespace}/${labelValue(meta.name)}`;

/** Pods that were taken from their workload and still serve: its own count lacks them. */
function handedOverPods(pods: readonly PodFact[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { meta, ready, deleting } of pods) {
    const of = meta.labels[handOverOfKey];
    if (of === undefined || !ready || deleting || Object.values(meta.labels).includes(leavingValue)) continue;
    const place = `Deployment ${meta.namespace}/${of}`;
    found.set(place, (found.get(place) ?? 0) + 1);
  }
  return found;
}

/** Ready pods by the workload that they belong to, as `Availability` names it; without those that were taken from it. */
function servingPods(facts: Facts): ReadonlyMap<string, number> {
  const ownerOf = topOwners(facts);
  const found = new Map<string, number>();
  for (const pod of facts.pods.items) {
    if (!pod.ready || pod.deleting || pod.meta.labels[handOverOfKey] !== undefined) continue;
    const { kind, namespace, name } = ownerOf(pod);
    const workload = `${kind} ${namespace}/${name}`;
    found.set(workload, (found.get(workload) ?? 0) + 1);
  }
  return found;
}

function strategyFloor(workload: WorkloadFact): number {
  const { kind, strategy, replicas } = workload;
  if (strategy === 'Recreate') return 0;
  if (strategy === 'OnDelete') return Math.max(0, replicas - 1);
  return Math.max(0, replicas - (kind === 'Deployment' ? podsDown(workload) : orderedDown(workload)));
}

/** A Deployment's maxUnavailable is rounded down, and is 1 when maxSurge comes to 0 too (ResolveFenceposts). */
function podsDown({ replicas, maxSurge, maxUnavailable }: WorkloadFact): number {
  const down = scaledCount(maxUnavailable, replicas, Math.floor);
  return down === 0 && scaledCount(maxSurge, replicas, Math.ceil) === 0 ? 1 : down;
}

/**
 * A DaemonSet's is rounded up; by-pod renewals take one away at a time (daemon controller, UnavailableCount). So is that of a
 * StatefulSet, which has one from Kubernetes 1.35 on: a server that does not know it drops the field (KEP-961).
 */
function orderedDown({ replicas, maxUnavailable }: WorkloadFact): number {
  return Math.max(1, scaledCount(maxUnavailable, replicas, Math.ceil));
}

/** minAvailable of every budget that selects the pods; maxUnavailable likewise. */
function budgetFloor({ meta, replicas, template }: WorkloadFact, budgets: readonly BudgetFact[]): number {
  const mine = budgets.filter((budget) => budget.meta.namespace === meta.namespace && selects(budget, template.labels));
  return Math.max(
    0,
    ...mine.map(({ minAvailable, maxUnavailable }) => {
      if (minAvailable !== '') return scaledCount(minAvailable, replicas, Math.ceil);
      // A budget that says neither asks for nothing.
      return maxUnavailable === '' ? 0 : replicas - scaledCount(maxUnavailable, replicas, Math.ceil);
    }),
  );
}

// A budget with expressions may select more than this; its own status is what evictions are held to.
function selects({ selector }: BudgetFact, labels: Readonly<Record<string, string>>): boolean {
  if (selector === null || selector.matchExpressions.length > 0) return false;
  return Object.entries(selector.matchLabels).every(([key, value]) => labels[key] === value);
}
