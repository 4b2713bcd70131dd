import type { KubeObject, ResourceType } from '../../../src/kube/api.ts';

/** An object as the garbage collector knows it. */
export interface GraphNode {
  readonly uid: string;
  readonly resource: ResourceType;
  readonly namespace: string | undefined;
  readonly name: string;
  /** Uids of its owners. */
  readonly owners: readonly string[];
}

/** Which objects there are, of any kind, and who owns whom. */
export class OwnerGraph {
  readonly #nodes = new Map<string, GraphNode>();
  readonly #dependents = new Map<string, Map<string, GraphNode>>();

  get(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid);
  }

  /** Objects that name this one as an owner, whether it is there or not. */
  dependents(uid: string): readonly GraphNode[] {
    const found = this.#dependents.get(uid);
    return found ? [...found.values()] : [];
  }

  hasDependents(uid: string): boolean {
    return this.#dependents.has(uid);
  }

  /** Takes in the present state of an object. True when it is new or its owners changed. */
  put(resource: ResourceType, object: KubeObject): boolean {
    const { uid = '', namespace, name } = object.metadata;
    const owners = (object.metadata.ownerReferences ?? []).map((owner) => owner.uid);
    const old = this.#nodes.get(uid);
    if (old && old.owners.length === owners.length && old.owners.every((owner, index) => owner === owners[index]))
      return false;
    if (old) this.#unlink(old);
    const node: GraphNode = { uid, resource, namespace, name, owners };
    this.#nodes.set(uid, node);
    for (const owner of owners) {
      const list = this.#dependents.get(owner) ?? new Map<string, GraphNode>();
      list.set(uid, node);
      this.#dependents.set(owner, list);
    }
    return true;
  }

  /** Forgets an object that is gone. */
  remove(uid: string): void {
    const node = this.#nodes.get(uid);
    if (!node) return;
    this.#nodes.delete(uid);
    this.#unlink(node);
  }

  #unlink(node: GraphNode): void {
    for (const owner of node.owners) {
      const list = this.#dependents.get(owner);
      list?.delete(node.uid);
      if (list?.size === 0) this.#dependents.delete(owner);
    }
  }
}
