import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testIo } from '../io.test-helper.ts';
import { main } from '../main.ts';
import { readSchema, violations } from '../../../test/json-schema.ts';
import { families } from '../../checks/table.ts';

const schema = readSchema('check-report');
const moment = (name: string): string =>
  fileURLToPath(new URL(`../../../test/fixtures/recorded/${name}.json.gz`, import.meta.url));
const broken = ['--snapshot', moment('broken/control-plane-removed-in-use')];
const healthy = ['--snapshot', moment('canary/10-canary-installed')];

async function run(...argv: string[]) {
  const { io, out, err } = testIo();
  const code = await main(['check', ...argv], { ...io, now: () => Date.UTC(2026, 10, 21) });
  return { code, out: out(), err: err() };
}

interface Report {
  readonly counts: Readonly<Record<string, number>>;
  readonly families: readonly { readonly checks: readonly { readonly id: string; readonly state: string }[] }[];
}
const json = async (...argv: string[]): Promise<Report> => JSON.parse((await run('-o', 'json', ...argv)).out) as Report;

describe('meshlift check', () => {
  it('ends with 3 when something blocks, and says on what, why, and what to do', async () => {
    const { code, out } = await run('--id', 'ML-W001', ...broken);

    expect(code).toBe(3);
    expect(out).toMatch(/^1 finding blocks the upgrade; no target was given\.\n/);
    expect(out).toContain('BLOCKS ML-W001 should be: every webhook of Istio calls a Service that exists');
    expect(out.replace(/\s+/g, ' ')).toContain(
      'ValidatingWebhookConfiguration istiod-default-validator: It calls Service istio-system/istiod-1-30-3, which does not exist. Every write of Istio configuration is refused',
    );
    expect(out).toContain('→ Install revision 1-30-3 again');
  });

  it('ends with 0 when all that is selected could be seen and nothing blocks', async () => {
    const { code, out, err } = await run('--family', 'webhooks', '--to', '1.30.3', '--wide', ...healthy);

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^Istio 1\.29\.6 → 1\.30\.3 by revision: nothing found that blocks or warns\.\n/);
    expect(out).toContain('ok     ML-W001 every webhook');
    expect(out).toContain('INFO   ML-W010');
  });

  it('ends with 6 when a check could not see what it needs', async () => {
    const { code, out } = await run('--id', 'ml-r006', ...healthy);

    expect(code).toBe(6);
    expect(out.replace(/\s+/g, ' ')).toContain('ML-R006: could not see installers (no object of this kind in the file');
  });

  it('ends with 6 for a version never heard of, and runs what needs no target', async () => {
    const { code, out, err } = await run('--family', 'webhooks', '--to', '1.99.1', ...healthy);

    expect(code).toBe(6);
    expect(err).toMatch(
      /^meshlift: nothing is known of Istio 1\.99\.1; known are 1\.18 to 1\.\d+\.\n {2}Add the release/,
    );
    expect(out).toContain('nothing is known of the target');
    expect(out.replace(/\s+/g, ' ')).toContain('ML-W010: could not see the target: nothing is known of Istio 1.99.1');
    expect((await run('--id', 'ML-W001', '--to', '1.99.1', ...healthy)).code).toBe(6);
    const { counts } = await json('--family', 'webhooks', '--to', '1.99.1', ...healthy);
    expect(counts).toMatchObject({ passed: 9, skipped: 1 });
  });

  it('counts what is ignored with a reason no more, and lists it', async () => {
    const only = ['--family', 'webhooks', ...broken];
    const { code, out } = await run('--ignore', 'ml-w001', '--reason', 'known, OPS-1', ...only);

    expect(code).toBe(0);
    expect(out).toMatch(
      /IGNORED\n {2}ML-W001 {2}ValidatingWebhookConfiguration istiod-default-validator {2}known, OPS-1/,
    );
    const other = await run('--ignore', 'ML-W001=Service a/b', '--reason', 'x', ...only);
    expect(other.code).toBe(3);
    expect(other.out).toContain('The ignore of ML-W001=Service a/b meets no finding any more.');
  });

  it.each([
    [['--id', 'ML-W01'], 'check ML-W01 is not known.', 'Did you mean ML-W00'],
    [['--family', 'webhook'], 'family webhook is not known.', 'Did you mean webhooks?'],
    [['--explain', 'ML-Z999'], 'check ML-Z999 is not known.', '--list'],
    [['--ignore', 'ML-W001'], '--ignore is given 1 times and --reason 0 times.', 'one --reason'],
    [['--ignore', 'ML-W001', '--reason', ' '], 'check ML-W001 is to be ignored without a reason.', '--reason TEXT'],
    [['--to', 'latest'], '"latest" is no version of Istio.', 'Write it like'],
    [['--strategy', 'sideways'], 'Allowed choices are revision, in-place', ''],
    [['--knowledge', '/nonexistent'], "can't be read", ''],
    [['--snapshot', '/nonexistent'], 'does not exist', ''],
  ])('%j ends with 2', async (argv, message, remedy) => {
    const { code, out, err } = await run(...argv);

    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
    expect(err).toContain(remedy);
  });

  it('explains every check, and lists all, without a cluster', async () => {
    for (const { checks } of families) {
      for (const { id, source } of checks) {
        const { code, out } = await run('--explain', id.toLowerCase());
        expect(code).toBe(0);
        expect(out).toContain(`${id}: `);
        expect(out.replace(/\s+/g, ' ')).toContain(source);
      }
    }
    const { out } = await run('--list');
    expect(out).toContain('ML-W001  blocks');
    expect(out.match(/ML-[A-Z]\d{3}/g)).toHaveLength(families.flatMap(({ checks }) => checks).length);
    const some = await run('--list', '--family', 'gateways', '--id', 'ml-w001');
    expect(some.out).toMatch(
      /^Webhooks.*\(webhooks\)\n {2}ML-W001 .*\n\nGateways \(gateways\)\n(?: {2}ML-G\d{3} .*\n)+$/,
    );
  });
});

describe('formats', () => {
  const argv = ['--to', '1.30.3', '--ignore', 'ML-R001', '--reason', 'on <purpose> & "so"', ...broken];

  it('JSON follows its schema, and YAML says the same', async () => {
    const all = [
      [...broken],
      [...healthy, '--to', '1.30'],
      [...healthy, '--to', '1.99.0'],
      argv,
      ['--snapshot', moment('ambient/10-istiod-upgraded'), '--to', '1.31'],
    ];
    for (const one of all) {
      const { out } = await run('-o', 'json', ...one);
      expect(violations(JSON.parse(out), schema)).toEqual([]);
      expect(parse((await run('-o', 'yaml', ...one)).out)).toEqual(JSON.parse(out));
    }
    expect(violations({ ...(await json(...broken)), novelty: 1 }, schema)).toEqual(['$.novelty: not described']);
  });

  it('counts add up', async () => {
    const { counts, families: groups } = await json(...argv);
    const { checks = 0, passed = 0, found = 0, ignored = 0, unseen = 0, skipped = 0, notAsked = 0 } = counts;

    expect(passed + found + ignored + unseen + skipped + notAsked).toBe(checks);
    expect(groups.flatMap((group) => group.checks)).toHaveLength(checks);
  });

  it('SARIF has a rule for each check, a result for each finding, and suppresses what is ignored', async () => {
    interface Log {
      readonly version: string;
      readonly runs: readonly {
        readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
        readonly results: readonly {
          readonly ruleId: string;
          readonly ruleIndex: number;
          readonly level: string;
          readonly suppressions?: readonly { readonly justification: string }[];
        }[];
        readonly invocations: readonly { readonly toolExecutionNotifications: readonly unknown[] }[];
      }[];
    }
    const log = JSON.parse((await run('-o', 'sarif', ...argv)).out) as Log;
    const [first] = log.runs;
    const rules = first?.tool.driver.rules ?? [];

    expect(log.version).toBe('2.1.0');
    expect(rules).toHaveLength(families.flatMap(({ checks }) => checks).length);
    for (const { ruleId, ruleIndex, level } of first?.results ?? []) {
      expect(rules[ruleIndex]?.id).toBe(ruleId);
      expect(['error', 'warning', 'note']).toContain(level);
    }
    expect(first?.results.find(({ ruleId }) => ruleId === 'ML-W001')).toMatchObject({ level: 'error' });
    const tag = first?.results.find(({ ruleId }) => ruleId === 'ML-R001');
    expect(tag?.suppressions).toEqual([{ kind: 'external', justification: 'on <purpose> & "so"' }]);
    expect(first?.invocations[0]?.toolExecutionNotifications.length).toBeGreaterThan(0);
  });

  it('JUnit is well formed: a test for each check, failures and skips as counted', async () => {
    const { code, out } = await run('-o', 'junit', ...argv);
    const tags = [...out.matchAll(/<(\/?)([a-z-]+)((?: [a-z]+="[^"<]*")*)(\/?)>/g)];
    const open: string[] = [];
    for (const [, closes, name = '', , closed] of tags) {
      if (closes === '/') expect(open.pop()).toBe(name);
      else if (closed !== '/') open.push(name);
    }

    expect(code).toBe(3);
    expect(open).toEqual([]);
    expect(out.replace(/<\?xml[^>]*>|<(\/?)([a-z-]+)((?: [a-z]+="[^"<]*")*)(\/?)>/g, '')).not.toMatch(/[<>]/);
    const count = (name: string): number => tags.filter(([, closes, tag]) => closes === '' && tag === name).length;
    const total = /<testsuites [^>]*tests="(\d+)" failures="(\d+)" errors="0" skipped="(\d+)"/.exec(out);
    expect(total?.slice(1).map(Number)).toEqual([count('testcase'), count('failure'), count('skipped')]);
    expect(count('failure')).toBeGreaterThan(0);
  });
});

describe('-f', () => {
  let directory = '';
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'meshlift-check-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  const policy = (...ignore: readonly string[]): Promise<string> => policyWith('ignore', ignore);

  async function policyWith(field: 'ignore' | 'overrides', entries: readonly string[]): Promise<string> {
    const file = join(directory, 'meshlift.yaml');
    const head = ['apiVersion: meshlift.dev/v1alpha1', 'kind: UpgradePolicy', `${field}:`];
    await writeFile(file, [...head, ...entries.map((one) => `  - ${one}`), ''].join('\n'));
    return file;
  }

  it('ignores what the policy ignores, with its reason, counted and recorded', async () => {
    const file = await policy('{ id: ml-w001, reason: "known, OPS-1" }');
    const argv = ['-f', file, '--id', 'ML-W001', ...broken];
    const { code, out } = await run(...argv);

    expect(code).toBe(0);
    expect(out).toMatch(/IGNORED\n +ML-W001 +ValidatingWebhookConfiguration istiod-default-validator +known, OPS-1\n/);
    const report = await json(...argv);
    expect(report.counts).toMatchObject({ ignored: 1, ignoredFindings: 1, blocks: 0 });
    expect(report.families[0]?.checks[0]).toMatchObject({
      state: 'ignored',
      ignored: [{ reason: 'known, OPS-1', severity: 'blocks' }],
    });
  });

  it.each([
    ['Istio*', 'found'],
    ['istiod-default-validator', 'ignored'],
    ['ValidatingWebhookConfiguration istiod-*', 'ignored'],
  ])('ignores the finding of one object alone: %s', async (object, state) => {
    const file = await policy(`{ id: ML-W001, object: "${object}", reason: a }`);
    const report = await json('-f', file, '--id', 'ML-W001', ...broken);

    expect(report.families[0]?.checks[0]?.state).toBe(state);
  });

  it('believes the policy that an application ends gracefully', async () => {
    const argv = ['--id', 'ML-F002', '--to', '1.30.3', ...healthy];
    expect((await json(...argv)).families[0]?.checks[0]).toMatchObject({ state: 'found' });
    const file = await policyWith('overrides', ['{ select: { names: [sto*] }, graceful: true, reason: OPS-7 }']);
    expect((await json('-f', file, ...argv)).families[0]?.checks[0]).toMatchObject({
      state: 'ignored',
      ignored: [{ object: { name: 'store' }, reason: 'the policy calls it graceful: OPS-7' }],
    });
    const other = await policyWith('overrides', ['{ select: { names: [web] }, graceful: true }']);
    const { out } = await run('-f', other, ...argv);
    expect(out).toContain('StatefulSet shop/store');
    expect(out).not.toContain('meets no finding any more');
  });

  it('tells of an ignore that meets nothing, but not of one whose check was not asked for', async () => {
    const file = await policy('{ id: ML-W004, reason: a }', '{ id: ML-P005, reason: b }');
    const { out } = await run('-f', file, '--id', 'ML-W004', ...broken);

    expect(out).toContain('The ignore of ML-W004 meets no finding any more.');
    expect(out).not.toContain('ML-P005');
  });

  it.each([
    ['{ id: ML-W01, reason: a }', 'line 4, column 11: ignore[0].id names check ML-W01, which is not known', 'ML-W001'],
    ['{ id: ML-W001 }', 'line 4, column 5: ignore[0] lacks reason', 'docs/policy.md'],
    ['{ id: ML-W001, reason: " " }', 'ignore[0].reason must be text that is not empty', 'docs/policy.md'],
  ])('refuses %s with its place', async (entry, words, remedy) => {
    const { code, out, err } = await run('-f', await policy(entry), ...broken);

    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(words);
    expect(err).toContain(remedy);
  });

  it('refuses a file that is not there, before anything is read', async () => {
    const { code, err } = await run('-f', join(directory, 'missing.yaml'), '--snapshot', 'nowhere');

    expect(code).toBe(2);
    expect(err).toContain("missing.yaml can't be read");
  });
});
