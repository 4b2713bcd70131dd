import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testIo } from '../io.test-helper.ts';
import { main } from '../main.ts';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'meshlift-knowledge-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function run(...argv: string[]) {
  const { io, out, err } = testIo();
  const code = await main(['knowledge', ...argv], { ...io, now: () => Date.UTC(2026, 11, 3) });
  return { code, out: out(), err: err() };
}

async function file(name: string, text: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
}

/** An example of docs/knowledge.md, word for word. */
async function example(name: string): Promise<string> {
  const page = await readFile(fileURLToPath(new URL('../../../docs/knowledge.md', import.meta.url)), 'utf8');
  const text = page.split(`<!-- example: ${name} -->\n\`\`\`yaml\n`)[1]?.split('```')[0];
  if (text === undefined) throw new Error(`docs/knowledge.md has no example ${name}`);
  return file(`${name.replaceAll(' ', '-')}.yaml`, text);
}

describe('meshlift knowledge', () => {
  it('says what it knows and how old that is', async () => {
    const { code, out, err } = await run();

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^What is known of Istio 1\.18 to 1\.31\.\nBuilt in, of 2026-09-21, 73 days ago\.\n/);
    expect(out).toMatch(/\n {2}1\.29 {3}1\.29\.8 +2026-02-16 /);
    expect(out).toContain('CHANGES OF BEHAVIOUR (66)');
    expect(out).toContain('flags; see them with "meshlift knowledge flags"');
  });

  it('says when a newer Istio is likely, and when the clock is wrong', async () => {
    const at = async (now: number) => {
      const { io, out } = testIo();
      await main(['knowledge', 'pairs'], { ...io, now: () => now });
      return out().replaceAll('\n', ' ');
    };

    expect(await at(Date.UTC(2027, 0, 19))).not.toContain('newer Istio is likely');
    expect(await at(Date.UTC(2027, 0, 20))).toContain('121 days ago. A newer Istio is likely');
    expect(await at(Date.UTC(2026, 0, 2))).toContain(
      'of 2026-09-21, a day that the clock of this machine has not reached.',
    );
  });

  it('shows what a move meets: ways, releases between, changes, flags, pairs', async () => {
    const { code, out } = await run('--from', '1.28.6', '--to', '1.30');

    expect(code).toBe(0);
    expect(out).toContain('What is known of a move from Istio 1.28.6 to 1.30.5.');
    expect(out).toContain('by revision  1.28.6 → 1.30.5\n');
    expect(out).toContain('in place     1.28.6 → 1.29.8 → 1.30.5\n');
    expect(out).not.toContain('  1.27  ');
    expect(out).not.toContain('Sidecars are native');
    expect(out).toMatch(/high {4}1\.30\.0 {2}Images come from registry\.istio\.io by default/);
    expect(out).toMatch(/new +DISABLE_TRACK_REMAINING_CB_METRICS +true/);
    expect(out).toContain('empties managed gateways');
  });

  it('shows one part whole', async () => {
    const { out } = await run('changes', '--from', '1.20.8', '--to', '1.21.6');

    expect(out).toContain('id: auto-sni');
    expect(out).toContain('Old behaviour: istiod with ENABLE_AUTO_SNI=false, up to below 1.26.0.');
    expect(out).not.toContain('RELEASES');
    expect((await run('flags')).out).toMatch(/ {2}ENABLE_AUTO_SNI +1\.18 false → 1\.21 true → 1\.26 removed\n/);
    expect((await run('pairs')).out).toMatch(
      /proxy-control-plane: from below 1\.29\.2 to 1\.29\.2 to below 1\.29\.5 or/,
    );
  });

  it('prints the same as JSON and as YAML', async () => {
    const { parse } = await import('yaml');
    const argv = ['--from', '1.30.5', '--to', '1.29.8'];
    const json: unknown = JSON.parse((await run(...argv, '-o', 'json')).out);

    expect(parse((await run(...argv, '-o', 'yaml')).out)).toEqual(json);
    expect(json).toMatchObject({ kind: 'KnowledgeReport', move: { from: '1.30.5', to: '1.29.8' }, flags: null });
    expect((json as { changes: { direction: string }[] }).changes.every((one) => one.direction === 'leaves')).toBe(
      true,
    );
  });

  it.each([
    [['--from', '1.12.3'], 'nothing is known of Istio 1.12.3.'],
    [['--from', '1.30.5', '--to', '1.40.0'], 'nothing is known of Istio 1.40.0.'],
  ])('%j: ends with 6 and says what to do', async (argv, words) => {
    const { code, out, err } = await run(...argv);

    expect(code).toBe(6);
    expect(out).toBe('');
    expect(err).toBe(`meshlift: ${words}\n  Add it with --knowledge FILE, or use a newer meshlift.\n`);
  });

  it.each([
    [['--to', '1.30.5'], 'nothing says where it begins'],
    [['--from', 'latest'], '"latest" is no version of Istio'],
    [['graphs'], 'Allowed choices are releases, changes, flags, pairs'],
    [['--knowledge', '/nonexistent/file'], "can't be read"],
  ])('%j: ends with 2', async (argv, words) => {
    const { code, err } = await run(...argv);

    expect(code).toBe(2);
    expect(err).toContain(words);
  });
});

describe('--knowledge', () => {
  it('takes the example of a new release, and knows a way to it', async () => {
    const { code, out } = await run('--knowledge', await example('new release'), '--from', '1.30.5');

    expect(code).toBe(0);
    expect(out).toContain('by revision  1.30.5 → 1.32.0\n');
    expect(out).toMatch(/new-release\.yaml of\s2026-12-02/);
    expect(out).toMatch(/1\.30 +1\.30\.7 +2026-05-18 +until 2027-01-12/);
    expect(out).toMatch(/default +PILOT_ENABLE_IP_AUTOALLOCATE +true → false/);
  });

  it('takes the example of changes and pairs', async () => {
    const { out } = await run('--knowledge', await example('changes and pairs'), '--from', '1.30.5', '--to', '1.31.4');

    expect(out).toMatch(/high {4}1\.32\.0 {2}Routes without a timeout get one of 15 s/);
  });

  it('does not know the flags of a release without them: 6 when they are asked for, words when not', async () => {
    const text = (await readFile(await example('new release'), 'utf8')).split('flags:')[0] ?? '';
    const without = ['--knowledge', await file('without.yaml', text), '--from', '1.31.1', '--to', '1.32.0'];

    expect(await run('flags', ...without)).toMatchObject({
      code: 6,
      err: expect.stringContaining('nothing is known of the flags of Istio 1.31.1 or 1.32.0'),
    });
    expect(await run(...without)).toMatchObject({
      code: 0,
      out: expect.stringContaining('not known for 1.31.1 or 1.32.0'),
    });
  });

  const head = 'apiVersion: meshlift.dev/v1alpha1\nkind: Knowledge\ndate: 2026-12-02\nsource: x\n';

  it.each([
    ['a field of a list', `${head}releases:\n  - minor: 1.30\n`, 'line 6, column 12: releases[0].minor must be text'],
    ['what is missing', `${head}releases:\n  - minor: "1.32"\n`, 'line 6, column 5: releases[0] lacks released'],
    [
      'a key that it does not know, not of its value',
      `${head}releases:\n  - minor: "1.32"\n    relesed:\n      - 2026-11-01\n`,
      'line 7, column 5: releases[0].relesed is no field that meshlift knows; known are minor, released',
    ],
    ['such a key at the top', `${head}changs:\n`, 'line 5, column 1: changs is no field that meshlift knows'],
    ['no YAML', 'a: [1\nb: 2\n', 'line 2, column'],
    ['a key twice', 'kind: Knowledge\nkind: Knowledge\n', 'line 2, column 1: '],
    ['JSON', '{\n  "apiVersion": "v1"\n}', 'line 2, column 17: apiVersion must be one of meshlift.dev/v1alpha1'],
    ['nothing', '', 'line 1, column 1: the document must be an object'],
  ])('names line and column of %s', async (_what, text, words) => {
    const { code, out, err } = await run('--knowledge', await file('bad.yaml', text));

    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain(`bad.yaml, ${words}`);
  });
});
