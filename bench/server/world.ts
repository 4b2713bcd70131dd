import { Collection, type Row } from './collection.ts';
import { kindKey, servedKinds, type ServedKind } from './kinds.ts';

/** How big a synthetic cluster is. */
export interface ClusterSize {
  /** Pods with a sidecar, without the control plane's and the recorded system pods. */
  readonly pods: number;
  readonly nodes: number;
  readonly workloads: number;
  readonly namespaces: number;
  /** istiod pods of each of the two revisions. */
  readonly istiodsPerRevision: number;
}

/** The cluster that the issue of large meshes is about. */
export const fullSize: ClusterSize = {
  pods: 100_000,
  nodes: 5_000,
  workloads: 2_000,
  namespaces: 1_000,
  istiodsPerRevision: 10,
};

/** All objects of a synthetic cluster. */
export interface World {
  readonly collections: ReadonlyMap<string, Collection>;
  /** 'pod.namespace' of the proxies of each revision, as in /debug/syncz. */
  readonly proxies: Map<string, string[]>;
}

/** A cluster without objects. */
export function emptyWorld(): World {
  return { collections: new Map(servedKinds.map((kind) => [kindKey(kind), new Collection()])), proxies: new Map() };
}

/** The collection of a plural. Throws Error when no such kind is served. */
export function collectionOf(world: World, plural: ServedKind['plural'], group?: string): Collection {
  const kind = servedKinds.find((one) => one.plural === plural && (group === undefined || one.group === group));
  const found = kind === undefined ? undefined : world.collections.get(kindKey(kind));
  if (found === undefined) throw new Error(`no kind ${plural}`);
  return found;
}

/** Adds an object whose labels are told by its JSON text. For kinds of which there are few. */
export function addObject(world: World, plural: string, json: string, group?: string): void {
  const object = JSON.parse(json) as {
    metadata: { namespace?: string; name: string; labels?: Record<string, string> };
    type?: string;
    status?: { phase?: string };
  };
  const { namespace = '', name, labels = {} } = object.metadata;
  const fields = { type: object.type ?? '', 'status.phase': object.status?.phase ?? '' };
  const row: Row = { namespace, name, labels, fields };
  collectionOf(world, plural, group).add(row, json);
}
