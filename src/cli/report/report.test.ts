import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fastMesh, type FastMesh } from '../../../test/cli/fast-mesh.ts';
import { resources } from '../../kube/resources.ts';

let mesh: FastMesh;
beforeAll(async () => {
  mesh = await fastMesh('unrevisioned');
  await mesh.plan();
  await mesh.run('apply', mesh.file('plan.yaml'), '--yes', '--until', 'install');
}, 60_000);
afterAll(() => mesh.close());

it('every form, in files and on stdout', async () => {
  const files = ['--out', mesh.file('r.json'), '--html', mesh.file('r.html'), '--markdown', mesh.file('r.md')];
  const { code, out, err } = await mesh.run('report', '-o', 'markdown', ...files);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect((await readFile(mesh.file('r.md'))).toString()).toBe(out);
  expect((await readFile(mesh.file('r.html'))).toString()).toMatch(/^<!doctype html>/i);
  const { run } = JSON.parse((await readFile(mesh.file('r.json'))).toString()) as { run: unknown };
  expect(run).toBeDefined();
});

it('a changed byte of a report is found', async () => {
  await mesh.run('report', '--out', mesh.file('r.json'));
  expect(await mesh.run('verify', '--report', mesh.file('r.json'))).toMatchObject({ code: 0, err: '' });
  const text = (await readFile(mesh.file('r.json'))).toString();
  await writeFile(mesh.file('changed.json'), text.replace('"what":"started"', '"what":"resumed"'));
  const { code, out } = await mesh.run('verify', '--report', mesh.file('changed.json'));
  expect(code).toBe(1);
  expect(out).toMatch(/is not what was written:\n {2}- .*entry \d+/);
});

it('a report that is cut off, is missing, or can not be written', async () => {
  await writeFile(mesh.file('half.json'), '{"kind":');
  expect(await mesh.run('verify', '--report', mesh.file('half.json'))).toMatchObject({ code: 2, out: '' });
  const both = await mesh.run('verify', 'a-run', '--report', mesh.file('r.json'));
  expect(both).toMatchObject({ code: 2, out: '' });
  expect(both.err).toContain('one of both can be verified');
  expect((await mesh.run('verify', '--report', mesh.file('none.json'))).err).toContain('meshlift report --out');
  const unwritten = await mesh.run('report', '--html', mesh.file('no/such/r.html'));
  expect(unwritten).toMatchObject({ code: 2, out: '' });
});

it('a run that does not hold any more: what is not so, and exit code 1', async () => {
  const { store } = mesh.stage.cluster;
  store.delete({ resource: resources.deployments, namespace: 'istio-system', name: 'istiod-1-30-3' });
  const { code, out } = await mesh.run('verify');
  expect(code).toBe(1);
  expect(out).toMatch(/steps do not hold:\n(.*\n)*.*Install control plane 1-30-3/);
});

it('no such run', async () => {
  expect((await mesh.run('report', 'to-nowhere')).code).toBe(2);
});

it('a journal that was changed is refused', async () => {
  const { store } = mesh.stage.cluster;
  const part = [...store.all(resources.configMaps)].find(({ metadata }) => metadata.name.includes('-journal-'));
  const { name = '', namespace = '' } = part?.metadata ?? {};
  const data = Object.entries((part?.['data'] ?? {}) as Record<string, string>);
  const changed = Object.fromEntries(data.map(([key, text]) => [key, text.replace('"by":"tester', '"by":"nobody')]));
  store.patch({ resource: resources.configMaps, namespace, name }, 'merge', { data: changed });
  const { code, err } = await mesh.run('report');
  expect(code).toBe(2);
  expect(err).toMatch(/The journal of run \S+ is not what was written: entry 1 was changed/);
});
