/** Checks a document against a JSON Schema: the part of JSON Schema 2020-12 that our schemas use. */
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
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly minimum?: number;
  readonly description?: string;
}

/** The schema of that name in docs/schema. */
export function readSchema(name: string): Schema {
  const file = fileURLToPath(new URL(`../../docs/schema/${name}.schema.json`, import.meta.url));
  return JSON.parse(readFileSync(file, 'utf8')) as Schema;
}

/** What of `value` the schema does not allow, each with its path. */
export function violations(value: unknown, root: Schema, given: Schema = root, path = '$'): string[] {
  const rule = given.$ref === undefined ? given : (root.$defs?.[given.$ref.replace('#/$defs/', '')] ?? {});
  const wrong = mismatch(value, rule, root);
  if (wrong !== null) return [`${path}: ${wrong}`];
  const { items } = rule;
  if (Array.isArray(value) && items) {
    return value.flatMap((one, index) => violations(one, root, items, `${path}[${String(index)}]`));
  }
  return typeOf(value) === 'object' ? inObject({ ...(value as object) }, rule, root, path) : [];
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

function mismatch(value: unknown, rule: Schema, root: Schema): string | null {
  const { type, const: fixed, enum: allowed, oneOf, minimum } = rule;
  const types = [type ?? typeOf(value)].flat();
  if (!types.includes(typeOf(value))) return `${typeOf(value)} instead of ${types.join(' or ')}`;
  if (fixed !== undefined && fixed !== value) return `not ${String(fixed)}`;
  if (allowed !== undefined && !allowed.includes(value)) return `${String(value)} is not in the enum`;
  const fitting = oneOf?.filter((one) => violations(value, root, one).length === 0);
  if (fitting !== undefined && fitting.length !== 1) return 'not exactly one of the alternatives';
  return typeof value === 'number' && minimum !== undefined && value < minimum ? 'below the minimum' : null;
}

function inObject(value: Readonly<Record<string, unknown>>, rule: Schema, root: Schema, path: string): string[] {
  const missing = (rule.required ?? []).filter((name) => !(name in value)).map((name) => `${path}: lacks ${name}`);
  const wrong = Object.entries(value).flatMap(([name, one]) => {
    const known = rule.properties?.[name] ?? rule.additionalProperties ?? true;
    if (known === false) return [`${path}.${name}: not described`];
    return known === true ? [] : violations(one, root, known, `${path}.${name}`);
  });
  return [...missing, ...wrong];
}
