import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { readSchema, subschemas, understood, violations } from '../../../test/json-schema.ts';
import { testIo } from '../io.test-helper.ts';
import { main } from '../main.ts';

const text = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../../docs/${path}`, import.meta.url)), 'utf8');
const schema = readSchema('knowledge');

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
    expect(violations({ ...document, date: undefined }, schema)).toContain('$.date: undefined instead of string');
  });

  it('refuses a report that lacks a field', async () => {
    const { move, ...rest } = { move: null, ...(await report('pairs')) };

    expect(move).toBeNull();
    expect(violations(rest, schema)).toContain('$: lacks move');
  });

  it('describes every field in words and closes every object', () => {
    for (const one of subschemas(schema)) {
      expect(Object.keys(one).filter((key) => !understood.has(key))).toEqual([]);
      if (one.$ref === undefined) expect(one.description, JSON.stringify(one)).toBeTruthy();
      if (one.properties !== undefined) expect(one.additionalProperties).toBe(false);
    }
  });
});
