import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { testIo } from '../io.test-helper.ts';
import { main } from '../main.ts';

interface Schema {
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
  readonly description?: string;
}

const text = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../../docs/${path}`, import.meta.url)), 'utf8');
const schema = JSON.parse(text('schema/knowledge.schema.json')) as Schema;

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

/** What of `value` the schema does not allow: the part of JSON Schema 2020-12 that ours uses. */
function violations(value: unknown, given: Schema, path = '$'): string[] {
  const rule = given.$ref === undefined ? given : (schema.$defs?.[given.$ref.replace('#/$defs/', '')] ?? { enum: [] });
  const { type, const: fixed, enum: allowed, oneOf, items } = rule;
  if (type !== undefined && ![type].flat().includes(typeOf(value))) return [`${path}: is ${typeOf(value)}`];
  if (fixed !== undefined && fixed !== value) return [`${path}: is not ${String(fixed)}`];
  if (allowed !== undefined && !allowed.includes(value)) return [`${path}: is not in the enum`];
  if (oneOf !== undefined) return notOne(value, oneOf, path);
  if (Array.isArray(value) && items) return value.flatMap((one, index) => violations(one, items, `${path}[${index}]`));
  return typeOf(value) === 'object' ? inObject({ ...(value as object) }, rule, path) : [];
}

function notOne(value: unknown, oneOf: readonly Schema[], path: string): string[] {
  const found = oneOf.map((one) => violations(value, one, path));
  const fitting = found.filter((wrong) => wrong.length === 0).length;
  return fitting === 1 ? [] : [`${path}: fits ${fitting} alternatives`, ...found.flat()];
}

function inObject(value: Readonly<Record<string, unknown>>, rule: Schema, path: string): string[] {
  const missing = (rule.required ?? []).filter((name) => !(name in value)).map((name) => `${path}: lacks ${name}`);
  const wrong = Object.entries(value).flatMap(([name, one]) => {
    const known = rule.properties?.[name] ?? rule.additionalProperties ?? true;
    if (known === false) return [`${path}.${name}: not described`];
    return known === true ? [] : violations(one, known, `${path}.${name}`);
  });
  return [...missing, ...wrong];
}

function subschemas(one: Schema): Schema[] {
  const { properties = {}, $defs = {}, oneOf = [], items, additionalProperties } = one;
  const nested = typeof additionalProperties === 'object' ? [additionalProperties] : [];
  const children = [
    ...Object.values(properties),
    ...Object.values($defs),
    ...oneOf,
    ...(items ? [items] : []),
    ...nested,
  ];
  return [one, ...children.flatMap(subschemas)];
}

async function report(...argv: string[]): Promise<object> {
  const { io, out } = testIo();
  expect(await main(['knowledge', ...argv, '-o', 'json'], io)).toBe(0);
  return JSON.parse(out()) as object;
}

const examples = [...text('knowledge.md').matchAll(/<!-- example: (.*) -->\n```yaml\n([^]*?)```/g)].map(
  ([, name = '', yaml = '']) => [name, parse(yaml) as object] as const,
);

describe('schema of knowledge', () => {
  it.each<[string[]]>([
    [[]],
    [['flags']],
    [['--from', '1.24.6', '--to', '1.31.1']],
    [['--from', '1.31.1', '--to', '1.21.6']],
    [['changes', '--from', '1.20.8', '--to', '1.21.6']],
  ])('describes the output of %j', async (argv) => {
    expect(violations(await report(...argv), schema)).toEqual([]);
  });

  it('has the two examples of the page to check', () => {
    expect(examples.map(([name]) => name)).toEqual(['new release', 'changes and pairs']);
  });

  it.each(examples)('describes the example %s', (_name, document) => {
    expect(violations(document, schema)).toEqual([]);
    expect(violations({ ...document, novelty: 1 }, schema)).toContain('$.novelty: not described');
    expect(violations({ ...document, date: undefined }, schema)).toContain('$.date: is undefined');
  });

  it('refuses a report that lacks a field', async () => {
    const { move, ...rest } = { move: null, ...(await report('pairs')) };

    expect(move).toBeNull();
    expect(violations(rest, schema)).toContain('$: lacks move');
  });

  it('describes every field in words and closes every object', () => {
    for (const one of subschemas(schema)) {
      if (one.$ref === undefined) expect(one.description, JSON.stringify(one)).toBeTruthy();
      if (one.properties !== undefined) expect(one.additionalProperties).toBe(false);
    }
  });
});
