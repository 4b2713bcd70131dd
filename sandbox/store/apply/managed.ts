import type { KubeObject } from '../../../src/kube/api.ts';
import { objectsAt, textAt, type JsonObject } from '../json.ts';
import type { KindInfo } from '../types.ts';
import { compareFields, decodeFields, encodeFields, fieldsOf, type FieldSet } from './field-set.ts';

/** One entry of metadata.managedFields. */
export interface ManagedEntry {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string;
  readonly fields: FieldSet;
}

/** Who writes, how and when: what tells one entry from another. */
export interface Writer {
  readonly manager: string;
  readonly apiVersion: string;
  /** '' for the main resource. */
  readonly subresource: string;
  readonly now: string;
}

/** The entries of an object. */
export function entriesOf(object: KubeObject | undefined): readonly ManagedEntry[] {
  return objectsAt(object, 'metadata', 'managedFields')
    .filter((entry) => textAt(entry, 'manager') !== undefined)
    .map((entry) => ({
      manager: textAt(entry, 'manager') ?? '',
      operation: entry['operation'] === 'Apply' ? 'Apply' : 'Update',
      apiVersion: textAt(entry, 'apiVersion') ?? '',
      subresource: textAt(entry, 'subresource') ?? '',
      time: textAt(entry, 'time') ?? '',
      fields: decodeFields(entry['fieldsV1']),
    }));
}

/** metadata.managedFields of the entries, in Kubernetes' order; entries without fields are left out. */
export function encodeEntries(entries: readonly ManagedEntry[]): readonly JsonObject[] {
  const rank = (entry: ManagedEntry) => `${entry.operation} ${entry.time} ${entry.manager} ${entry.subresource}`;
  return entries
    .filter((entry) => entry.fields.size > 0)
    .sort((a, b) => (rank(a) < rank(b) ? -1 : 1))
    .map((entry) => ({
      manager: entry.manager,
      operation: entry.operation,
      apiVersion: entry.apiVersion,
      time: entry.time,
      fieldsType: 'FieldsV1',
      fieldsV1: encodeFields(entry.fields),
      ...(entry.subresource && { subresource: entry.subresource }),
    }));
}

/** Fields that nobody owns: identity and what the server keeps itself. */
const unowned = new Set([
  'f:apiVersion',
  'f:kind',
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'generation',
    'managedFields',
    'resourceVersion',
  ].map((field) => `f:metadata\nf:${field}`),
]);

/** The fields of an object that a writer of the main resource or of a subresource can own, with their values. */
export function ownableFields(object: unknown, kind: KindInfo, subresource: string): Map<string, unknown> {
  const fields = fieldsOf(object, kind.schema);
  const ignored = ignoredTop(kind, subresource);
  for (const path of [...fields.keys()]) {
    if (ignored.has(topOf(path)) || unowned.has(path) || isManagedFields(path)) fields.delete(path);
  }
  return fields;
}

const topOf = (path: string) => {
  const end = path.indexOf('\n');
  return end < 0 ? path : path.slice(0, end);
};
const isManagedFields = (path: string) => path.startsWith('f:metadata\nf:managedFields');

function ignoredTop(kind: KindInfo, subresource: string): ReadonlySet<string> {
  if (subresource === 'status') return new Set(kind.custom ? ['f:spec', 'f:metadata'] : ['f:spec']);
  return new Set(kind.subresources.includes('status') ? ['f:status'] : []);
}

/** The same writer: appliers are the same in every version. */
export function sameWriter(entry: ManagedEntry, operation: 'Apply' | 'Update', writer: Writer): boolean {
  if (entry.operation !== operation || entry.manager !== writer.manager) return false;
  return entry.subresource === writer.subresource && (operation === 'Apply' || entry.apiVersion === writer.apiVersion);
}

/** The set without some members. */
export function minus(set: FieldSet, taken: FieldSet): FieldSet {
  const kept = [...set].filter((path) => !taken.has(path));
  return kept.length === set.size ? set : new Set(kept);
}

/**
 * Ownership after a plain write: the writer gets what it changed, the others lose it; removed fields belong to nobody.
 * @param old the state before, undefined for a create
 */
export function entriesAfterUpdate(
  entries: readonly ManagedEntry[],
  old: unknown,
  next: unknown,
  writer: Writer,
  kind: KindInfo,
): readonly ManagedEntry[] {
  const before = ownableFields(old ?? {}, kind, writer.subresource);
  const { changed, removed } = compareFields(before, ownableFields(next, kind, writer.subresource));
  if (changed.size === 0 && removed.size === 0) return entries;
  const taken = new Set([...changed, ...removed]);
  const own = entries.find((entry) => sameWriter(entry, 'Update', writer));
  const others = entries
    .filter((entry) => entry !== own)
    .map((entry) => ({ ...entry, fields: minus(entry.fields, taken) }));
  if (changed.size === 0) return own ? [...others, { ...own, fields: minus(own.fields, removed) }] : others;
  const fields = new Set([...minus(own?.fields ?? new Set(), removed), ...changed]);
  const { manager, apiVersion, subresource, now } = writer;
  return [...others, { manager, operation: 'Update', apiVersion, subresource, time: now, fields }];
}
