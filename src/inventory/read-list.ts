/** Facts of a plain Kubernetes List (JSON or YAML), with istiod's answers from a second file. */
import { parseAllDocuments } from 'yaml';
import { InvalidInput } from '../errors.ts';
import type { KubeObject } from '../kube/api.ts';
import type { Facts, IstiodFact, PodFact, Read } from '../mesh/facts.ts';
import { elementReader } from './elements.ts';
import { assemble, createFactLists } from './fact-lists.ts';
import { createGuide, note, type Guide } from './guide.ts';
import { byPlace, shouldAnswer, silentIstiod } from './istiods.ts';
import { isRecord, list, records, text, type Json } from './json.ts';
import { kinds, listOf, listedKinds, type ListedKind } from './kinds.ts';
import { parseSyncz } from './syncz.ts';

const everywhere: ReadonlySet<ListedKind> = new Set(['namespaces', 'nodes', 'pods', 'services', 'deployments']);

/** Text of a file, and what is known to be wrong with it. */
export interface ListSource {
  readonly file: string;
  readonly text: string;
  /** Says what cut the text short (damaged compression); null when nothing did. */
  readonly cut: string | null;
}

/**
 * Facts of the objects in a List. A kind without any object is unread: a List doesn't tell «none» from «not asked for». Of
 * a damaged JSON List the whole objects at its beginning are read, and every kind is unread then.
 * Throws InvalidInput, with line and column, when it is neither JSON nor YAML, or no Kubernetes objects.
 */
export function readList(
  source: ListSource,
  answers: { text: string; file: string } | null,
): { facts: Facts; damaged: string | null } {
  const { file } = source;
  const { objects, damaged } = objectsOf(source);
  const guide = createGuide();
  const seen = new Set<ListedKind>();
  for (const object of objects) {
    const kind = listOf(object);
    if (kind === null) continue;
    seen.add(kind);
    note(guide, kind, object);
  }
  const collected = createFactLists();
  for (const object of objects) {
    const kind = listOf(object);
    if (kind !== null && isWanted(guide, kind, object)) collected.add(kind, object, text(object.kind));
  }
  const cutShort = damaged === null ? null : 'the file is damaged, and the rest of it could not be read';
  for (const kind of listedKinds) collected.finish(kind, cutShort ?? (seen.has(kind) ? null : absent(kind)));
  const lists = collected.lists(absent);
  const facts = assemble(lists, {
    source: { type: 'snapshot', file, takenAt: '' },
    kubernetesVersion: null,
    istiods: istiodsOf(answers, lists.pods.items),
  });
  return { facts, damaged };
}

function absent(kind: ListedKind): string {
  return everywhere.has(kind)
    ? 'not in the file'
    : 'no object of this kind in the file: none existed, or none was recorded';
}

// istio-ca-root-cert is in every namespace; only the control plane's own one matters.
function isWanted(guide: Guide, kind: ListedKind, object: KubeObject): boolean {
  if (kinds[kind].keep?.(object) === false) return false;
  if (kind !== 'configMaps') return true;
  const labelled = object.metadata.labels?.['istio.io/rev'] !== undefined;
  return labelled || guide.configMaps.has(`${text(object.metadata.namespace)}/${object.metadata.name}`);
}

interface Objects {
  readonly objects: readonly KubeObject[];
  readonly damaged: string | null;
}

function objectsOf(source: ListSource): Objects {
  const { file, text: content, cut } = source;
  const isJson = /^\s*[[{]/.test(content);
  if (cut !== null) return salvage(source, cut);
  const parsed = isJson ? fromJson(content) : { documents: fromYaml(file, content) };
  if ('error' in parsed) return salvage(source, `is not valid JSON: ${parsed.error}`);
  const objects = parsed.documents.flatMap(entriesOf);
  if (objects.length > 0 || parsed.documents.some(isEmptyList)) return { objects, damaged: null };
  throw invalid(file, 'holds no Kubernetes objects');
}

function fromJson(content: string): { documents: readonly unknown[] } | { error: string } {
  try {
    return { documents: [JSON.parse(content) as unknown] };
  } catch (error) {
    return { error: where(error, content) };
  }
}

// The objects before the damage are whole: better shown than lost, as long as it is said that they are not all.
function salvage({ file, text: content }: ListSource, why: string): Objects {
  const start = /^[^[]*"items"\s*:\s*(?=\[)/.exec(content)?.[0].length ?? (/^\s*\[/.test(content) ? 0 : content.length);
  const found: unknown[] = [];
  elementReader((element) => found.push(element)).push(Buffer.from(content.slice(start)));
  const objects = found.flatMap(entriesOf);
  if (objects.length === 0) throw invalid(file, why);
  return {
    objects,
    damaged: `file ${file} is damaged: it ${why}; ${String(objects.length)} whole objects before that place were read`,
  };
}

// V8 names a position only for some mistakes. For the others the YAML parser does: JSON is YAML, too slow only for large files.
function where(error: unknown, source: string): string {
  const message = error instanceof Error ? error.message : String(error);
  const reason = message.replace(/,? ?"?\.\.\..*$|, ".*$| in JSON at position \d+.*$/s, '');
  const position = /position (\d+)/.exec(message)?.[1];
  const offset = position === undefined ? guessedOffset(message, source) : Number(position);
  if (offset === null) return reason;
  const before = source.slice(0, offset).split('\n');
  return `line ${String(before.length)}, column ${String((before.at(-1) ?? '').length + 1)}: ${reason}`;
}

function guessedOffset(message: string, source: string): number | null {
  if (message.includes('end of JSON')) return source.trimEnd().length;
  if (source.length > 5_000_000) return null;
  const documents = parseAllDocuments(source, { logLevel: 'silent' });
  return 'empty' in documents ? null : (documents[0]?.errors[0]?.pos[0] ?? null);
}

function fromYaml(file: string, source: string): readonly unknown[] {
  const documents = parseAllDocuments(source, { logLevel: 'silent' });
  const parsed = 'empty' in documents ? [] : documents;
  const [error] = parsed.flatMap((document) => document.errors);
  if (error !== undefined) {
    const [start] = error.linePos ?? [];
    const place = start === undefined ? '' : `line ${String(start.line)}, column ${String(start.col)}: `;
    throw invalid(file, `is neither JSON nor YAML: ${place}${error.code}`);
  }
  try {
    return parsed.map((document): unknown => document.toJS());
  } catch (cause) {
    // Aliases are followed only now: one without its anchor is the file's fault.
    throw invalid(file, cause instanceof Error ? cause.message : String(cause));
  }
}

function isEmptyList(document: unknown): boolean {
  return isRecord(document) && text(document['kind']).endsWith('List') && list(document['items']).length === 0;
}

// The items of a PodList and the like carry no kind of their own.
function entriesOf(document: unknown): readonly KubeObject[] {
  if (Array.isArray(document)) return document.flatMap(entriesOf);
  if (!isRecord(document)) return [];
  if (!Array.isArray(document['items'])) return isObject(document) ? [document] : [];
  const kind = text(document['kind']).replace(/List$/, '');
  return records(document['items'])
    .map((item) => (item['kind'] === undefined ? { ...item, apiVersion: document['apiVersion'], kind } : item))
    .filter(isObject);
}

function isObject(value: Json): value is Json & KubeObject {
  return isRecord(value['metadata']) && text(value['kind']) !== '' && text(value['metadata']['name']) !== '';
}

function istiodsOf(answers: { text: string; file: string } | null, pods: readonly PodFact[]): Read<IstiodFact> {
  if (answers === null) return { items: [], unread: 'no answers of istiod in the file' };
  const entries = answersOf(answers.text);
  if (entries === null) return { items: [], unread: `file ${answers.file} holds no answers of istiod` };
  const known = entries.map(istiodFact);
  const silent = pods
    .filter((pod) => pod.discoveryImage !== '' && shouldAnswer(pod))
    .filter((pod) => !known.some((one) => one.pod === pod.meta.name && one.namespace === pod.meta.namespace))
    .map((pod) => silentIstiod(pod, 'no answer in the file'));
  return { items: [...known, ...silent].sort(byPlace), unread: null };
}

function answersOf(source: string): readonly Json[] | null {
  try {
    const value: unknown = JSON.parse(source);
    return Array.isArray(value) ? records(value) : null;
  } catch {
    return null;
  }
}

function istiodFact(value: Json): IstiodFact {
  const version = text(value['version']) || null;
  const syncz = parseSyncz(value['syncz']);
  const missing = [version === null ? '/version' : '', syncz === null ? '/debug/syncz' : ''].filter(
    (one) => one !== '',
  );
  return {
    namespace: text(value['namespace']),
    pod: text(value['pod']),
    revision: text(value['revision']) || 'default',
    version,
    syncz,
    error: missing.length === 0 ? '' : `no answer to ${missing.join(' and ')} in the file`,
  };
}

function invalid(file: string, why: string): InvalidInput {
  return new InvalidInput(`file ${file} ${why}.`, {
    object: `file ${file}`,
    remedy: 'Give a file made by "meshlift snapshot save" or by "kubectl get … -o json".',
  });
}
