import type { KubeObject } from '../../../src/kube/api.ts';
import { nodeObject } from '../../assembly/nodes.ts';
import { at, textAt, without } from '../../store/json.ts';
import { builtInKinds } from '../../store/kinds.ts';
import { completedDefinitions, groupOf, isDefinition } from './definitions.ts';
import { completedReplicaSets } from './replica-sets.ts';
import { withRevisions } from './stateful-sets.ts';

/** A snapshot as a cluster can start from it. */
export interface Restorable {
  /** For `createCluster({ restored })`. */
  readonly objects: readonly KubeObject[];
  /** Objects that the sandbox cannot hold, by kind, or whose content the snapshot lacks. */
  readonly leftOut: Readonly<Record<string, number>>;
}

/** What stands in a snapshot for an annotation's value that was left out (docs/snapshot-format.md). */
const dropped = 'DROPPED';

/** Kinds that the cluster makes anew from others; recorded ones would only stand beside them. */
const derived: ReadonlySet<string> = new Set(['Event', 'ControllerRevision']);

const identity = ({ apiVersion = '', kind = '', metadata: { namespace = '', name } }: KubeObject) =>
  `${apiVersion.split('/').slice(0, -1).join()} ${kind} ${namespace}/${name}`;

/** Annotations without those whose value is not known: 'DROPPED' is not what anybody had written there. */
function withoutDropped(annotations: Readonly<Record<string, string>> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(annotations ?? {}).filter(([, value]) => value !== dropped));
}

function cleaned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, field]) => [
    key,
    key === 'annotations' && typeof field === 'object'
      ? withoutDropped(field as Record<string, string>)
      : cleaned(field),
  ]);
  return Object.fromEntries(entries) as unknown;
}

function prepared(object: KubeObject): KubeObject {
  const metadata = without(object.metadata, 'resourceVersion', 'managedFields');
  const uid = object.metadata.uid ?? identity(object);
  return cleaned({ ...object, metadata: { ...metadata, uid } }) as KubeObject;
}

/** The last one of each name: a list that was begun anew holds objects twice. */
function unique(objects: readonly KubeObject[]): readonly KubeObject[] {
  return [...new Map(objects.map((object) => [identity(object), object])).values()];
}

/** Namespaces and nodes that the snapshot's objects name and that it does not hold. */
function missingPlaces(objects: readonly KubeObject[]): readonly KubeObject[] {
  const known = new Set(objects.map(({ kind = '', metadata }) => `${kind} ${metadata.name}`));
  const namespaces = new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []));
  const nodes = new Set(
    objects.flatMap((object) => (object.kind === 'Pod' ? (textAt(object, 'spec', 'nodeName') ?? []) : [])),
  );
  return [
    ...[...namespaces].map((name) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
      status: { phase: 'Active' },
    })),
    ...[...nodes].map((name, index) => ({ apiVersion: 'v1', kind: 'Node', ...nodeObject({ name }, index + 1) })),
  ]
    .filter(({ kind, metadata }) => !known.has(`${kind} ${metadata.name}`))
    .map(prepared);
}

/**
 * The object without owners that the snapshot lacks (other operators' objects are not recorded): the garbage collector
 * would take it away.
 */
function withKnownOwners(object: KubeObject, uids: ReadonlySet<string>): KubeObject {
  const { ownerReferences, ...metadata } = object.metadata;
  const known = (ownerReferences ?? []).filter((owner) => uids.has(owner.uid));
  return { ...object, metadata: { ...metadata, ...(known.length > 0 && { ownerReferences: known }) } };
}

/** The objects as a cluster can go on from them: with the parts that a snapshot leaves out made anew. */
function wholeObjects(recorded: readonly KubeObject[]): readonly KubeObject[] {
  const objects = unique(recorded)
    .filter(({ kind = '' }) => !derived.has(kind))
    .map(prepared);
  const others = objects.filter((object) => !isDefinition(object) && object.kind !== 'ReplicaSet');
  const whole = [
    ...completedDefinitions(objects).map(prepared),
    ...missingPlaces(objects),
    ...others.map((object) => (object.kind === 'StatefulSet' ? withRevisions(object, objects) : object)),
    ...completedReplicaSets(objects),
  ];
  const uids = new Set(whole.map((object) => object.metadata.uid ?? ''));
  return whole.map((object) => withKnownOwners(object, uids));
}

const kindOf = (group: unknown, kind: unknown) => `${String(kind)}.${String(group)}`;

function servedKinds(definitions: readonly KubeObject[]): ReadonlySet<string> {
  return new Set([
    ...builtInKinds().map(({ group, kind }) => kindOf(group, kind)),
    ...definitions.map((one) => kindOf(at(one, 'spec', 'group'), at(one, 'spec', 'names', 'kind'))),
  ]);
}

/**
 * The objects of a snapshot as a new cluster can go on from them: pods run on as they were recorded. What the snapshot
 * lacks (templates of ReplicaSets, definitions of kinds, names of revisions) is made anew from what it has.
 * @param recorded lines of a snapshot or items of a List, each with apiVersion and kind
 */
export function restorable(recorded: readonly KubeObject[]): Restorable {
  const all = wholeObjects(recorded);
  const served = servedKinds(all.filter(isDefinition));
  const objects = all.filter(({ apiVersion = '', kind }) => served.has(kindOf(groupOf(apiVersion), kind)));
  const kept = new Set(objects.map(identity));
  const leftOut: Record<string, number> = {};
  for (const object of unique(recorded)) {
    const { kind = '' } = object;
    // A ReplicaSet without pods is history; nothing is lost with it.
    if (kept.has(identity(object)) || derived.has(kind) || kind === 'ReplicaSet') continue;
    leftOut[kind] = (leftOut[kind] ?? 0) + 1;
  }
  return { objects, leftOut };
}
