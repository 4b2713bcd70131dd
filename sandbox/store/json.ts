import { isDeepStrictEqual } from 'node:util';

/** A JSON object whose fields nobody has checked. */
export type JsonObject = Record<string, unknown>;

/** True for a JSON object; false for null, lists and scalars. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * A frozen copy of plain JSON, without fields that are `undefined`. What is frozen already is shared, not copied: the
 * store only ever holds deeply frozen values, so a caller that freezes only the top of an object breaks this.
 */
export function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (Array.isArray(value)) return Object.freeze(value.map((item: unknown) => frozen(item))) as T;
  const copy: JsonObject = {};
  for (const [key, item] of Object.entries(value)) if (item !== undefined) copy[key] = frozen(item as unknown);
  return Object.freeze(copy) as T;
}

/** A deep copy that may be changed, without fields that are `undefined`. */
export function thawed<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => thawed(item)) as T;
  const copy: JsonObject = {};
  for (const [key, item] of Object.entries(value)) if (item !== undefined) copy[key] = thawed(item as unknown);
  return copy as T;
}

/** Equal as JSON. The same reference is equal at once, which makes it cheap where versions of an object share parts. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => sameJson(item, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return isDeepStrictEqual(a, b);
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => key in b && sameJson(a[key], b[key]));
}

/** The value at a path of field names, undefined where something on the way is no object. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let current = value;
  for (const key of path) {
    if (!isObject(current)) return undefined;
    current = current[key];
  }
  return current;
}

/** Like `at`, for a value that is only of use as an object. */
export function objectAt(value: unknown, ...path: readonly string[]): JsonObject | undefined {
  const found = at(value, ...path);
  return isObject(found) ? found : undefined;
}

/** Like `at`, for a list of objects; what is no object in it is left out. */
export function objectsAt(value: unknown, ...path: readonly string[]): readonly JsonObject[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found.filter(isObject) : [];
}

/** Like `at`, for text. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

/** Like `at`, for a number. */
export function numberAt(value: unknown, ...path: readonly string[]): number | undefined {
  const found = at(value, ...path);
  return typeof found === 'number' ? found : undefined;
}

/** The object without some of its fields. */
export function without<T extends object, K extends keyof T>(object: T, ...fields: readonly K[]): Omit<T, K> {
  const rest = { ...object };
  for (const field of fields) Reflect.deleteProperty(rest, field);
  return rest;
}
