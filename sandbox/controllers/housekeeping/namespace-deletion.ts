import type { KubeObject, ResourceType } from '../../../src/kube/api.ts';
import type { WorkQueue } from '../../clock/work-queue.ts';
import { at, numberAt, objectAt } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import type { KindInfo } from '../../store/types.ts';
import { controllerQueue, goneAlready, refOf, type Cluster } from '../base/cluster.ts';
import { isTerminating } from '../base/pods.ts';

/** Seconds that an object with finalizers is given before the next look. */
const finalizerSeconds = 15;

/**
 * Empties namespaces that are being deleted: everything in them is deleted, pods with their grace period, and when
 * nothing is left the namespace goes. In between it looks again after half the longest time that something still needs.
 */
export function namespaceDeletion(cluster: Cluster): void {
  const { namespaces } = cluster.informers;
  const queue = controllerQueue(cluster, (name) => sync(cluster, queue, name));
  namespaces.onChange(({ now }) => {
    if (now && isTerminating(now)) queue.add(now.metadata.name);
  });
}

function sync(cluster: Cluster, queue: WorkQueue, name: string): void {
  const namespace = cluster.informers.namespaces.get(name);
  const finalizers = at(namespace, 'spec', 'finalizers');
  if (!namespace || !isTerminating(namespace) || !Array.isArray(finalizers)) return;
  const kinds = [...cluster.store.kinds()].filter((kind) => kind.namespaced).map(resourceOf);
  for (const resource of kinds)
    for (const object of contentOf(cluster, resource, name)) remove(cluster, resource, object);
  const left = kinds.flatMap((resource) => contentOf(cluster, resource, name));
  if (left.length > 0) {
    const seconds = Math.max(...left.map(secondsLeft));
    queue.addAfter(name, (Math.floor(seconds / 2) + 1) * 1000);
    return;
  }
  const spec = {
    ...objectAt(namespace, 'spec'),
    finalizers: finalizers.filter((finalizer) => finalizer !== 'kubernetes'),
  };
  cluster.store.update(resources.namespaces, { ...namespace, spec }, { subresource: 'finalize' });
}

function resourceOf(kind: KindInfo): ResourceType {
  const { group, storage: version, plural, namespaced } = kind;
  return { group, version, plural, kind: kind.kind, namespaced };
}

function contentOf(cluster: Cluster, resource: ResourceType, namespace: string): readonly KubeObject[] {
  return cluster.store.list(resource, { namespace }).items;
}

function remove(cluster: Cluster, resource: ResourceType, object: KubeObject): void {
  if (!isTerminating(object)) goneAlready(() => cluster.store.delete(refOf(resource, object)));
}

function secondsLeft(object: KubeObject): number {
  const grace = numberAt(object, 'metadata', 'deletionGracePeriodSeconds') ?? 0;
  const finalizers = object.metadata['finalizers'];
  return Math.max(grace, Array.isArray(finalizers) && finalizers.length > 0 ? finalizerSeconds : 0);
}
