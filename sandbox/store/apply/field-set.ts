import { isObject, sameJson, type JsonObject } from '../json.ts';
import { childSchema, type FieldSchema } from '../schema.ts';

/**
 * A set of fields. Each is a path of FieldsV1 elements ('f:spec', 'k:{"name":"app"}', 'v:"finalizer"') joined by
 * line feeds. Containers are members only where they are list items, atomic or empty.
 */
export type FieldSet = ReadonlySet<string>;

const joint = '\n';

/** The path of a child. */
export function childPath(path: string, element: string): string {
  return path ? `${path}${joint}${element}` : element;
}

/** The element of an item of a list that merges by keys: its keys in alphabetical order. */
export function itemElement(item: unknown, schema: FieldSchema): string {
  const keys: JsonObject = {};
  for (const key of [...(schema.keys ?? [])].sort()) {
    keys[key] = (isObject(item) ? item[key] : undefined) ?? schema.keyDefaults?.[key] ?? null;
  }
  return `k:${JSON.stringify(keys)}`;
}

/** The element of a value of a set. */
export function valueElement(value: unknown): string {
  return `v:${JSON.stringify(value)}`;
}

/** Every field of an object with its value: what applying the object would own. */
export function fieldsOf(object: unknown, schema: FieldSchema): Map<string, unknown> {
  const found = new Map<string, unknown>();
  collect(object, schema, '', found);
  return found;
}

function collect(value: unknown, schema: FieldSchema, path: string, found: Map<string, unknown>): void {
  if (Array.isArray(value)) return collectList(value, schema, path, found);
  if (!isObject(value) || schema.atomic || (path && Object.keys(value).length === 0)) {
    found.set(path, value);
    return;
  }
  for (const [key, item] of Object.entries(value)) {
    if (item !== undefined) collect(item, childSchema(schema, key), childPath(path, `f:${key}`), found);
  }
}

function collectList(list: readonly unknown[], schema: FieldSchema, path: string, found: Map<string, unknown>): void {
  if (!schema.list) {
    found.set(path, list);
    return;
  }
  for (const item of list) {
    if (schema.list === 'set') {
      found.set(childPath(path, valueElement(item)), item);
      continue;
    }
    const itemPath = childPath(path, itemElement(item, schema));
    found.set(itemPath, true);
    collect(item, schema.each ?? {}, itemPath, found);
  }
}

/** What a write did to the fields of an object. */
export interface FieldChanges {
  /** New or with another value. */
  readonly changed: FieldSet;
  readonly removed: FieldSet;
}

/** Compares two states of an object. */
export function compareFields(before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>): FieldChanges {
  const changed = new Set<string>();
  const removed = new Set<string>();
  for (const [path, value] of after) if (!before.has(path) || !sameJson(before.get(path), value)) changed.add(path);
  for (const path of before.keys()) if (!after.has(path)) removed.add(path);
  return { changed, removed };
}

/** The members with every path above them. */
export function withParents(sets: Iterable<FieldSet>): Set<string> {
  const all = new Set<string>();
  for (const set of sets) {
    for (const path of set) {
      for (let end = path.length; end > 0 && !all.has(path.slice(0, end)); end = path.lastIndexOf(joint, end - 1)) {
        all.add(path.slice(0, end));
      }
    }
  }
  return all;
}

/** FieldsV1 JSON of a set. */
export function encodeFields(set: FieldSet): JsonObject {
  const root: JsonObject = {};
  for (const path of [...set].sort()) {
    let node = root;
    for (const element of path.split(joint)) {
      const next = node[element];
      const child: JsonObject = isObject(next) ? next : {};
      node[element] = child;
      node = child;
    }
    node['.'] = {};
  }
  return simplified(root);
}

/** A member without members below is written `{}`, not `{".": {}}`. */
function simplified(node: JsonObject): JsonObject {
  const keys = Object.keys(node).sort();
  if (keys.length === 1 && keys[0] === '.') return {};
  return Object.fromEntries(keys.map((key) => [key, key === '.' ? {} : simplified(node[key] as JsonObject)]));
}

/** The set of FieldsV1 JSON. */
export function decodeFields(fields: unknown): Set<string> {
  const set = new Set<string>();
  if (isObject(fields)) decodeInto(fields, '', set);
  return set;
}

function decodeInto(node: JsonObject, path: string, set: Set<string>): void {
  for (const [element, child] of Object.entries(node)) {
    if (element === '.') {
      if (path) set.add(path);
    } else if (isObject(child) && Object.keys(child).length > 0) decodeInto(child, childPath(path, element), set);
    else set.add(childPath(path, element));
  }
}

/** A path as messages print it: `.spec.containers[name="app"].image`. */
export function printPath(path: string): string {
  return path.split(joint).map(printElement).join('');
}

function printElement(element: string): string {
  const rest = element.slice(2);
  if (element.startsWith('f:')) return `.${rest}`;
  if (element.startsWith('v:')) return `[=${rest}]`;
  const keys = Object.entries(JSON.parse(rest) as JsonObject);
  return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
}
