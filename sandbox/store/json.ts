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
  return Object.freeze(copied(value, frozen)) as T;
}

/** A deep copy that may be changed, without fields that are `undefined`. */
export function thawed<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  return copied(value, thawed) as T;
}

/** A copy with copies of what is inside. Spread and overwritten: a copy keeps its shape, one made field by field does not. */
function copied(value: object, inner: (value: unknown) => unknown): unknown {
  if (Array.isArray(value)) {
    const list: unknown[] = [...value];
    for (let index = 0; index < list.length; index += 1) list[index] = inner(list[index]);
    return list;
  }
  const copy: JsonObject = { ...value };
  for (const key of Object.keys(copy)) {
    const item = copy[key];
    if (typeof item === 'object' && item !== null) copy[key] = inner(item);
    else if (item === undefined) Reflect.deleteProperty(copy, key);
  }
  return copy;
}

/** A copy whose own fields may be changed; what is in them is frozen. Without fields that are `undefined`. */
export function loosened<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  return copied(value, frozen) as T;
}

/**
 * Freezes what the caller alone holds, in place: cheaper than `frozen`. Fields that are `undefined` go. What is frozen
 * already counts as frozen to its ground.
 */
export function sealed<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const key of Object.keys(value)) {
    const item = (value as JsonObject)[key];
    if (typeof item === 'object') sealed(item);
    else if (item === undefined && !Array.isArray(value)) Reflect.deleteProperty(value, key);
  }
  return Object.freeze(value);
}

/** Equal as JSON. The same reference is equal at once, which makes it cheap where versions of an object share parts. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => sameJson(item, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  for (const key of keys) if (a[key] !== b[key] && !(key in b && sameJson(a[key], b[key]))) return false;
  return true;
}

/**
 * A copy with other or further fields, made field by field. V8 gives a spread copy that gets further fields a hidden class of
 * its own, time and again, and looks at objects of many classes are slow: what is kept for long and copied often is made by this.
 */
export function withFields(object: object, fields: object): JsonObject {
  const result: JsonObject = {};
  for (const source of [object, fields] as readonly JsonObject[]) {
    for (const key of Object.keys(source)) result[key] = source[key];
  }
  return result;
}

/** `next` with what equals a part of `like` replaced by that very part, field by field of an object: one copy for both. */
export function sharing(next: JsonObject, like: JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const key of Object.keys(next)) result[key] = sameJson(next[key], like[key]) ? like[key] : next[key];
  return result;
}

/** The value at a path of field names, undefined where something on the way is no object. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return walk(value, path);
}

function walk(value: unknown, path: readonly string[]): unknown {
  let current = value;
  for (const key of path) {
    if (!isObject(current)) return undefined;
    current = current[key];
  }
  return current;
}

/** Like `at`, for a value that is only of use as an object. */
export function objectAt(value: unknown, ...path: readonly string[]): JsonObject | undefined {
  const found = walk(value, path);
  return isObject(found) ? found : undefined;
}

const nothing: readonly JsonObject[] = Object.freeze([]);

/** Like `at`, for a list of objects; what is no object in it is left out. */
export function objectsAt(value: unknown, ...path: readonly string[]): readonly JsonObject[] {
  const found = walk(value, path);
  if (!Array.isArray(found)) return nothing;
  for (const item of found) if (!isObject(item)) return found.filter(isObject);
  return found as readonly JsonObject[];
}

/** Like `at`, for text. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = walk(value, path);
  return typeof found === 'string' ? found : undefined;
}

/** Like `at`, for a number. */
export function numberAt(value: unknown, ...path: readonly string[]): number | undefined {
  const found = walk(value, path);
  return typeof found === 'number' ? found : undefined;
}

/** The object without some of its fields. */
export function without<T extends object, K extends keyof T>(object: T, ...fields: readonly K[]): Omit<T, K> {
  const rest = { ...object };
  for (const field of fields) Reflect.deleteProperty(rest, field);
  return rest;
}
