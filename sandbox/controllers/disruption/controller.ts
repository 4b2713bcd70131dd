import type { KubeObject } from '../../../src/kube/api.ts';
import type { WorkQueue } from '../../clock/work-queue.ts';
import { at, objectAt, objectsAt, type JsonObject } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import { controllerQueue, millisOf, writeStatus, type Cluster } from '../base/cluster.ts';
import { withCondition, type ConditionNote } from '../base/conditions.ts';
import { keyOf } from '../base/informer.ts';
import { differs, isReady, isTerminating } from '../base/pods.ts';
import { expectationOf, type Expectation } from './expected.ts';

/** How long an eviction counts as on its way when the pod does not go. */
const evictionTimeoutMs = 120_000;

const selectorOf = (budget: KubeObject) => at(budget, 'spec', 'selector');

/** Keeps the status of PodDisruptionBudgets: how many pods may be evicted now. */
export function disruptionController(cluster: Cluster): void {
  const { disruptionBudgets, pods } = cluster.informers;
  const queue = controllerQueue(cluster, (key) => sync(cluster, queue, key));
  disruptionBudgets.onChange(({ key }) => queue.add(key));
  const enqueue = (pod: KubeObject) => {
    for (const budget of cluster.selectors.selecting(disruptionBudgets, pod, selectorOf)) queue.add(keyOf(budget));
  };
  pods.onChange(({ old, now }) => {
    if (now && old && !differs(old, now)) return;
    if (now) enqueue(now);
    if (old && old.metadata.labels !== now?.metadata.labels) enqueue(old);
  });
  followScales(cluster, enqueue);
}

/** A changed size of a workload changes what its budget wants: found through one of its pods. */
function followScales(cluster: Cluster, enqueue: (pod: KubeObject) => void): void {
  const { deployments, replicaSets, statefulSets, pods } = cluster.informers;
  const firstPod = (owner: KubeObject) => pods.by('controller', owner.metadata.uid ?? '').slice(0, 1);
  const resized = (old: KubeObject | undefined, now: KubeObject | undefined) =>
    now && old && at(old, 'spec', 'replicas') !== at(now, 'spec', 'replicas') ? now : undefined;
  for (const informer of [replicaSets, statefulSets]) {
    informer.onChange(({ old, now }) => {
      const owner = resized(old, now);
      if (owner) firstPod(owner).forEach(enqueue);
    });
  }
  deployments.onChange(({ old, now }) => {
    const owner = resized(old, now);
    const sets = owner ? replicaSets.by('controller', owner.metadata.uid ?? '') : [];
    sets.flatMap(firstPod).forEach(enqueue);
  });
}

function sync(cluster: Cluster, queue: WorkQueue, key: string): void {
  const budget = cluster.informers.disruptionBudgets.get(key);
  if (!budget) return;
  const pods = cluster.selectors.select(cluster.informers.pods, budget.metadata.namespace ?? '', selectorOf(budget));
  const expectation = expectationOf(cluster, budget, pods);
  if (typeof expectation === 'string') return tellFailure(cluster, budget, expectation);
  const now = cluster.scheduler.now();
  const disrupted = stillDisrupted(budget, pods, now);
  const healthy = pods.filter((pod) => isReady(pod) && !isTerminating(pod) && !(pod.metadata.name in disrupted)).length;
  writeStatus(cluster, resources.disruptionBudgets, budget, statusOf(budget, expectation, healthy, disrupted, cluster));
  const ends = Object.values(disrupted).map((time) => millisOf(time) + evictionTimeoutMs - now);
  if (ends.length > 0) queue.addAfter(key, Math.max(1, Math.min(...ends) + 1000));
}

/** Recorded evictions of pods that are still there and whose time is not over. */
function stillDisrupted(budget: KubeObject, pods: readonly KubeObject[], now: number): JsonObject {
  const recorded = Object.entries(objectAt(budget, 'status', 'disruptedPods') ?? {});
  const present = new Map(pods.map((pod) => [pod.metadata.name, pod]));
  const waiting = recorded.filter(([name, time]) => {
    const pod = present.get(name);
    return pod !== undefined && !isTerminating(pod) && now <= millisOf(time) + evictionTimeoutMs;
  });
  return Object.fromEntries(waiting);
}

function statusOf(
  budget: KubeObject,
  { expected, desired }: Expectation,
  healthy: number,
  disrupted: JsonObject,
  cluster: Cluster,
): JsonObject {
  const allowed = expected <= 0 ? 0 : Math.max(0, healthy - desired);
  const note: ConditionNote = {
    type: 'DisruptionAllowed',
    status: allowed > 0 ? 'True' : 'False',
    reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
    message: '',
  };
  return {
    observedGeneration: budget.metadata.generation ?? 1,
    ...(Object.keys(disrupted).length > 0 && { disruptedPods: disrupted }),
    disruptionsAllowed: allowed,
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: expected,
    conditions: conditionsWith(budget, note, cluster),
  };
}

/** A budget that cannot be computed allows nothing. */
function tellFailure(cluster: Cluster, budget: KubeObject, message: string): void {
  const note = { type: 'DisruptionAllowed', status: 'False', reason: 'SyncFailed', message } as const;
  const counts = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
  const conditions = conditionsWith(budget, note, cluster);
  const status = { ...counts, ...objectAt(budget, 'status'), disruptionsAllowed: 0, conditions };
  writeStatus(cluster, resources.disruptionBudgets, budget, status);
  const event = { type: 'Warning', reason: 'CalculateExpectedPodCountFailed', message } as const;
  cluster.events.record('controllermanager', resources.disruptionBudgets, budget, event);
}

function conditionsWith(budget: KubeObject, note: ConditionNote, cluster: Cluster): readonly JsonObject[] {
  const present = objectsAt(budget, 'status', 'conditions');
  const conditions = withCondition(present, note, cluster.store.now());
  const observedGeneration = budget.metadata.generation ?? 1;
  return conditions.map((one) => (one['type'] === note.type ? { ...one, observedGeneration } : one));
}
