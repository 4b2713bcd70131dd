import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readDocument } from '../../src/cli/document.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { defaultPolicy, type Policy } from '../../src/policy/policy.ts';

const page = readFileSync(new URL('../../docs/policy.md', import.meta.url), 'utf8');
const example = /<!-- example: policy -->\n```yaml\n([^]*?)```/.exec(page)?.[1] ?? '';

async function read(text: string): Promise<Policy> {
  const io = { readFile: () => Promise.resolve(Buffer.from(text)) };
  return parsePolicy(await readDocument('meshlift.yaml', io, 'docs/policy.md'));
}

/** Names of fields that hold no further named fields: 'pace.surgePods'. */
function leaves(value: unknown, path = ''): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, path === '' ? key : `${path}.${key}`));
}

/** Rows of the table under a heading: first and second cell. */
function rowsOf(heading: string): ReadonlyMap<string, string> {
  const [, after = ''] = page.split(`\n${heading}\n`);
  const [section = ''] = after.split(/\n#+ /);
  const rows = [...section.matchAll(/^\| `([^|]+)` \| ([^|]*?) \|/gm)];
  return new Map(
    rows.flatMap(([, names = '', value = '']) => names.split('`, `').map((name) => [name, value] as const)),
  );
}

describe('docs/policy.md', () => {
  it('lists every field with its default', () => {
    const fields = leaves(defaultPolicy).map(([name, value]) => [name, `\`${JSON.stringify(value)}\``]);
    expect([...rowsOf('## Every field')].sort()).toEqual(fields.sort());
  });

  it('has an example that uses every field and is read as it is written', async () => {
    const written = parse(example) as Policy & { apiVersion: string; kind: string };
    const { apiVersion, kind, ...sections } = written;
    expect([apiVersion, kind]).toEqual(['meshlift.dev/v1alpha1', 'UpgradePolicy']);
    const names = leaves(sections).map(([name]) => name);
    expect(names.sort()).toEqual(
      leaves(defaultPolicy)
        .map(([name]) => name)
        .sort(),
    );
    const policy = await read(example);
    const { gates, probes, ...rest } = sections;
    expect(policy).toMatchObject(rest);
    expect(policy.gates).toMatchObject(gates);
    expect(policy.probes).toMatchObject(probes);
  });

  it('says the defaults of a condition and of a probe', async () => {
    const policy = await read(
      [
        'apiVersion: meshlift.dev/v1alpha1',
        'kind: UpgradePolicy',
        'gates: { conditions: [{ name: n, url: "http://p:9090", query: q, below: 1 }] }',
        'probes: [{ url: "http://a/" }]',
      ].join('\n'),
    );
    const { interval, count, failureLimit } = policy.gates.conditions[0] ?? {};
    const conditions = rowsOf('### gates.conditions');
    expect(['interval', 'count', 'failureLimit'].map((name) => conditions.get(name))).toEqual(
      [interval, count, failureLimit].map((value) => `\`${value ?? ''}\``),
    );
    const { protocol, rate, maxFailed, headers } = policy.probes[0] ?? {};
    const rows = rowsOf('### probes');
    expect(['protocol', 'rate', 'maxFailed', 'headers'].map((name) => rows.get(name))).toEqual(
      [protocol, rate, maxFailed, JSON.stringify(headers)].map((value) => `\`${value ?? ''}\``),
    );
  });

  it('describes every field of conditions, probes and overrides that can be given, and no other', async () => {
    const known = async (text: string): Promise<string[]> => {
      const head = 'apiVersion: meshlift.dev/v1alpha1\nkind: UpgradePolicy\n';
      const refusal = await read(`${head}${text}`).catch((error: unknown) => error);
      const message = refusal instanceof Error ? refusal.message : '';
      return (/known are (.*)\.$/.exec(message)?.[1] ?? '').split(', ').sort();
    };
    const conditions = [...rowsOf('### gates.conditions').keys()].sort();
    expect(await known('gates: { conditions: [{ nope: 1 }] }')).toEqual(conditions);
    expect(await known('probes: [{ nope: 1 }]')).toEqual([...rowsOf('### probes').keys()].sort());
    const overrides = ['select', ...rowsOf('### overrides').keys()].sort();
    expect(await known('overrides: [{ nope: 1 }]')).toEqual(overrides);
  });
});
