/** What stands around a workload: Service, autoscaler and disruption budget, found as Kubernetes itself connects them. */
import type { ControlPlane } from './control-plane-model.ts';
import type { Facts, Labels, ServiceFact, WorkloadFact } from './facts.ts';
import { matches } from './selectors.ts';

/** Whether labels carry every pair of a plain selector. An empty selector matches: callers decide what it means. */
export function includesLabels(labels: Labels, selector: Labels): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

/** Services of the workload's namespace that select its pods. One without a selector selects nothing. */
export function servicesOf(facts: Facts, workload: WorkloadFact): readonly ServiceFact[] {
  return facts.services.items.filter(
    (service) =>
      service.meta.namespace === workload.meta.namespace &&
      Object.keys(service.selector).length > 0 &&
      includesLabels(workload.template.labels, service.selector),
  );
}

/** Autoscaler whose target is the workload; null when there is none. */
export function autoscalerOf(facts: Facts, workload: WorkloadFact): ControlPlane['autoscaler'] {
  const { namespace, name } = workload.meta;
  const found = facts.autoscalers.items.find(
    (one) => one.meta.namespace === namespace && one.targetKind === workload.kind && one.targetName === name,
  );
  return found ? { min: found.min, max: found.max, current: found.current } : null;
}

/** Disruption budget that selects the workload's pods, or may select them, the tightest when there are several; null when there is none. */
export function budgetOf(facts: Facts, workload: WorkloadFact): ControlPlane['budget'] {
  const found = facts.budgets.items
    .filter((one) => one.meta.namespace === workload.meta.namespace)
    .filter((one) => one.selector !== null && matches(one.selector, workload.template.labels) !== false)
    .sort((a, b) => a.disruptionsAllowed - b.disruptionsAllowed)[0];
  return found ? { name: found.meta.name, disruptionsAllowed: found.disruptionsAllowed } : null;
}
