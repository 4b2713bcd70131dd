import type { KubeObject } from '../../kube/api.ts';
import { resources } from '../../kube/resources.ts';
import { count, record, text } from '../../inventory/json.ts';
import { selectorOrNull } from '../../inventory/project-meta.ts';
import type { SelectorFact } from '../../mesh/fact-basics.ts';
import { matches } from '../../mesh/selectors.ts';
import type { RenewWorkload } from '../spec.ts';
import type { StepContext } from '../step.ts';
import type { PodState } from './pod-state.ts';
import { listAll } from './read-live.ts';

/** A disruption budget as the eviction API sees it. */
export interface CoveringBudget {
  readonly name: string;
  /** 'minAvailable: 3'; both fields where both are set, 'neither minAvailable nor maxUnavailable' where none is. */
  readonly spec: string;
  readonly disruptionsAllowed: number;
  readonly currentHealthy: number;
  readonly desiredHealthy: number;
  readonly expectedPods: number;
}

/** Budgets that cover a pod; one whose selector cannot be evaluated counts as covering it. @throws what listing throws */
export async function coveringBudgets(
  context: StepContext,
  { namespace }: RenewWorkload,
  { labels }: PodState,
): Promise<readonly CoveringBudget[]> {
  const found = await listAll(context, resources.budgets, { namespace, project: budgetOf });
  return found.filter(({ selects }) => selects !== null && matches(selects, labels) !== false);
}

function budgetOf(object: KubeObject): CoveringBudget & { readonly selects: SelectorFact | null } {
  const [spec, status] = [record(object['spec']), record(object['status'])];
  const said = ['minAvailable', 'maxUnavailable'].filter((field) => spec[field] !== undefined);
  const values = said.map((field) => `${field}: ${text(spec[field])}`);
  return {
    name: object.metadata.name,
    spec: values.length === 0 ? 'neither minAvailable nor maxUnavailable' : values.join(', '),
    disruptionsAllowed: count(status['disruptionsAllowed']),
    currentHealthy: count(status['currentHealthy']),
    desiredHealthy: count(status['desiredHealthy']),
    expectedPods: count(status['expectedPods']),
    selects: selectorOrNull(spec['selector']),
  };
}

/**
 * Why budgets do not let a pod go, and the next command; null when none of them says so. Where pods are missing that the
 * budget counts, these come first: the budget does its work.
 */
export function forbidding(
  { namespace }: RenewWorkload,
  pod: string,
  budgets: readonly CoveringBudget[],
): { readonly why: string; readonly remedy: string } | null {
  if (budgets.length > 1) {
    const names = budgets.map(({ name, spec }) => `${namespace}/${name} (${spec})`).join(', ');
    return {
      why: `several PodDisruptionBudgets select pod ${pod}, and Kubernetes then evicts none: ${names}`,
      remedy: `Leave one of them: kubectl -n ${namespace} get pdb; then meshlift resume.`,
    };
  }
  const budget = budgets.find(({ disruptionsAllowed }) => disruptionsAllowed <= 0);
  if (budget === undefined) return null;
  const { name, spec, disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods } = budget;
  const state = `${currentHealthy} of ${expectedPods} pods healthy, ${desiredHealthy} wanted`;
  const allow = `kubectl -n ${namespace} patch pdb ${name} --type merge -p '{"spec":{"minAvailable":null,"maxUnavailable":1}}'`;
  return {
    why: `PodDisruptionBudget ${namespace}/${name} forbids the eviction of pod ${pod} (disruptionsAllowed: ${disruptionsAllowed}; ${spec}; ${state})`,
    remedy:
      currentHealthy < expectedPods
        ? `Bring the pods that it counts to Ready: kubectl -n ${namespace} describe pdb ${name}; then meshlift resume.`
        : `Let it allow one pod: ${allow}; then meshlift resume.`,
  };
}
