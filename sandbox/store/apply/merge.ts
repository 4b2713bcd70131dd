import { isObject, type JsonObject } from '../json.ts';
import { childSchema, type FieldSchema } from '../schema.ts';
import { childPath, itemElement, valueElement, type FieldSet } from './field-set.ts';

/** Lays an apply configuration over the live object: maps and keyed lists merge, everything else is replaced. */
export function mergeConfiguration(live: unknown, config: unknown, schema: FieldSchema): unknown {
  if (Array.isArray(config) && schema.list) return mergeLists(Array.isArray(live) ? live : [], config, schema);
  if (!isObject(config) || !isObject(live) || schema.atomic) return config;
  const result: JsonObject = { ...live };
  for (const [key, value] of Object.entries(config)) {
    if (value === null || value === undefined) delete result[key];
    else result[key] = mergeConfiguration(live[key], value, childSchema(schema, key));
  }
  return result;
}

/** Items of the configuration come in its order, those that only the live object has keep their place between them. */
function mergeLists(live: readonly unknown[], config: readonly unknown[], schema: FieldSchema): readonly unknown[] {
  const idOf = (item: unknown) => (schema.list === 'set' ? valueElement(item) : itemElement(item, schema));
  const liveById = new Map(live.map((item) => [idOf(item), item]));
  const merged = config.map((item) => ({
    id: idOf(item),
    item: mergeConfiguration(liveById.get(idOf(item)), item, schema.each ?? {}),
  }));
  const wanted = new Set(merged.map((entry) => entry.id));
  const result: unknown[] = [];
  let next = 0;
  for (const item of live) {
    if (!wanted.has(idOf(item))) result.push(item);
    else {
      const upTo = merged.findIndex((entry) => entry.id === idOf(item));
      for (; next <= upTo; next++) result.push(merged[next]?.item);
    }
  }
  return [...result, ...merged.slice(next).map((entry) => entry.item)];
}

/** The object without the fields of a set; what a removed path holds goes with it. A map that becomes empty goes too. */
export function withoutFields(object: JsonObject, schema: FieldSchema, removing: FieldSet): JsonObject {
  if (removing.size === 0) return object;
  return pruneMap(object, schema, '', removing, []);
}

function pruneMap(
  map: JsonObject,
  schema: FieldSchema,
  path: string,
  removing: FieldSet,
  keep: readonly string[],
): JsonObject {
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(map)) {
    const here = childPath(path, `f:${key}`);
    if (removing.has(here) && !keep.includes(key)) continue;
    const pruned = prune(value, childSchema(schema, key), here, removing);
    if (pruned !== undefined) result[key] = pruned;
  }
  return result;
}

function prune(value: unknown, schema: FieldSchema, path: string, removing: FieldSet): unknown {
  if (Array.isArray(value)) return schema.list ? pruneList(value, schema, path, removing) : value;
  if (!isObject(value) || schema.atomic) return value;
  const result = pruneMap(value, schema, path, removing, []);
  return Object.keys(result).length === 0 && Object.keys(value).length > 0 ? undefined : result;
}

function pruneList(list: readonly unknown[], schema: FieldSchema, path: string, removing: FieldSet): unknown {
  const result: unknown[] = [];
  for (const item of list) {
    const element = schema.list === 'set' ? valueElement(item) : itemElement(item, schema);
    const here = childPath(path, element);
    if (removing.has(here)) continue;
    result.push(isObject(item) ? pruneMap(item, schema.each ?? {}, here, removing, schema.keys ?? []) : item);
  }
  return result.length === 0 && list.length > 0 ? undefined : result;
}
