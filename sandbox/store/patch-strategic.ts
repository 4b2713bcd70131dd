import { badRequest } from './failure.ts';
import { isObject, sameJson, type JsonObject } from './json.ts';
import { childSchema, type FieldSchema } from './schema.ts';

/**
 * Strategic merge patch: like a merge patch, but lists with a merge key merge item by item, and the directives
 * `$patch: replace | delete | merge`, `$retainKeys`, `$deleteFromPrimitiveList/FIELD` and `$setElementOrder/FIELD` are
 * understood. The order of items follows `$setElementOrder` where it names them. Changes neither argument.
 * @throws ApiFailure 400 on an unknown directive or an item without its merge key
 */
export function strategicPatch(target: unknown, patch: unknown, schema: FieldSchema): unknown {
  if (!isObject(patch)) return patch;
  const directive = patch['$patch'];
  if (directive === 'replace') return strip(patch);
  if (directive === 'delete') return undefined;
  if (directive !== undefined && directive !== 'merge')
    throw badRequest(`Unknown patch type found: ${String(directive)}`);
  const result = retained(isObject(target) ? target : {}, patch['$retainKeys']);
  for (const [key, value] of Object.entries(patch)) {
    if (!key.startsWith('$')) patchField(result, key, value, schema);
    else applyListDirective(result, key, value);
  }
  for (const [key, order] of Object.entries(patch)) {
    if (key.startsWith(orderPrefix)) orderList(result, key.slice(orderPrefix.length), order, schema);
  }
  return result;
}

const orderPrefix = '$setElementOrder/';
const deletePrefix = '$deleteFromPrimitiveList/';

function patchField(result: JsonObject, key: string, value: unknown, schema: FieldSchema): void {
  if (value === null) {
    delete result[key];
    return;
  }
  const child = childSchema(schema, key);
  const merged = Array.isArray(value)
    ? patchList(result[key], value, child)
    : strategicPatch(result[key], value, child);
  if (merged === undefined) delete result[key];
  else result[key] = merged;
}

/** Keeps only the named fields; without names all. */
function retained(target: JsonObject, keys: unknown): JsonObject {
  if (!Array.isArray(keys)) return { ...target };
  return Object.fromEntries(Object.entries(target).filter(([key]) => keys.includes(key)));
}

function patchList(target: unknown, patch: readonly unknown[], schema: FieldSchema): unknown {
  const current: readonly unknown[] = Array.isArray(target) ? target : [];
  if (schema.mergeValues) return [...new Set([...current, ...patch])];
  if (!schema.mergeKey) return patch.map(strip);
  if (patch.some((item) => isObject(item) && item['$patch'] === 'replace')) {
    return patch.filter((item) => !(isObject(item) && item['$patch'] === 'replace')).map(strip);
  }
  return mergeItems(current, patch, schema.mergeKey, schema.each ?? {});
}

function mergeItems(
  current: readonly unknown[],
  patch: readonly unknown[],
  mergeKey: string,
  schema: FieldSchema,
): unknown[] {
  const result = [...current];
  for (const item of patch) {
    if (!isObject(item)) throw badRequest('list element is no object but the list merges by key');
    const id = item[mergeKey];
    if (id === undefined)
      throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${mergeKey}`);
    const index = result.findIndex((other) => isObject(other) && sameJson(other[mergeKey], id));
    if (item['$patch'] === 'delete') {
      if (index >= 0) result.splice(index, 1);
    } else if (index >= 0) result[index] = strategicPatch(result[index], item, schema);
    else result.push(strategicPatch({}, item, schema));
  }
  return result;
}

function applyListDirective(result: JsonObject, key: string, value: unknown): void {
  if (key === '$patch' || key === '$retainKeys' || key.startsWith(orderPrefix)) return;
  if (!key.startsWith(deletePrefix)) throw badRequest(`unknown patch directive ${key}`);
  const field = key.slice(deletePrefix.length);
  const current = result[field];
  if (Array.isArray(current) && Array.isArray(value)) result[field] = current.filter((item) => !value.includes(item));
}

/** Items that the order names come in its order; the others keep their place behind them. */
function orderList(result: JsonObject, field: string, order: unknown, schema: FieldSchema): void {
  const current = result[field];
  if (!Array.isArray(current) || !Array.isArray(order)) return;
  const mergeKey = childSchema(schema, field).mergeKey;
  const idOf = (item: unknown) => (mergeKey && isObject(item) ? item[mergeKey] : item);
  const rank = (item: unknown) => {
    const found = order.findIndex((entry) => sameJson(idOf(entry), idOf(item)));
    return found < 0 ? order.length : found;
  };
  result[field] = current
    .map((item: unknown, index) => ({ item, index, rank: rank(item) }))
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map((entry) => entry.item);
}

/** The value without directives. */
function strip(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(strip);
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([key, item]) => !key.startsWith('$') && item !== null);
  return Object.fromEntries(kept.map(([key, item]) => [key, strip(item)]));
}
