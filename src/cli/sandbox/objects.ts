/** The objects of a snapshot file, for a cluster that goes on from them. */
import { parseAllDocuments } from 'yaml';
import { InvalidInput } from '../../errors.ts';
import { linesOf, type Lines } from '../../inventory/lines.ts';
import { readSnapshot } from '../../inventory/read-snapshot.ts';
import type { KubeObject } from '../../kube/api.ts';
import type { CliIo } from '../io.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads a snapshot of ours, or a plain List as kubectl prints it. Throws InvalidInput when the file is missing, is none of
 * both, or is damaged: half a cluster is nothing to rehearse on.
 */
export async function readObjects(file: string, io: CliIo): Promise<readonly KubeObject[]> {
  const { damaged } = await readSnapshot(file, io);
  if (damaged !== null) {
    const remedy = 'Save it again; "meshlift status --snapshot" shows what can be read of this one.';
    throw new InvalidInput(`${damaged}.`, { object: `file ${file}`, remedy });
  }
  const lines = linesOf(await io.readFile(file));
  const first = (await lines.next()) ?? '';
  return isHeader(first) ? objectsOfLines(lines) : objectsOfText(`${first}\n${await lines.rest()}`);
}

function isHeader(line: string): boolean {
  try {
    return record(JSON.parse(line))['kind'] === 'Snapshot';
  } catch {
    return false;
  }
}

async function objectsOfLines(lines: Lines): Promise<readonly KubeObject[]> {
  let objects: KubeObject[] = [];
  for (let text = await lines.next(); text !== null; text = await lines.next()) {
    const line = record(JSON.parse(text));
    // The list was begun anew: what there is of this kind may be gone.
    if (typeof line['restart'] === 'string') objects = objects.filter(({ kind }) => kind !== line['kindOfObject']);
    if (isObject(line)) objects.push(line);
  }
  return objects;
}

function objectsOfText(text: string): readonly KubeObject[] {
  const documents: readonly unknown[] = /^\s*[[{]/.test(text)
    ? [JSON.parse(text)]
    : [...parseAllDocuments(text)].map((document): unknown => document.toJS());
  return documents.flatMap(entriesOf);
}

// The items of a PodList and the like carry no kind of their own.
function entriesOf(document: unknown): readonly KubeObject[] {
  if (Array.isArray(document)) return document.flatMap(entriesOf);
  const { items, apiVersion, kind, ...rest } = record(document);
  if (!Array.isArray(items)) return objectsIn([{ ...rest, apiVersion, kind }]);
  const own = { apiVersion, kind: String(kind).replace(/List$/, '') };
  return objectsIn(items.map((item: unknown) => ({ ...own, ...record(item) })));
}

function objectsIn(values: readonly Json[]): readonly KubeObject[] {
  return values.filter(isObject);
}

function isObject(value: Json): value is Json & KubeObject {
  const { name } = record(value['metadata']);
  return typeof value['kind'] === 'string' && typeof value['apiVersion'] === 'string' && typeof name === 'string';
}

function record(value: unknown): Json {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
