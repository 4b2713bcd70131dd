import type { KubeObject, ObjectRef } from '../../src/kube/api.ts';
import { checkPreconditions, deleteObject } from './delete.ts';
import { ApiFailure, forbidden, type FailureCause } from './failure.ts';
import { at, numberAt, objectAt, objectsAt, textAt, without, type JsonObject } from './json.ts';
import { getStored } from './read.ts';
import { compileLabelSelector } from './selectors.ts';
import { bucketOf, commit, timestamp, type StoreState } from './state.ts';
import type { StoreDeleteOptions } from './types.ts';

/** Budgets with more recorded evictions than this refuse until the disruption controller has caught up. */
const maxDisruptedPods = 2000;

/**
 * Evicts a pod (policy/v1): deletes it when every budget that covers it allows, and takes one from the budget's
 * disruptionsAllowed. Source: Kubernetes documentation, "API-initiated Eviction".
 * @throws ApiFailure 429 with cause DisruptionBudget when the budget refuses, 500 when several budgets cover the pod,
 * 404, 409
 */
export function evictPod(state: StoreState, ref: ObjectRef, options: StoreDeleteOptions): void {
  const kind = state.registry.served(ref.resource);
  const pod = getStored(state, kind, ref.namespace, ref.name);
  checkPreconditions(kind, pod, options);
  const budget = mayIgnoreBudgets(pod) ? undefined : budgetOf(state, pod);
  if (budget && needsBudget(pod, budget)) spend(state, pod, budget, options.dryRun === true);
  if (!options.dryRun) markDisrupted(state, ref, pod);
  // Its own note on the pod has made a new version meanwhile.
  deleteObject(state, ref, without(options, 'resourceVersion'));
}

function mayIgnoreBudgets(pod: KubeObject): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) return true;
  return ['Succeeded', 'Failed', 'Pending'].includes(textAt(pod, 'status', 'phase') ?? '');
}

function budgetOf(state: StoreState, pod: KubeObject): KubeObject | undefined {
  const kind = state.registry.find('policy', 'poddisruptionbudgets');
  if (!kind) return undefined;
  const bucket = bucketOf(state, kind);
  const labels = pod.metadata.labels ?? {};
  const covering = bucket.keys(`${pod.metadata.namespace ?? ''}/`).flatMap((key) => {
    const budget = bucket.get(key);
    return budget && compileLabelSelector(at(budget, 'spec', 'selector'))(labels) ? [budget] : [];
  });
  if (covering.length <= 1) return covering[0];
  const message = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
  throw new ApiFailure(500, '', message);
}

const conditionTrue = (object: KubeObject, type: string) =>
  objectsAt(object, 'status', 'conditions').some(
    (condition) => condition['type'] === type && condition['status'] === 'True',
  );

/** A pod that is not ready counts for nothing where the policy says so, or where the budget is healthy without it. */
function needsBudget(pod: KubeObject, budget: KubeObject): boolean {
  if (conditionTrue(pod, 'Ready')) return true;
  if (at(budget, 'spec', 'unhealthyPodEvictionPolicy') === 'AlwaysAllow') return false;
  const [current, desired] = [count(budget, 'currentHealthy'), count(budget, 'desiredHealthy')];
  return !(desired > 0 && current >= desired);
}

const count = (budget: KubeObject, field: string) => numberAt(budget, 'status', field) ?? 0;

function spend(state: StoreState, pod: KubeObject, budget: KubeObject, dryRun: boolean): void {
  const kind = state.registry.find('policy', 'poddisruptionbudgets');
  if (!kind) return;
  const { name, generation = 0 } = budget.metadata;
  if (count(budget, 'observedGeneration') < generation) {
    throw refused(`The disruption budget ${name} is still being processed by the server.`, 10);
  }
  const allowed = count(budget, 'disruptionsAllowed');
  if (allowed < 0) throw forbidden(kind, name, 'pdb disruptions allowed is negative');
  const disrupted: JsonObject = { ...objectAt(budget, 'status', 'disruptedPods') };
  if (Object.keys(disrupted).length > maxDisruptedPods) {
    throw forbidden(kind, name, 'DisruptedPods map too big - too many evictions not confirmed by PDB controller');
  }
  if (allowed === 0) {
    const [desired, current] = [count(budget, 'desiredHealthy'), count(budget, 'currentHealthy')];
    throw refused(`The disruption budget ${name} needs ${desired} healthy pods and has ${current} currently`, 0);
  }
  if (dryRun) return;
  disrupted[pod.metadata.name] = timestamp(state);
  const status = { ...objectAt(budget, 'status'), disruptionsAllowed: allowed - 1, disruptedPods: disrupted };
  commit(state, kind, { ...budget, status });
}

function refused(message: string, retryAfterSeconds: number): ApiFailure {
  const causes: readonly FailureCause[] = [{ reason: 'DisruptionBudget', message }];
  const text = "Cannot evict pod as it would violate the pod's disruption budget.";
  return new ApiFailure(429, 'TooManyRequests', text, { causes, ...(retryAfterSeconds > 0 && { retryAfterSeconds }) });
}

/** The pod says why it goes. */
function markDisrupted(state: StoreState, ref: ObjectRef, pod: KubeObject): void {
  const kind = state.registry.served(ref.resource);
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
    lastTransitionTime: timestamp(state),
  };
  if (pod.metadata.deletionTimestamp !== undefined || conditionTrue(pod, 'DisruptionTarget')) return;
  const conditions = objectsAt(pod, 'status', 'conditions').filter((other) => other['type'] !== 'DisruptionTarget');
  commit(state, kind, { ...pod, status: { ...objectAt(pod, 'status'), conditions: [...conditions, condition] } });
}
