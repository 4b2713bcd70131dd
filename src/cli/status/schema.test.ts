import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { meshStatus } from '../../mesh/status.ts';
import { halfMoved, sidecar } from '../../mesh/status.test-helper.ts';
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
  readonly minimum?: number;
  readonly description?: string;
}

const root = fileURLToPath(new URL('../../../', import.meta.url));
const schema = JSON.parse(readFileSync(`${root}docs/schema/mesh-status.schema.json`, 'utf8')) as Schema;
const understood = new Set(
  '$schema title $ref $defs type const enum oneOf items properties required additionalProperties minimum description'.split(
    ' ',
  ),
);

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

/** What of `value` the schema does not allow: the part of JSON Schema 2020-12 that our document uses. */
function violations(value: unknown, given: Schema, path = '$'): string[] {
  const rule = given.$ref === undefined ? given : (schema.$defs?.[given.$ref.replace('#/$defs/', '')] ?? {});
  const wrong = mismatch(value, rule);
  if (wrong !== null) return [`${path}: ${wrong}`];
  const { items } = rule;
  if (Array.isArray(value) && items) return value.flatMap((one, index) => violations(one, items, `${path}[${index}]`));
  return typeOf(value) === 'object' ? inObject({ ...(value as object) }, rule, path) : [];
}

function mismatch(value: unknown, { type, const: fixed, enum: allowed, oneOf, minimum }: Schema): string | null {
  const types = [type ?? typeOf(value)].flat();
  if (!types.includes(typeOf(value))) return `${typeOf(value)} instead of ${types.join(' or ')}`;
  if (fixed !== undefined && fixed !== value) return `not ${String(fixed)}`;
  if (allowed !== undefined && !allowed.includes(value)) return `${String(value)} is not in the enum`;
  const fitting = oneOf?.filter((one) => violations(value, one).length === 0);
  if (fitting !== undefined && fitting.length !== 1) return 'not exactly one of the alternatives';
  return typeof value === 'number' && minimum !== undefined && value < minimum ? 'below the minimum' : null;
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

const moments = ['ambient', 'broken', 'canary', 'inplace'].flatMap((folder) =>
  readdirSync(`${root}test/fixtures/recorded/${folder}`)
    .filter((name) => name.endsWith('.json.gz') && !name.includes('.istiod.'))
    .map((name) => `${folder}/${name}`),
);

describe('JSON Schema of MeshStatus', () => {
  it.each(moments)('describes the output for %s', async (moment) => {
    const { io, out } = testIo();
    const code = await main(['status', '-o', 'json', '--snapshot', `${root}test/fixtures/recorded/${moment}`], io);

    expect(code).toBe(0);
    expect(violations(JSON.parse(out()), schema)).toEqual([]);
  });

  it('describes what no recording holds', () => {
    const lost = sidecar('lost', 'x', '1.30.3', { connected: false, stale: ['Listener'], version: null });
    const status = meshStatus(
      { ...halfMoved(), proxies: [lost] },
      { takenAt: 'now', toolVersion: '1', namespace: 'shop' },
    );

    expect(violations(JSON.parse(JSON.stringify(status)), schema)).toEqual([]);
  });

  it('refuses a field that it does not describe, a missing one and a wrong type', () => {
    const status: object = meshStatus(halfMoved(), { takenAt: 'now', toolVersion: '1' });

    expect(violations({ ...status, novelty: 1 }, schema)).toEqual(['$.novelty: not described']);
    expect(violations({ ...status, tags: undefined }, schema)).toEqual(['$.tags: undefined instead of array']);
    expect(violations({ ...status, defaultRevision: 3 }, schema)).toEqual([
      '$.defaultRevision: integer instead of string or null',
    ]);
  });

  it('describes every field in words, closes every object, and uses nothing that this test does not check', () => {
    for (const one of subschemas(schema)) {
      expect(Object.keys(one).filter((key) => !understood.has(key))).toEqual([]);
      if (one.$ref === undefined && one.type !== 'integer') expect(one.description, JSON.stringify(one)).toBeTruthy();
      if (one.properties !== undefined) {
        expect(one.additionalProperties).toBe(false);
        expect(one.required).toEqual(Object.keys(one.properties));
      }
    }
  });
});
