/** The part of JSON Schema 2020-12 that the project's documents use. */
export interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly minimum?: number;
  readonly description?: string;
}

/** Keywords that `violations` checks, and those that need no check. */
export const understood: ReadonlySet<string> = new Set([
  ...['$schema', 'title', 'description', '$ref', '$defs', 'type', 'const', 'enum', 'minimum'],
  ...['items', 'minItems', 'maxItems', 'properties', 'required', 'additionalProperties'],
]);

/** What of `value` the schema `root` does not allow, each with its path; empty when it fits. */
export function violations(value: unknown, root: Schema): string[] {
  return check(value, root, root, '$');
}

/** A schema and all that it is made of. */
export function subschemas(schema: Schema): Schema[] {
  const { properties = {}, $defs = {}, items } = schema;
  const children = [...Object.values(properties), ...Object.values($defs), ...(items ? [items] : [])];
  return [schema, ...children.flatMap(subschemas)];
}

function check(value: unknown, given: Schema, root: Schema, path: string): string[] {
  const rule = resolve(given, root);
  const wrong = rule === undefined ? `unknown reference ${given.$ref ?? ''}` : mismatch(value, rule);
  if (wrong !== undefined || rule === undefined) return [`${path}: ${wrong ?? ''}`];
  const { items } = rule;
  if (Array.isArray(value) && items) {
    return value.flatMap((one, index) => check(one, items, root, `${path}[${index}]`));
  }
  return typeOf(value) === 'object' ? checkObject({ ...(value as object) }, rule, root, path) : [];
}

function resolve(given: Schema, root: Schema): Schema | undefined {
  return given.$ref === undefined ? given : root.$defs?.[given.$ref.replace('#/$defs/', '')];
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

function mismatch(value: unknown, rule: Schema): string | undefined {
  const found = typeOf(value);
  const types = [rule.type ?? found].flat();
  const fits = types.includes(found) || (found === 'integer' && types.includes('number'));
  if (!fits) return `${found} instead of ${types.join(' or ')}`;
  if (rule.const !== undefined && rule.const !== value) return `not ${String(rule.const)}`;
  if (rule.enum !== undefined && !rule.enum.includes(value)) return `${String(value)} is not in the enum`;
  return outOfBounds(value, rule);
}

function outOfBounds(value: unknown, rule: Schema): string | undefined {
  const { minimum = -Infinity, minItems = 0, maxItems = Infinity } = rule;
  if (typeof value === 'number') return value < minimum ? 'below the minimum' : undefined;
  if (!Array.isArray(value)) return undefined;
  return value.length < minItems || value.length > maxItems ? `${value.length} items` : undefined;
}

function checkObject(value: Readonly<Record<string, unknown>>, rule: Schema, root: Schema, path: string): string[] {
  const missing = (rule.required ?? []).filter((name) => !(name in value)).map((name) => `${path}: lacks ${name}`);
  const wrong = Object.entries(value).flatMap(([name, one]) => {
    const known = rule.properties?.[name];
    if (known) return check(one, known, root, `${path}.${name}`);
    return rule.additionalProperties === false ? [`${path}.${name}: not described`] : [];
  });
  return [...missing, ...wrong];
}
