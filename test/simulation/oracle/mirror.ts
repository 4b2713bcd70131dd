/** What the invariants need to know of the cluster, kept up by watching everything that is written to its store. */
import type { KubeObject, ResourceType } from '../../../src/kube/api.ts';
import { compileLabelSelector } from '../../../sandbox/store/selectors.ts';
import { objectAt, objectsAt, textAt } from '../../../sandbox/store/json.ts';
import { resources } from '../../../sandbox/store/resources.ts';
import type { Store } from '../../../sandbox/store/store.ts';

/** One change of the store. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** Plural and group of the kind. */
  readonly plural: string;
  readonly group: string;
  readonly object: KubeObject;
}

/** A pod with the workload that made it, which it keeps when its owner lets it go. */
export interface KnownPod {
  /** 'Deployment shop/web'; '' without one. */
  readonly workload: string;
  object: KubeObject;
}

/** Tells every change of every kind that is served now. @returns what ends it */
export function followAll(store: Store, tell: (change: Change) => void): () => void {
  const from = store.resourceVersion;
  const stops = [...store.kinds()].map(({ group, storage, plural, kind, namespaced }) => {
    const resource: ResourceType = { group, version: storage, plural, kind, namespaced };
    return store.watch(resource, { resourceVersion: from }, (event) => {
      if (event.type !== 'BOOKMARK') tell({ type: event.type, plural, group, object: event.object });
    });
  });
  return () => stops.forEach((stop) => stop());
}

/** Pods by uid and by workload. */
export class Mirror {
  readonly pods = new Map<string, KnownPod>();
  /** Pods that were made since the mirror began, by workload. */
  readonly made = new Map<string, number>();
  readonly #byWorkload = new Map<string, Set<string>>();
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
    for (const object of store.all(resources.pods)) this.#add(object);
  }

  /** Takes a change of a pod in. @returns its workload */
  take({ type, object }: Change): string {
    const uid = object.metadata.uid ?? '';
    const known = this.pods.get(uid);
    if (type === 'DELETED') {
      this.pods.delete(uid);
      if (known) this.#byWorkload.get(known.workload)?.delete(uid);
      return known?.workload ?? '';
    }
    if (known) {
      known.object = object;
      return known.workload;
    }
    const workload = this.#add(object);
    this.made.set(workload, (this.made.get(workload) ?? 0) + 1);
    return workload;
  }

  /** Pods of a workload, also those that it let go. */
  of(workload: string): readonly KubeObject[] {
    const uids = this.#byWorkload.get(workload) ?? [];
    return [...uids].flatMap((uid) => this.pods.get(uid)?.object ?? []);
  }

  #add(object: KubeObject): string {
    const uid = object.metadata.uid ?? '';
    const workload = this.#workloadOf(object);
    this.pods.set(uid, { workload, object });
    const others = this.#byWorkload.get(workload) ?? new Set();
    this.#byWorkload.set(workload, others.add(uid));
    return workload;
  }

  #workloadOf({ metadata }: KubeObject): string {
    const { namespace = '' } = metadata;
    const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
    if (owner?.kind !== 'ReplicaSet') return owner ? `${owner.kind} ${namespace}/${owner.name}` : '';
    for (const set of this.#store.all(resources.replicaSets)) {
      if (set.metadata.uid !== owner.uid) continue;
      const above = set.metadata.ownerReferences?.find(({ controller }) => controller === true);
      return above ? `${above.kind} ${namespace}/${above.name}` : `ReplicaSet ${namespace}/${owner.name}`;
    }
    return '';
  }
}

/** Condition Ready is True, and the pod is not on its way out. */
export function isUp(pod: KubeObject): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) return false;
  return objectsAt(pod, 'status', 'conditions').some(
    (condition) => condition['type'] === 'Ready' && condition['status'] === 'True',
  );
}

/** Labels of an object. */
export function labelsOf({ metadata }: KubeObject): Readonly<Record<string, string>> {
  return metadata.labels ?? {};
}

/** Revision and version of the proxy in a pod; null without one. */
export function proxyOf(pod: KubeObject): { readonly revision: string; readonly version: string } | null {
  const containers = [...objectsAt(pod, 'spec', 'containers'), ...objectsAt(pod, 'spec', 'initContainers')];
  const proxy = containers.find((container) => container['name'] === 'istio-proxy');
  if (proxy === undefined) return null;
  const version = /:(\d+\.\d+\.\d+)/.exec(textAt(proxy, 'image') ?? '')?.[1] ?? '';
  const status = textAt(pod, 'metadata', 'annotations', 'sidecar.istio.io/status');
  const told: unknown = status === undefined ? {} : JSON.parse(status);
  return { revision: textAt(told, 'revision') ?? labelsOf(pod)['istio.io/rev'] ?? '', version };
}

/** Pods of istiod of a revision that are ready. */
export function readyIstiods(store: Store, revision: string): number {
  let count = 0;
  for (const pod of store.all(resources.pods)) {
    const labels = labelsOf(pod);
    if (labels['app'] === 'istiod' && labels['istio.io/rev'] === revision && isUp(pod)) count += 1;
  }
  return count;
}

/** Whether a selector of an object (`spec.selector`) matches labels. */
export function selects(object: KubeObject, labels: Readonly<Record<string, string>>): boolean {
  return compileLabelSelector(objectAt(object, 'spec', 'selector'))(labels);
}
