/** Reading of a parsed document whose every fault is named with its place: file, line, column, field. */
import { InvalidInput } from '../../errors.ts';
import { parseVersion } from '../versions.ts';

/** Keys and indexes from the root. */
export type DocumentPath = readonly (string | number)[];

/** A parsed file. */
export interface KnowledgeDocument {
  /** Name of the file, as the person wrote it. */
  readonly name: string;
  /** Page of the documentation that describes its format. Default docs/knowledge.md. */
  readonly page?: string;
  /** What the parser made of it. */
  readonly value: unknown;
  /** Where a value begins; null when the parser does not know. */
  position(path: DocumentPath): Position | null;
  /** Where the key of a field begins. */
  keyPosition(path: DocumentPath): Position | null;
}

/** Line and column, counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A value and its place in the document. */
export interface Place {
  readonly value: unknown;
  readonly path: DocumentPath;
  readonly document: KnowledgeDocument;
}

/** Throws InvalidInput that names the place: "releases[0].minor must be …". */
export function fail({ document, path }: Place, what: string, hint = ''): never {
  return refuse(document, path, document.position(path), what, hint);
}

function refuse(
  document: KnowledgeDocument,
  path: DocumentPath,
  at: Position | null,
  what: string,
  hint: string,
): never {
  const remedy = hint || `See ${document.page ?? 'docs/knowledge.md'} for the format.`;
  const object = `file ${document.name}`;
  const where = at === null ? object : `${object}, line ${at.line}, column ${at.column}`;
  throw new InvalidInput(`${where}: ${pathText(path)} ${what}.`, { object, remedy });
}

function pathText(path: DocumentPath): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
  return text === '' ? 'the document' : text.replace(/^\./, '');
}

/** Fields of an object by name. */
export type Fields<K extends string> = Readonly<Partial<Record<K, Place>>>;

/** The object's fields; a field that is not known throws at its key, a value that is no object at itself. */
export function fields<K extends string>(place: Place, known: readonly K[]): Fields<K> {
  const { value, path, document } = place;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(place, 'must be an object');
  const found: Partial<Record<K, Place>> = {};
  for (const [key, inner] of Object.entries(value)) {
    const own = { value: inner, path: [...path, key], document };
    const name = known.find((one) => one === key);
    if (name === undefined) strange(own, known);
    found[name] = own;
  }
  return found;
}

function strange({ document, path }: Place, known: readonly string[]): never {
  const what = `is no field that meshlift knows; known are ${known.join(', ')}`;
  return refuse(document, path, document.keyPosition(path), what, '');
}

/** The field; throws at the object when it is missing. */
export function required<K extends string>(found: Fields<K>, name: K, object: Place): Place {
  return found[name] ?? fail(object, `lacks ${name}`);
}

/** Entries of an object whose keys are free. */
export function entries(place: Place): readonly (readonly [string, Place])[] {
  const { value, path, document } = place;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(place, 'must be an object');
  return Object.entries(value).map(([key, inner]) => [key, { value: inner, path: [...path, key], document }] as const);
}

/** Elements of a list; nothing at all is an empty list. */
export function elements(place: Place | undefined): readonly Place[] {
  if (place === undefined) return [];
  const { value, path, document } = place;
  if (!Array.isArray(value)) fail(place, 'must be a list');
  return value.map((inner: unknown, index) => ({ value: inner, path: [...path, index], document }));
}

/** Text that is not empty. YAML reads an unquoted 1.30 as the number 1.3, so numbers are refused. */
export function text(place: Place): string {
  const { value } = place;
  if (typeof value === 'number') {
    fail(place, 'must be text, and YAML reads a number here', 'Put it in quotes: without them 1.30 is the number 1.3.');
  }
  if (typeof value !== 'string' || value.trim() === '') fail(place, 'must be text that is not empty');
  return value;
}

/** One of the words. */
export function word<W extends string>(place: Place, words: readonly W[]): W {
  return words.find((one) => one === place.value) ?? fail(place, `must be one of ${words.join(', ')}`);
}

/** A day, YYYY-MM-DD, that exists. */
export function day(place: Place): string {
  const value = text(place);
  const ms = /^\d{4}-\d\d-\d\d$/.test(value) ? Date.parse(`${value}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== value) {
    fail(place, `must be a day like 2026-12-01, not "${value}"`);
  }
  return value;
}

/** A minor, for example '1.32'. */
export function minor(place: Place): string {
  const value = text(place);
  if (parseVersion(value)?.patch !== null || value.startsWith('v'))
    fail(place, `must be a minor like "1.32", not "${value}"`);
  return value;
}

/** A full version, for example '1.32.0'. */
export function version(place: Place): string {
  const value = text(place);
  if (typeof parseVersion(value)?.patch !== 'number' || value.startsWith('v')) {
    fail(place, `must be a version like "1.32.0", not "${value}"`);
  }
  return value;
}

/** What `read` makes of it, or null for null and for nothing. */
export function nullable<T>(place: Place | undefined, read: (place: Place) => T): T | null {
  return place === undefined || place.value === null ? null : read(place);
}
