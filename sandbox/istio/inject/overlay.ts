import { isObject, type JsonObject } from '../../store/json.ts';

/** What tells the entries of a container's lists apart (API reference, patchMergeKey). */
const keys: Readonly<Record<string, string>> = { env: 'name', ports: 'containerPort', volumeMounts: 'mountPath' };

function mergedLists(under: readonly unknown[], over: readonly unknown[], key: string): unknown[] {
  const keyOf = (item: unknown): unknown => (isObject(item) ? item[key] : item);
  const changes = new Map(over.map((item) => [keyOf(item), item]));
  const known = new Set(under.map(keyOf));
  return [...under.map((item) => changes.get(keyOf(item)) ?? item), ...over.filter((item) => !known.has(keyOf(item)))];
}

/** The template's container with what the user's container of the same name says; image 'auto' says nothing. */
export function overlaid(template: JsonObject, own: JsonObject): JsonObject {
  const result: JsonObject = { ...template };
  for (const [field, value] of Object.entries(own)) {
    const old = result[field];
    const key = keys[field];
    if (field === 'image' && value === 'auto') continue;
    if (Array.isArray(old) && Array.isArray(value) && key !== undefined) result[field] = mergedLists(old, value, key);
    else result[field] = isObject(old) && isObject(value) ? overlaid(old, value) : value;
  }
  return result;
}

/** A user's container as annotation proxy.istio.io/overrides keeps it: without the image that says nothing. */
export function withoutAutoImage(container: JsonObject): JsonObject {
  const { image, ...rest } = container;
  return image === 'auto' ? rest : container;
}
