import type { KubeObject } from '../../../src/kube/api.ts';
import type { WorkQueue } from '../../clock/work-queue.ts';
import { at, numberAt, objectAt, objectsAt, textAt, without, type JsonObject } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import { controllerQueue, goneAlready, millisOf, refOf, writeStatus, type Cluster } from '../base/cluster.ts';
import { withCondition } from '../base/conditions.ts';
import { keyOf } from '../base/informer.ts';
import { controllerKey, controllerOf } from '../base/owners.ts';
import { createPod, deletePod, podOf, slowStart, templateOf, type PodOwner } from '../base/pod-control.ts';
import { isActive, isTerminating, phaseOf } from '../base/pods.ts';
import { nonZero } from '../replica-set/status.ts';
import { countPods, isTracked, trackingFinalizer, type JobCounts } from './counts.ts';
import { isFinished, outcomeOf, untilDeadline, wantedSuccesses } from './outcome.ts';

/** Waits before a pod in place of a failed one: doubled from the first to the longest. Milliseconds. */
const backoff = { first: 10_000, longest: 600_000 };

/**
 * Runs Jobs: as many pods at a time and successes in all as they want, with a growing wait after failures. Indexed Jobs
 * are run like others, without completion indexes.
 */
export function jobController(cluster: Cluster): void {
  const { jobs, pods } = cluster.informers;
  const queue = controllerQueue(cluster, (key) => sync(cluster, queue, key));
  jobs.onChange(({ key }) => queue.add(key));
  pods.onChange(({ old, now }) => {
    for (const key of [controllerKey(old, 'Job'), controllerKey(now, 'Job')]) if (key) queue.add(key);
    // Nobody else would take the finalizer away from a pod that its Job let go.
    if (now && isTracked(now) && controllerOf(now)?.kind !== 'Job') untrack(cluster, now);
  });
}

function sync(cluster: Cluster, queue: WorkQueue, key: string): void {
  const { jobs, pods } = cluster.informers;
  const job = jobs.get(key);
  if (!job)
    return lostPods(cluster, key)
      .filter(isTracked)
      .forEach((pod) => untrack(cluster, pod));
  const mine = pods.by('controller', job.metadata.uid ?? '');
  if (isTerminating(job) || isFinished(job)) {
    for (const pod of mine) if (isTracked(pod) && !isActive(pod)) untrack(cluster, pod);
    if (isFinished(job)) expire(cluster, queue, job);
    return;
  }
  run(cluster, queue, job, mine);
}

function run(cluster: Cluster, queue: WorkQueue, job: KubeObject, mine: readonly KubeObject[]): void {
  const counts = countPods(job, mine);
  const now = cluster.scheduler.now();
  const outcome = outcomeOf(job, counts, now);
  const suspended = at(job, 'spec', 'suspend') === true;
  const stopped = outcome !== undefined || suspended;
  const failure = stopped ? stopAll(cluster, job, mine) : startMore(cluster, queue, job, counts, mine);
  // Counted first, then released: a pod is never counted twice because both happen in one turn.
  const latest = cluster.informers.jobs.getSame(job) ?? job;
  writeStatus(cluster, resources.jobs, latest, statusOf(cluster, job, counts, outcome, suspended));
  for (const pod of counts.fresh) untrack(cluster, pod);
  const left = untilDeadline(job, now);
  if (left !== undefined) queue.addAfter(keyOf(job), left);
  if (failure) throw failure;
}

/** Pods that name a Job which is gone. */
function lostPods(cluster: Cluster, key: string): readonly KubeObject[] {
  const namespace = key.slice(0, key.indexOf('/'));
  return cluster.informers.pods.by('namespace', namespace).filter((pod) => controllerKey(pod, 'Job') === key);
}

function untrack(cluster: Cluster, pod: KubeObject): void {
  const finalizers = (pod.metadata['finalizers'] as readonly string[]).filter((name) => name !== trackingFinalizer);
  const patch = { metadata: { uid: pod.metadata.uid, finalizers: finalizers.length > 0 ? finalizers : null } };
  goneAlready(() => cluster.store.patch(refOf(resources.pods, pod), 'merge', patch));
}

const ownerOf = (job: KubeObject): PodOwner => ({ component: 'job-controller', resource: resources.jobs, object: job });

function stopAll(cluster: Cluster, job: KubeObject, pods: readonly KubeObject[]): undefined {
  for (const pod of pods.filter(isActive)) deletePod(cluster, ownerOf(job), pod);
}

function startMore(
  cluster: Cluster,
  queue: WorkQueue,
  job: KubeObject,
  counts: JobCounts,
  pods: readonly KubeObject[],
) {
  const parallelism = numberAt(job, 'spec', 'parallelism') ?? 1;
  const wanted = wantedSuccesses(job);
  // Without completions no new pod starts once one has succeeded.
  const rest = wanted === undefined ? (counts.succeeded > 0 ? counts.active : parallelism) : wanted - counts.succeeded;
  const target = Math.min(parallelism, rest);
  const surplus = pods.filter(isActive).slice(target);
  for (const pod of surplus) deletePod(cluster, ownerOf(job), pod);
  const missing = target - counts.active;
  const wait = missing > 0 ? untilRetry(counts, pods, cluster.scheduler.now()) : 0;
  if (wait > 0) queue.addAfter(keyOf(job), wait);
  if (missing <= 0 || wait > 0) return undefined;
  const create = () =>
    createPod(cluster, ownerOf(job), podOf(ownerOf(job), templateOf(job), { finalizers: [trackingFinalizer] }));
  return slowStart(missing, create).failure;
}

function untilRetry(counts: JobCounts, pods: readonly KubeObject[], now: number): number {
  if (counts.failed === 0) return 0;
  const ends = pods.filter((pod) => phaseOf(pod) === 'Failed').map(endOf);
  if (ends.length === 0) return 0;
  const wait = Math.min(backoff.first * 2 ** (counts.failed - 1), backoff.longest);
  return Math.max(0, Math.max(...ends) + wait - now);
}

function endOf(pod: KubeObject): number {
  const statuses = [
    ...objectsAt(pod, 'status', 'containerStatuses'),
    ...objectsAt(pod, 'status', 'initContainerStatuses'),
  ];
  return Math.max(0, ...statuses.map((status) => millisOf(textAt(status, 'state', 'terminated', 'finishedAt'))));
}

function statusOf(
  cluster: Cluster,
  job: KubeObject,
  counts: JobCounts,
  outcome: ReturnType<typeof outcomeOf>,
  suspended: boolean,
): JsonObject {
  const now = cluster.store.now();
  const old = objectAt(job, 'status');
  const stopped = outcome !== undefined || suspended;
  const present = objectsAt(job, 'status', 'conditions');
  const startTime = textAt(old, 'startTime') ?? (suspended ? undefined : now);
  return {
    ...without(old ?? {}, 'active'),
    ...nonZero({ active: stopped ? 0 : activeNow(cluster, job), succeeded: counts.succeeded, failed: counts.failed }),
    ready: stopped ? 0 : counts.ready,
    terminating: 0,
    uncountedTerminatedPods: {},
    ...(startTime !== undefined && { startTime }),
    ...(outcome?.type === 'Complete' && { completionTime: now }),
    ...((outcome || suspended || present.length > 0) && { conditions: conditionsOf(present, outcome, suspended, now) }),
  };
}

const activeNow = (cluster: Cluster, job: KubeObject) =>
  cluster.informers.pods.by('controller', job.metadata.uid ?? '').filter(isActive).length;

function conditionsOf(
  present: readonly JsonObject[],
  outcome: ReturnType<typeof outcomeOf>,
  suspended: boolean,
  now: string,
): readonly JsonObject[] {
  if (suspended) {
    const note = { type: 'Suspended', status: 'True', reason: 'JobSuspended', message: 'Job suspended' } as const;
    return withCondition(present, note, now);
  }
  const wasSuspended = present.some((condition) => condition['type'] === 'Suspended');
  const resumed = { type: 'Suspended', status: 'False', reason: 'JobResumed', message: 'Job resumed' } as const;
  const awake = wasSuspended ? withCondition(present, resumed, now) : present;
  if (!outcome) return awake;
  const sign = outcome.type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget';
  return withCondition(withCondition(awake, { ...outcome, type: sign }, now), outcome, now);
}

/** Deletes a finished Job when its time to live is over. */
function expire(cluster: Cluster, queue: WorkQueue, job: KubeObject): void {
  const seconds = numberAt(job, 'spec', 'ttlSecondsAfterFinished');
  if (seconds === undefined) return;
  const conditions = objectsAt(job, 'status', 'conditions').filter(
    (one) => one['type'] === 'Complete' || one['type'] === 'Failed',
  );
  const end = Math.max(...conditions.map((condition) => millisOf(condition['lastTransitionTime'])));
  const wait = end + seconds * 1000 - cluster.scheduler.now();
  if (wait > 0) return queue.addAfter(keyOf(job), wait);
  goneAlready(() => cluster.store.delete(refOf(resources.jobs, job), { propagation: 'Foreground' }));
}
