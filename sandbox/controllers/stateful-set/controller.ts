import type { KubeObject } from '../../../src/kube/api.ts';
import type { WorkQueue } from '../../clock/work-queue.ts';
import { numberAt, textAt } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import { claim, possibleOwners } from '../base/claim.ts';
import { controllerQueue, writeStatus, type Cluster } from '../base/cluster.ts';
import { keyOf } from '../base/informer.ts';
import { controllerKey, controllerOf } from '../base/owners.ts';
import { isTerminating, minReadySeconds, untilAvailable } from '../base/pods.ts';
import { cleanRevisions, currentRevision, revisionLabel, revisionsOf } from '../base/revisions.ts';
import { managePods } from './pods.ts';
import { statefulSetStatus } from './status.ts';
import { ordinalOf } from './view.ts';

/** Keeps the numbered pods of StatefulSets. */
export function statefulSetController(cluster: Cluster): void {
  const { statefulSets, pods } = cluster.informers;
  const queue = controllerQueue(cluster, (key) => sync(cluster, queue, key));
  statefulSets.onChange(({ key }) => queue.add(key));
  pods.onChange(({ old, now }) => {
    for (const key of [controllerKey(old, 'StatefulSet'), controllerKey(now, 'StatefulSet')]) if (key) queue.add(key);
    if (!now || controllerOf(now)) return;
    for (const owner of possibleOwners(cluster, statefulSets, now)) queue.add(keyOf(owner));
  });
}

function sync(cluster: Cluster, queue: WorkQueue, key: string): void {
  const { statefulSets, pods } = cluster.informers;
  const set = statefulSets.get(key);
  if (!set || isTerminating(set)) return;
  const claimed = claim(cluster, {
    ownerResource: resources.statefulSets,
    owner: set,
    resource: resources.pods,
    informer: pods,
    adoptable: (pod) => ordinalOf(set, pod) >= 0,
  });
  const update = currentRevision(cluster, resources.statefulSets, set, recordedHash(set));
  const known = textAt(set, 'status', 'currentRevision');
  const current = revisionsOf(cluster, set).find((revision) => revision.metadata.name === known) ?? update;
  const names = { current: current.metadata.name, update: update.metadata.name };
  try {
    managePods({ cluster, set, pods: claimed, current, update });
  } finally {
    writeNewStatus(cluster, queue, key, names);
  }
  const used = new Set(
    pods.by('controller', set.metadata.uid ?? '').map((pod) => pod.metadata.labels?.[revisionLabel]),
  );
  cleanRevisions(
    cluster,
    set,
    ({ metadata: { name } }) => used.has(name) || name === names.current || name === names.update,
  );
}

/** Hash in the name of the update revision that the status tells of the present template. */
function recordedHash(set: KubeObject): string | undefined {
  const name = textAt(set, 'status', 'updateRevision');
  const observed = numberAt(set, 'status', 'observedGeneration') === set.metadata.generation;
  return observed ? name?.slice(set.metadata.name.length + 1) : undefined;
}

function writeNewStatus(
  cluster: Cluster,
  queue: WorkQueue,
  key: string,
  revisions: { readonly current: string; readonly update: string },
): void {
  const { statefulSets, pods } = cluster.informers;
  const set = statefulSets.get(key);
  if (!set) return;
  const mine = pods.by('controller', set.metadata.uid ?? '');
  const now = cluster.scheduler.now();
  writeStatus(cluster, resources.statefulSets, set, statefulSetStatus(set, mine, revisions, now));
  const waits = mine.map((pod) => untilAvailable(pod, minReadySeconds(set), now) ?? 0).filter((wait) => wait > 0);
  if (waits.length > 0) queue.addAfter(key, Math.min(...waits));
}
