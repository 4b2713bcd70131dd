import type { KubeObject, ResourceType } from '../../../src/kube/api.ts';
import { at } from '../../store/json.ts';
import { goneAlready, refOf, type Cluster } from './cluster.ts';
import type { Informer } from './informer.ts';
import { controllerOf, controllerReference } from './owners.ts';
import { isTerminating } from './pods.ts';

/** Who claims what. */
export interface Claim {
  readonly ownerResource: ResourceType;
  readonly owner: KubeObject;
  /** Kind of what is claimed. */
  readonly resource: ResourceType;
  /** Of what is claimed, with the indices `controller` and `orphan`. */
  readonly informer: Informer;
  /** Condition besides the selector for adopting. */
  readonly adoptable?: (object: KubeObject) => boolean;
}

/**
 * What belongs to an owner: adopts orphans that its selector matches, and releases what it owns but no longer selects
 * by taking its owner reference away. An owner on its way out does neither.
 * @returns what it owns now and selects
 */
export function claim(cluster: Cluster, wish: Claim): readonly KubeObject[] {
  const { owner, informer } = wish;
  const selector = at(owner, 'spec', 'selector');
  const kept: KubeObject[] = [];
  for (const object of informer.by('controller', owner.metadata.uid ?? '')) {
    if (cluster.selectors.matches(selector, object)) kept.push(object);
    else if (!isTerminating(owner)) release(cluster, wish, object);
  }
  if (isTerminating(owner)) return kept;
  for (const object of informer.by('orphan', owner.metadata.namespace ?? '')) {
    if (isTerminating(object) || !cluster.selectors.matches(selector, object)) continue;
    if (wish.adoptable && !wish.adoptable(object)) continue;
    const adopted = adopt(cluster, wish, object);
    if (adopted) kept.push(adopted);
  }
  return kept;
}

function adopt(
  cluster: Cluster,
  { ownerResource, owner, resource, informer }: Claim,
  object: KubeObject,
): KubeObject | undefined {
  const others = object.metadata.ownerReferences ?? [];
  const ownerReferences = [...others, controllerReference(ownerResource, owner)];
  const patch = { metadata: { uid: object.metadata.uid, ownerReferences } };
  if (goneAlready(() => cluster.store.patch(refOf(resource, object), 'merge', patch))) return undefined;
  return informer.getSame(object);
}

function release(cluster: Cluster, { owner, resource }: Claim, object: KubeObject): void {
  const others = (object.metadata.ownerReferences ?? []).filter((reference) => reference.uid !== owner.metadata.uid);
  const patch = { metadata: { uid: object.metadata.uid, ownerReferences: others.length > 0 ? others : null } };
  goneAlready(() => cluster.store.patch(refOf(resource, object), 'merge', patch));
}

/** Keys of the owners of a kind that would adopt an object that nobody manages. `informer` has the index `selector`. */
export function possibleOwners(cluster: Cluster, informer: Informer, object: KubeObject): readonly KubeObject[] {
  if (controllerOf(object) || isTerminating(object)) return [];
  return cluster.selectors.selecting(informer, object, (owner) => at(owner, 'spec', 'selector'));
}
