import type { KubeObject } from '../../../src/kube/api.ts';
import type { WorkQueue } from '../../clock/work-queue.ts';
import { numberAt, sameJson } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import { claim, possibleOwners } from '../base/claim.ts';
import { controllerQueue, writeStatus, type Cluster } from '../base/cluster.ts';
import { keyOf } from '../base/informer.ts';
import { controllerKey, controllerOf } from '../base/owners.ts';
import { isTerminating, minReadySeconds, untilAvailable } from '../base/pods.ts';
import { cleanRevisions, currentRevision, revisionLabel } from '../base/revisions.ts';
import { manageNodes, rollNodes } from './manage.ts';
import { daemonSetStatus } from './status.ts';
import { byNode, type DaemonTurn } from './turn.ts';
import { nodesOf } from './view.ts';

/** Keeps one pod of every DaemonSet on every node that it wants. */
export function daemonSetController(cluster: Cluster): void {
  const { daemonSets, pods, nodes } = cluster.informers;
  const queue = controllerQueue(cluster, (key) => sync(cluster, queue, key));
  daemonSets.onChange(({ key }) => queue.add(key));
  pods.onChange(({ old, now }) => {
    for (const key of [controllerKey(old, 'DaemonSet'), controllerKey(now, 'DaemonSet')]) if (key) queue.add(key);
    if (!now || controllerOf(now)) return;
    for (const owner of possibleOwners(cluster, daemonSets, now)) queue.add(keyOf(owner));
  });
  nodes.onChange(({ old, now }) => {
    if (old && now && sameJson(old['spec'], now['spec']) && sameJson(old.metadata.labels, now.metadata.labels)) return;
    for (const set of daemonSets.all()) queue.add(keyOf(set));
  });
}

function sync(cluster: Cluster, queue: WorkQueue, key: string): void {
  const { daemonSets, pods } = cluster.informers;
  const set = daemonSets.get(key);
  if (!set || isTerminating(set)) return;
  const ownerResource = resources.daemonSets;
  claim(cluster, { ownerResource, owner: set, resource: resources.pods, informer: pods });
  const revision = currentRevision(cluster, ownerResource, set, recordedHash(cluster, set));
  const hash = revision.metadata.labels?.[revisionLabel] ?? '';
  try {
    manageNodes(turnOf(cluster, set, hash));
    rollNodes(turnOf(cluster, set, hash));
  } finally {
    writeNewStatus(cluster, queue, turnOf(cluster, daemonSets.getSame(set) ?? set, hash));
  }
  const used = new Set(owned(cluster, set).map((pod) => pod.metadata.labels?.[revisionLabel]));
  cleanRevisions(
    cluster,
    set,
    ({ metadata }) => metadata.name === revision.metadata.name || used.has(metadata.labels?.[revisionLabel]),
  );
}

const owned = (cluster: Cluster, set: KubeObject) => cluster.informers.pods.by('controller', set.metadata.uid ?? '');

function turnOf(cluster: Cluster, set: KubeObject, hash: string): DaemonTurn {
  return { cluster, set, hash, nodes: nodesOf(cluster, set), pods: byNode(owned(cluster, set)) };
}

/** Hash of the pods of a set whose status says that all are of its template. */
function recordedHash(cluster: Cluster, set: KubeObject): string | undefined {
  const desired = numberAt(set, 'status', 'desiredNumberScheduled');
  const observed = numberAt(set, 'status', 'observedGeneration') === set.metadata.generation;
  if (!observed || desired === undefined || numberAt(set, 'status', 'updatedNumberScheduled') !== desired)
    return undefined;
  return owned(cluster, set).find((pod) => !isTerminating(pod))?.metadata.labels?.[revisionLabel];
}

function writeNewStatus(cluster: Cluster, queue: WorkQueue, turn: DaemonTurn): void {
  const { set } = turn;
  writeStatus(cluster, resources.daemonSets, set, daemonSetStatus(turn));
  const now = cluster.scheduler.now();
  const seconds = minReadySeconds(set);
  const waits = owned(cluster, set)
    .map((pod) => untilAvailable(pod, seconds, now) ?? 0)
    .filter((wait) => wait > 0);
  if (waits.length > 0) queue.addAfter(keyOf(set), Math.min(...waits));
}
