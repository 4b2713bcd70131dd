import type { KubeObject } from '../../../src/kube/api.ts';
import { ApiFailure, badRequest } from '../failure.ts';
import { isObject, type JsonObject } from '../json.ts';
import type { KindInfo } from '../types.ts';
import { compareFields, printPath, withParents, type FieldSet } from './field-set.ts';
import {
  encodeEntries,
  entriesAfterUpdate,
  entriesOf,
  minus,
  ownableFields,
  sameWriter,
  type ManagedEntry,
  type Writer,
} from './managed.ts';
import { mergeConfiguration, withoutFields } from './merge.ts';

/** Someone else's fields that an apply would change. */
interface ApplyConflict {
  readonly entry: ManagedEntry;
  readonly paths: readonly string[];
}

/** Owner of the fields of an object that nobody has applied or tracked before its first apply. */
const beforeFirstApply = 'before-first-apply';

/**
 * Server-side apply of a configuration onto the live object ({} with metadata when there is none): the merged object
 * with its managedFields. Source: "Server-Side Apply" in the Kubernetes documentation.
 * @throws ApiFailure 409 naming each manager and field when others own what would change and `force` is off; 400 when
 * the configuration brings managedFields of its own
 */
export function applyConfiguration(
  live: KubeObject,
  config: KubeObject,
  kind: KindInfo,
  writer: Writer,
  force: boolean,
): KubeObject {
  if (config.metadata['managedFields'] !== undefined) throw badRequest('metadata.managedFields must be nil');
  const wanted = ownedPart(config, kind, writer.subresource);
  const owned: FieldSet = new Set(ownableFields(wanted, kind, writer.subresource).keys());
  const merged = mergeConfiguration(live, wanted, kind.schema) as KubeObject;
  const before = ownableFields(live, kind, writer.subresource);
  const { changed } = compareFields(before, ownableFields(merged, kind, writer.subresource));
  const entries = knownEntries(live, kind, writer);
  const last = entries.find((entry) => sameWriter(entry, 'Apply', writer));
  const others = entries.filter((entry) => entry !== last);
  const conflicts = others.map((entry) => ({ entry, paths: [...entry.fields].filter((path) => changed.has(path)) }));
  const real = conflicts.filter((found) => found.paths.length > 0);
  if (real.length > 0 && !force) throw conflictFailure(real);
  const rest = others.map((entry) => ({ ...entry, fields: minus(entry.fields, changed) }));
  const { manager, apiVersion, subresource, now } = writer;
  const ownEntry: ManagedEntry = { manager, operation: 'Apply', apiVersion, subresource, time: now, fields: owned };
  const after = [...rest, ownEntry];
  const removing = minus(withParents([last?.fields ?? new Set()]), withParents(after.map((entry) => entry.fields)));
  const pruned = withoutFields(merged, kind.schema, minus(removing, new Set(['f:metadata']))) as KubeObject;
  const encoded = encodeEntries(after);
  const metadata = { ...pruned.metadata };
  if (encoded.length > 0) metadata['managedFields'] = encoded;
  else delete metadata['managedFields'];
  return { ...pruned, metadata };
}

/** Through /status only the status counts, through the main resource everything else. */
function ownedPart(config: KubeObject, kind: KindInfo, subresource: string): KubeObject {
  const part: JsonObject = { ...config };
  if (subresource === 'status') delete part['spec'];
  else if (kind.subresources.includes('status')) delete part['status'];
  return part as KubeObject;
}

function knownEntries(live: KubeObject, kind: KindInfo, writer: Writer): readonly ManagedEntry[] {
  const entries = entriesOf(live);
  if (entries.length > 0 || live.metadata.uid === undefined) return entries;
  return entriesAfterUpdate([], undefined, live, { ...writer, manager: beforeFirstApply, subresource: '' }, kind);
}

function conflictFailure(conflicts: readonly ApplyConflict[]): ApiFailure {
  const causes = conflicts.flatMap(({ entry, paths }) =>
    paths.map((path) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${printManager(entry)}`,
      field: printPath(path),
    })),
  );
  const first = causes[0];
  const single = causes.length === 1 && first ? `1 conflict: ${first.message}: ${first.field}` : undefined;
  const blocks = conflicts.map(({ entry, paths }) =>
    [`conflicts with ${printManager(entry)}:`, ...paths.map((path) => `- ${printPath(path)}`)].join('\n'),
  );
  const message = `Apply failed with ${single ?? `${causes.length} conflicts: ${blocks.join('\n')}`}`;
  return new ApiFailure(409, 'Conflict', message, { causes });
}

function printManager(entry: ManagedEntry): string {
  const sub = entry.subresource ? ` with subresource "${entry.subresource}"` : '';
  const version = entry.operation === 'Update' ? ` using ${entry.apiVersion}` : '';
  return `"${entry.manager}"${sub}${version}`;
}

/**
 * managedFields after a create, update or patch: tracked when the writer has a name or the object is tracked already.
 * A list that holds only an empty entry resets ownership, as Kubernetes has it.
 */
export function trackedFields(
  old: KubeObject | undefined,
  next: KubeObject,
  kind: KindInfo,
  writer: Writer,
  named: boolean,
): readonly JsonObject[] | undefined {
  const sent = next.metadata['managedFields'];
  if (Array.isArray(sent) && sent.length === 1 && isObject(sent[0]) && Object.keys(sent[0]).length === 0)
    return undefined;
  const entries = entriesOf(old);
  if (!named && entries.length === 0) return undefined;
  return encodeEntries(entriesAfterUpdate(entries, old, next, writer, kind));
}
