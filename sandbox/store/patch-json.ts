import { ApiFailure, badRequest } from './failure.ts';
import { isObject, sameJson, textAt, thawed, type JsonObject } from './json.ts';

/** Where an operation acts: the container, and the key in it. */
interface Place {
  readonly parent: JsonObject | unknown[];
  readonly key: string;
}

/**
 * JSON patch (RFC 6902). Changes neither argument.
 * @throws ApiFailure 400 when the patch is malformed, 422 when an operation cannot be carried out or a test fails
 */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch))
    throw badRequest('error decoding patch: json: cannot unmarshal into Go value of type jsonpatch.Patch');
  const root = { document: thawed(target) };
  for (const operation of patch) carryOut(root, operation);
  return root.document;
}

function carryOut(root: { document: unknown }, operation: unknown): void {
  const path = textAt(operation, 'path');
  if (!isObject(operation) || path === undefined)
    throw badRequest('error decoding patch: an operation needs "op" and "path"');
  const place = find(root, path);
  switch (operation['op']) {
    case 'add':
      return add(place, thawed(valueOf(operation)));
    case 'replace':
      read(place);
      return set(place, thawed(valueOf(operation)));
    case 'remove':
      return remove(place);
    case 'test':
      if (!sameJson(readOr(place), valueOf(operation))) throw refused(`testing value ${path} failed: test failed`);
      return;
    case 'move':
      return move(root, operation, path);
    case 'copy':
      return add(place, thawed(read(find(root, from(operation)))));
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

function move(root: { document: unknown }, operation: JsonObject, path: string): void {
  const source = find(root, from(operation));
  const value = read(source);
  remove(source);
  add(find(root, path), value);
}

const refused = (why: string) =>
  new ApiFailure(422, 'Invalid', 'the server rejected our request due to an error in our request', {
    causes: [{ reason: 'FieldValueInvalid', message: why }],
  });

function find(root: { document: unknown }, pointer: string): Place {
  if (pointer === '') return { parent: root as unknown as JsonObject, key: 'document' };
  if (!pointer.startsWith('/')) throw badRequest(`error decoding patch: ${JSON.stringify(pointer)} is no JSON pointer`);
  const keys = pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = keys.pop() ?? '';
  let current: unknown = root.document;
  for (const key of keys) {
    if (!isObject(current) && !Array.isArray(current)) throw refused(`doc is missing path: ${pointer}`);
    current = readOr({ parent: current, key });
  }
  if (!isObject(current) && !Array.isArray(current)) throw refused(`doc is missing path: ${pointer}`);
  return { parent: current, key: last };
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
