import type { KubeObject, KubeOwnerReference, ObjectRef, ResourceType } from '../../../src/kube/api.ts';
import type { WorkQueue } from '../../clock/work-queue.ts';
import { ApiFailure } from '../../store/failure.ts';
import { resources } from '../../store/resources.ts';
import type { KindInfo, Propagation, StoreEvent } from '../../store/types.ts';
import { controllerQueue, goneAlready, type Cluster } from '../base/cluster.ts';
import { isTerminating } from '../base/pods.ts';
import { OwnerGraph, type GraphNode } from './owner-graph.ts';

/** The collector while it works; keys of the queue are uids. */
interface Collector {
  readonly cluster: Cluster;
  readonly graph: OwnerGraph;
  readonly queue: WorkQueue;
}

const foreground = 'foregroundDeletion';
const orphan = 'orphan';

/**
 * Deletes objects whose owners are all gone, and carries out foreground deletion and orphaning, which the API server
 * only notes as finalizers. Source: Kubernetes documentation, "Garbage Collection".
 */
export function garbageCollector(cluster: Cluster): void {
  const graph = new OwnerGraph();
  const queue = controllerQueue(cluster, (uid) => sync({ cluster, graph, queue }, uid));
  const collector: Collector = { cluster, graph, queue };
  const watched = new Map<string, () => void>();
  const watchAll = () => {
    for (const kind of cluster.store.kinds()) follow(collector, kind, watched);
  };
  watchAll();
  const onDefinition = () => void cluster.scheduler.after(0, watchAll);
  cluster.onStop(cluster.store.watch(resources.definitions, {}, onDefinition));
  cluster.onStop(() => watched.forEach((stop) => stop()));
}

function follow(collector: Collector, kind: KindInfo, watched: Map<string, () => void>): void {
  const key = `${kind.group}/${kind.plural}`;
  // Events own nothing and nobody owns them.
  if (watched.has(key) || kind.kind === 'Event') return;
  const { group, storage: version, plural, namespaced } = kind;
  const resource: ResourceType = { group, version, plural, kind: kind.kind, namespaced };
  watched.set(
    key,
    collector.cluster.store.watch(resource, {}, (event) => take(collector, resource, event)),
  );
}

function take({ graph, queue }: Collector, resource: ResourceType, event: StoreEvent): void {
  if (event.type === 'BOOKMARK') return;
  const { object } = event;
  const { uid = '' } = object.metadata;
  if (event.type === 'DELETED') return forget({ graph, queue }, uid);
  const changed = graph.put(resource, object);
  const owners = graph.get(uid)?.owners ?? [];
  if (changed && owners.some((owner) => !graph.get(owner))) queue.add(uid);
  if (isTerminating(object) && (has(object, foreground) || has(object, orphan))) queue.add(uid);
}

/** Its dependents may have to go now, and its owners may have waited for it. */
function forget({ graph, queue }: Pick<Collector, 'graph' | 'queue'>, uid: string): void {
  const owners = graph.get(uid)?.owners ?? [];
  graph.remove(uid);
  for (const dependent of graph.dependents(uid)) queue.add(dependent.uid);
  for (const owner of owners) if (graph.get(owner)) queue.add(owner);
}

function has(object: KubeObject, finalizer: string): boolean {
  const finalizers = object.metadata['finalizers'];
  return Array.isArray(finalizers) && finalizers.includes(finalizer);
}

function sync(collector: Collector, uid: string): void {
  const node = collector.graph.get(uid);
  const object = node && read(collector, node);
  if (!node || !object) return;
  if (!isTerminating(object)) return checkOwners(collector, node, object);
  if (has(object, orphan)) return orphanDependents(collector, node, object);
  if (has(object, foreground)) deleteDependents(collector, node, object);
}

/** The object itself; undefined when it is gone. */
function read({ cluster }: Collector, node: GraphNode): KubeObject | undefined {
  try {
    const object = cluster.store.get(refOfNode(node));
    return object.metadata.uid === node.uid ? object : undefined;
  } catch (failure) {
    if (failure instanceof ApiFailure && failure.code === 404) return undefined;
    throw failure;
  }
}

function refOfNode({ resource, namespace, name }: GraphNode): ObjectRef {
  return { resource, name, ...(namespace !== undefined && { namespace }) };
}

/** Deletes an object when none of its owners is left; takes the references to lost ones away when some are. */
function checkOwners(collector: Collector, node: GraphNode, object: KubeObject): void {
  const { cluster, graph } = collector;
  const owners = object.metadata.ownerReferences ?? [];
  if (owners.length === 0) return;
  const fates = owners.map((owner) => ({ owner, fate: fateOf(collector, owner) }));
  const solid = fates.filter(({ fate }) => fate === 'there').map(({ owner }) => owner);
  if (solid.length === owners.length) return;
  if (solid.length > 0) {
    const patch = { metadata: { uid: node.uid, ownerReferences: solid } };
    goneAlready(() => cluster.store.patch(refOfNode(node), 'merge', patch));
    return;
  }
  const awaited = fates.some(({ fate }) => fate === 'waiting for dependents');
  drop(collector, node, awaited && graph.hasDependents(node.uid) ? 'Foreground' : propagationOf(object));
}

type Fate = 'there' | 'gone' | 'waiting for dependents';

/** An owner of a kind that is not served counts as there: what is not known is not gone. */
function fateOf(collector: Collector, owner: KubeOwnerReference): Fate {
  const node = collector.graph.get(owner.uid);
  if (!node) return isServed(collector, owner) ? 'gone' : 'there';
  const object = read(collector, node);
  if (!object) return 'gone';
  return isTerminating(object) && has(object, foreground) ? 'waiting for dependents' : 'there';
}

function isServed({ cluster }: Collector, owner: KubeOwnerReference): boolean {
  const group = owner.apiVersion.includes('/') ? owner.apiVersion.slice(0, owner.apiVersion.indexOf('/')) : '';
  return [...cluster.store.kinds()].some((kind) => kind.group === group && kind.kind === owner.kind);
}

/** What was asked for this object before stays. */
function propagationOf(object: KubeObject): Propagation {
  if (has(object, orphan)) return 'Orphan';
  return has(object, foreground) ? 'Foreground' : 'Background';
}

function drop({ cluster }: Collector, node: GraphNode, propagation: Propagation): void {
  goneAlready(() => cluster.store.delete(refOfNode(node), { uid: node.uid, propagation }));
}

function deleteDependents(collector: Collector, node: GraphNode, object: KubeObject): void {
  const dependents = collector.graph.dependents(node.uid);
  const blocking = dependents.filter((dependent) => blocks(collector, dependent, node.uid));
  for (const dependent of dependents) {
    const state = read(collector, dependent);
    if (state && !isTerminating(state)) checkOwners(collector, dependent, state);
  }
  if (blocking.length === 0) dropFinalizer(collector, node, object, foreground);
}

function blocks(collector: Collector, dependent: GraphNode, owner: string): boolean {
  const references = read(collector, dependent)?.metadata.ownerReferences ?? [];
  return references.some((reference) => reference.uid === owner && reference['blockOwnerDeletion'] === true);
}

function orphanDependents(collector: Collector, node: GraphNode, object: KubeObject): void {
  for (const dependent of collector.graph.dependents(node.uid)) {
    const references = read(collector, dependent)?.metadata.ownerReferences ?? [];
    const others = references.filter((reference) => reference.uid !== node.uid);
    const patch = { metadata: { uid: dependent.uid, ownerReferences: others.length > 0 ? others : null } };
    goneAlready(() => collector.cluster.store.patch(refOfNode(dependent), 'merge', patch));
  }
  dropFinalizer(collector, node, object, orphan);
}

function dropFinalizer({ cluster }: Collector, node: GraphNode, object: KubeObject, finalizer: string): void {
  const finalizers = (object.metadata['finalizers'] as readonly string[]).filter((name) => name !== finalizer);
  const patch = { metadata: { uid: node.uid, finalizers: finalizers.length > 0 ? finalizers : null } };
  goneAlready(() => cluster.store.patch(refOfNode(node), 'merge', patch));
}
