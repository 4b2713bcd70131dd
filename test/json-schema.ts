/** Checks a document against a JSON Schema: the part of JSON Schema 2020-12 that the schemas in docs/schema use. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A schema, or a part of one. */
export interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly minimum?: number;
  readonly description?: string;
}

/** Keywords that `violations` checks, and those that need no check. */
export const understood: ReadonlySet<string> = new Set([
  ...['$schema', 'title', 'description', '$ref', '$defs', 'type', 'const', 'enum', 'oneOf', 'minimum'],
  ...['items', 'minItems', 'maxItems', 'properties', 'required', 'additionalProperties'],
]);

/** The schema of that name in docs/schema. */
export function readSchema(name: string): Schema {
  const file = fileURLToPath(new URL(`../docs/schema/${name}.schema.json`, import.meta.url));
  return JSON.parse(readFileSync(file, 'utf8')) as Schema;
}

/** What of `value` the schema `root` does not allow, each with its path; empty when it fits. */
export function violations(value: unknown, root: Schema): string[] {
  return check(value, root, root, '$');
}

/** A schema and all that it is made of. */
export function subschemas(one: Schema): readonly Schema[] {
  const { properties = {}, $defs = {}, oneOf = [], items, additionalProperties } = one;
  const free = typeof additionalProperties === 'object' ? [additionalProperties] : [];
  const below = [...Object.values(properties), ...Object.values($defs), ...oneOf, ...(items ? [items] : []), ...free];
  return [one, ...below.flatMap(subschemas)];
}

function check(value: unknown, given: Schema, root: Schema, path: string): string[] {
  const rule = given.$ref === undefined ? given : root.$defs?.[given.$ref.replace('#/$defs/', '')];
  if (rule === undefined) return [`${path}: unknown reference ${given.$ref ?? ''}`];
  const wrong = mismatch(value, rule) ?? outOfBounds(value, rule);
  if (wrong !== null) return [`${path}: ${wrong}`];
  if (rule.oneOf !== undefined) return notOne(value, rule.oneOf, root, path);
  const { items } = rule;
  if (Array.isArray(value) && items) return value.flatMap((one, index) => check(one, items, root, `${path}[${index}]`));
  return typeOf(value) === 'object' ? inObject({ ...(value as object) }, rule, root, path) : [];
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

function mismatch(value: unknown, rule: Schema): string | null {
  const found = typeOf(value);
  const types = [rule.type ?? found].flat();
  const fits = types.includes(found) || (found === 'integer' && types.includes('number'));
  if (!fits) return `${found} instead of ${types.join(' or ')}`;
  if (rule.const !== undefined && rule.const !== value) return `not ${String(rule.const)}`;
  return rule.enum === undefined || rule.enum.includes(value) ? null : `${String(value)} is not in the enum`;
}

function outOfBounds(
  value: unknown,
  { minimum = -Infinity, minItems = 0, maxItems = Infinity }: Schema,
): string | null {
  if (typeof value === 'number') return value < minimum ? 'below the minimum' : null;
  if (!Array.isArray(value)) return null;
  return value.length < minItems || value.length > maxItems ? `${value.length} items` : null;
}

// Why each alternative does not fit is only of use where there are few.
function notOne(value: unknown, oneOf: readonly Schema[], root: Schema, path: string): string[] {
  const found = oneOf.map((one) => check(value, one, root, path));
  const fitting = found.filter((wrong) => wrong.length === 0).length;
  if (fitting === 1) return [];
  const why = oneOf.length > 3 ? [] : found.flat();
  return [`${path}: fits ${fitting} of ${oneOf.length} alternatives`, ...why];
}

function inObject(value: Readonly<Record<string, unknown>>, rule: Schema, root: Schema, path: string): string[] {
  const missing = (rule.required ?? []).filter((name) => !(name in value)).map((name) => `${path}: lacks ${name}`);
  const wrong = Object.entries(value).flatMap(([name, one]) => {
    const known = rule.properties?.[name] ?? rule.additionalProperties ?? true;
    if (known === false) return [`${path}.${name}: not described`];
    return known === true ? [] : check(one, known, root, `${path}.${name}`);
  });
  return [...missing, ...wrong];
}
