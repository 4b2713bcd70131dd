import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { roleNames } from '../../rights/needs.ts';
import { testIo } from '../io.test-helper.ts';
import { createProgram, main } from '../main.ts';

async function run(...argv: string[]) {
  const { io, out, err } = testIo();
  const code = await main(['rbac', ...argv], io);
  return { code, out: out(), err: err() };
}

const documents = (text: string): unknown[] => parseAllDocuments(text).map((one) => one.toJS() as unknown);

describe('meshlift rbac', () => {
  it.each(roleNames)('--role %s: a ClusterRole and a Role of its name, the same as YAML and as JSON', async (role) => {
    const yaml = await run('--role', role);
    const json = await run('--role', role, '-o', 'json');

    expect([yaml.code, json.code, yaml.err, json.err]).toEqual([0, 0, '', '']);
    expect(documents(yaml.out)).toEqual((parse(json.out) as { items: unknown[] }).items);
    const named = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name: `meshlift-${role}` } };
    expect(documents(yaml.out)).toMatchObject([
      { kind: 'ClusterRole', ...named },
      { kind: 'Role', ...named },
    ]);
  });

  it('says why above each rule', async () => {
    const { out } = await run();

    expect(out).toContain('  # one run on a mesh at a time\n  - apiGroups: [coordination.k8s.io]\n');
  });

  it('takes another namespace and a revision', async () => {
    const { out } = await run('-n', 'mesh-system', '--revision', '1-30-3');

    expect(out).toContain('namespace: mesh-system\n');
    expect(out).toContain('resourceNames: [meshlift-proof-1-30-3]');
    expect(out).not.toContain('istio-system');
  });

  it.each([
    [['--namespace', 'Mesh'], '"Mesh" is no name of a namespace or revision'],
    [['--revision', '1.30.3'], '"1.30.3" is no name of a namespace or revision'],
    [['--role', 'admin'], 'Allowed choices are observer, mover, installer'],
  ])('%j: ends with 2', async (argv, words) => {
    const { code, out, err } = await run(...argv);

    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(words);
  });
});

describe('docs/rbac.md', () => {
  const file = fileURLToPath(new URL('../../../docs/rbac.md', import.meta.url));

  // GOLDEN=write npx vitest run src/cli/rbac writes the blocks anew; then read them.
  it.each(roleNames)('holds what --role %s prints, word for word', async (role) => {
    const { out } = await run('--role', role);
    const page = await readFile(file, 'utf8');
    const start = `<!-- rules: ${role} -->\n\`\`\`yaml\n`;
    const from = page.indexOf(start) + start.length;
    const to = page.indexOf('```', from);
    if (process.env['GOLDEN'] === 'write') await writeFile(file, page.slice(0, from) + out + page.slice(to));

    expect(page).toContain(start);
    expect(process.env['GOLDEN'] === 'write' ? out : page.slice(from, to)).toBe(out);
  });

  it('names every command that needs a cluster', async () => {
    const page = await readFile(file, 'utf8');
    const needsCluster = createProgram(testIo().io, () => undefined)
      .commands.flatMap((command) => [command, ...command.commands])
      .filter(({ options }) => options.some(({ long }) => long === '--kubeconfig'));
    const unnamed = needsCluster.map((command) => command.name()).filter((name) => !page.includes(`\`${name}\``));

    expect(needsCluster.length).toBeGreaterThan(8);
    expect(unnamed).toEqual([]);
  });
});
