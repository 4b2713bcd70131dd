import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { fastMesh, type FastMesh } from '../../../test/cli/fast-mesh.ts';
import type { Interposer } from '../../../test/upgrade/interpose.ts';
import { resources } from '../../kube/resources.ts';

let mesh: FastMesh;
let planText = '';
beforeAll(async () => {
  mesh = await fastMesh('unrevisioned');
  await mesh.plan();
  planText = (await readFile(mesh.file('plan.yaml'))).toString();
}, 60_000);
afterEach(() => {
  vi.unstubAllEnvs();
  // Whatever is wrong, it is found before anything is written.
  expect(mesh.writes).toEqual([]);
});
afterAll(() => mesh.close());

async function applied(text: string, ...more: string[]) {
  await writeFile(mesh.file('other.yaml'), text);
  return mesh.run('apply', mesh.file('other.yaml'), '--yes', ...more);
}

it.each([
  ['9.99.0', 6, /9\.99/],
  ['1.28.0', 2, /1\.28\.0.*1\.29\.6/],
  ['newest', 2, /newest/],
])('plan --to %s exits %i', async (to, code, says) => {
  const ended = await mesh.run('plan', '--to', to);
  expect(ended).toMatchObject({ code, out: '' });
  expect(ended.err).toMatch(says);
  expect(ended.err.trim().split('\n').length).toBeGreaterThan(1);
});

it('a revision that is not there', async () => {
  const { code, err } = await mesh.run('plan', '--to', '1.30.3', '--revision', 'blue');
  expect(code).toBe(2);
  expect(err).toContain('There is no control plane of revision blue; there are: default.');
});

it('a policy with an unknown key', async () => {
  const head = 'apiVersion: meshlift.dev/v1alpha1\nkind: UpgradePolicy\n';
  const errOf = async (text: string): Promise<string> => {
    await writeFile(mesh.file('bad.yaml'), head + text);
    const { code, err } = await mesh.run('plan', '--to', '1.30.3', '-f', mesh.file('bad.yaml'));
    expect(code).toBe(2);
    return err;
  };
  expect(await errOf('soakSecond: 4\n')).toMatch(/bad\.yaml, line 3, column 1: soakSecond is no field/);
  expect(await errOf('probes:\n  - { url: "http://a", rates: 3 }\n')).toMatch(
    /line 4, column 24: probes\[0\]\.rates is/,
  );
});

it('a file that cannot be written', async () => {
  const { code, err } = await mesh.run('plan', '--to', '1.30.3', '--out', mesh.file('no/such/plan.yaml'));
  expect(code).toBe(2);
  expect(err).toMatch(/file .*no\/such\/plan\.yaml can't be written: .*\n {2}Give a file in a folder that exists/);
});

it.each([
  ['edited', (text: string) => text.replace('soakSeconds: 1', 'soakSeconds: 0'), /was edited after it was made/],
  ['cut off', (text: string) => text.slice(0, text.length / 2), /(is cut off|can't be read)/],
  ['cut off between two lines', (text: string) => text.slice(0, text.indexOf('\nfacts:') + 1), /is cut off/],
  ['empty', () => '', /is no plan of meshlift/],
  ['of another kind', () => 'kind: UpgradePolicy\n', /its kind is "UpgradePolicy"/],
])('a plan that is %s', async (_what, change, says) => {
  const { code, err } = await applied(change(planText));
  expect(code).toBe(2);
  expect(err).toMatch(says);
  expect(err).toContain('Make it anew: meshlift plan');
});

it('a plan that is not there', async () => {
  const { code, err } = await mesh.run('apply', mesh.file('none.yaml'), '--yes');
  expect(code).toBe(2);
  expect(err).toContain('Make a plan first');
});

it('an unknown stage', async () => {
  const { code, err } = await applied(planText, '--until', 'wave-9');
  expect(code).toBe(2);
  expect(err).toContain('The plan has no stage wave-9; it has prepare, install, prove, wave-1, wave-2, default, soak.');
});

it('an unknown run, and no run at all', async () => {
  expect(await mesh.run('resume', 'to-nowhere', '--yes')).toMatchObject({ code: 2 });
  expect((await mesh.run('resume', '--yes')).err).toContain('There is no run in this cluster.');
});

it('nobody to ask, and a person who says no', async () => {
  await writeFile(mesh.file('other.yaml'), planText);
  const silent = await mesh.run('apply', mesh.file('other.yaml'));
  expect(silent.code).toBe(2);
  expect(silent.err).toContain('Add --yes');

  const asked = await mesh.start(['apply', mesh.file('other.yaml')], { answer: 'n' }).ended;
  expect(asked.code).toBe(4);
  expect(asked.err).toMatch(/context meshlift-sandbox, server \S+\nGo on\? \[y\/N\] Nothing was changed\.\n$/);
});

it('a right that is missing is found before the first write', async () => {
  const around: Interposer = (call, go) => {
    if (!call.resource.startsWith('selfsubject')) return go();
    const allowed = !JSON.stringify(call.body).includes('"resource":"namespaces"');
    return Promise.resolve({ metadata: { name: '' }, status: { allowed } } as never);
  };
  const { code, err } = await mesh.start(['apply', mesh.file('plan.yaml'), '--yes'], { around }).ended;
  expect(code).toBe(1);
  expect(err).toMatch(/Rights are missing, so nothing was begun:\n {2}- \w+ namespaces/);
});

it('helm is missing: found when the plan is made', async () => {
  const around: Interposer = async (call, go) => {
    const answer = await go();
    // A cluster that is no sandbox does not serve its kind.
    return call.resource === '/apis'
      ? (String(answer).replaceAll('sandbox.meshlift.dev', 'other.example') as typeof answer)
      : answer;
  };
  vi.stubEnv('PATH', mesh.file('nowhere'));
  const argv = ['plan', '--to', '1.30.3'];
  const { code, err } = await mesh.start(argv, { around }).ended;
  expect(code).toBe(2);
  expect(err).toMatch(/helm.*\n {2}Install helm and put it on the PATH/);
  const without = await mesh.start([...argv, '--no-preview'], { around }).ended;
  expect(without).toMatchObject({ code: 0, err: '' });
  expect(without.out).not.toContain('Preview');
});

it('facts that have changed since, each named; and a plan of another cluster', { timeout: 60_000 }, async () => {
  const { store } = mesh.stage.cluster;
  store.create(resources.namespaces, { metadata: { name: 'fresh', labels: { 'istio-injection': 'enabled' } } });
  const { code, err } = await applied(planText);
  expect(code).toBe(2);
  expect(err).toContain('The cluster is not what the plan rests on any more:\n  - namespace fresh is new');
  expect(err).toContain('Plan again');

  const another = await fastMesh('unrevisioned', { seed: 2 });
  await writeFile(another.file('plan.yaml'), planText);
  const elsewhere = await another.run('apply', another.file('plan.yaml'), '--yes');
  await another.close();
  expect(elsewhere.code).toBe(2);
  expect(elsewhere.err).toMatch(/The plan is for another cluster/);
});
