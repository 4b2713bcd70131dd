import { ApiFailure, badRequest } from './failure.ts';
import { frozen, isObject, sameJson, textAt, type JsonObject } from './json.ts';

/** Where an operation acts: the container, and the key in it. */
interface Place {
  readonly parent: JsonObject | unknown[];
  readonly key: string;
}

/** The document under way, and what in it is a copy already: the rest is shared with the target. */
interface Draft {
  document: unknown;
  readonly own: Set<unknown>;
}

/**
 * JSON patch (RFC 6902). Changes neither argument; the result shares with the target what no operation touches.
 * @throws ApiFailure 400 when the patch is malformed, 422 when an operation cannot be carried out or a test fails
 */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch))
    throw badRequest('error decoding patch: json: cannot unmarshal into Go value of type jsonpatch.Patch');
  const root: Draft = { document: target, own: new Set() };
  for (const operation of patch) carryOut(root, operation);
  return root.document;
}

function carryOut(root: Draft, operation: unknown): void {
  const path = textAt(operation, 'path');
  if (!isObject(operation) || path === undefined)
    throw badRequest('error decoding patch: an operation needs "op" and "path"');
  const place = find(root, path);
  switch (operation['op']) {
    case 'add':
      return add(place, frozen(valueOf(operation)));
    case 'replace':
      read(place);
      return set(place, frozen(valueOf(operation)));
    case 'remove':
      return remove(place);
    case 'test':
      if (!sameJson(readOr(place), valueOf(operation))) throw refused(`testing value ${path} failed: test failed`);
      return;
    case 'move':
      return move(root, operation, path);
    case 'copy':
      return add(place, frozen(read(find(root, from(operation)))));
    default:
      throw badRequest(`error decoding patch: Unexpected kind: ${String(operation['op'])}`);
  }
}

function valueOf(operation: JsonObject): unknown {
  if (!('value' in operation)) throw badRequest('error decoding patch: an operation needs "value"');
  return operation['value'];
}

function from(operation: JsonObject): string {
  const path = textAt(operation, 'from');
  if (path === undefined) throw badRequest('error decoding patch: an operation needs "from"');
  return path;
}

function move(root: Draft, operation: JsonObject, path: string): void {
  const source = find(root, from(operation));
  const value = read(source);
  remove(source);
  add(find(root, path), value);
}

const refused = (why: string) =>
  new ApiFailure(422, 'Invalid', 'the server rejected our request due to an error in our request', {
    causes: [{ reason: 'FieldValueInvalid', message: why }],
  });

/** The place of a pointer; every container on the way to it is made a copy that may be changed. */
function find(root: Draft, pointer: string): Place {
  if (pointer === '') return { parent: root as unknown as JsonObject, key: 'document' };
  if (!pointer.startsWith('/')) throw badRequest(`error decoding patch: ${JSON.stringify(pointer)} is no JSON pointer`);
  const keys = pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = keys.pop() ?? '';
  let parent = owned(root, { parent: root as unknown as JsonObject, key: 'document' }, pointer);
  for (const key of keys) parent = owned(root, { parent, key }, pointer);
  return { parent, key: last };
}

function owned(root: Draft, place: Place, pointer: string): Place['parent'] {
  const found = readOr(place);
  if (!isObject(found) && !Array.isArray(found)) throw refused(`doc is missing path: ${pointer}`);
  if (root.own.has(found)) return found;
  const copy = Array.isArray(found) ? [...(found as unknown[])] : { ...found };
  root.own.add(copy);
  set(place, copy);
  return copy;
}

function index(list: readonly unknown[], key: string, limit: number): number {
  const number = /^(0|[1-9]\d*)$/.test(key) ? Number(key) : -1;
  if (number < 0 || number > limit) throw refused(`invalid index ${key} in a list of ${list.length}`);
  return number;
}

function readOr(place: Place): unknown {
  const { parent, key } = place;
  if (!Array.isArray(parent)) return Object.hasOwn(parent, key) ? parent[key] : undefined;
  return parent[index(parent, key, parent.length - 1)];
}

function read(place: Place): unknown {
  const value = readOr(place);
  if (value === undefined) throw refused(`missing path: ${place.key}`);
  return value;
}

function set(place: Place, value: unknown): void {
  const { parent, key } = place;
  if (Array.isArray(parent)) parent[index(parent, key, parent.length - 1)] = value;
  else parent[key] = value;
}

function add(place: Place, value: unknown): void {
  const { parent, key } = place;
  if (!Array.isArray(parent)) parent[key] = value;
  else if (key === '-') parent.push(value);
  else parent.splice(index(parent, key, parent.length), 0, value);
}

function remove(place: Place): void {
  read(place);
  const { parent, key } = place;
  if (Array.isArray(parent)) parent.splice(index(parent, key, parent.length - 1), 1);
  else delete parent[key];
}
