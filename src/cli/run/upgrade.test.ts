import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fastMesh, type FastMesh } from '../../../test/cli/fast-mesh.ts';

let mesh: FastMesh;
beforeEach(async () => {
  mesh = await fastMesh('unrevisioned', { http: true });
}, 60_000);
afterEach(() => mesh.close());

const consent = 'overrides: [{ select: {}, consent: true, graceful: true, reason: it is a test }]';

it('plan, apply, verify, report, complete: from 1.29.6 to 1.30.3 over HTTP', { timeout: 120_000 }, async () => {
  const planned = await mesh.plan(consent);
  expect(planned).toMatchObject({ code: 0, err: '' });
  expect(planned.out).toContain(`Next: meshlift apply ${mesh.file('plan.yaml')}`);
  expect(planned.out).toContain('sandbox: install chart istiod 1.30.3 as istio-system/istiod-1-30-3');
  expect(mesh.writes).toEqual([]);

  const applied = await mesh.run('apply', mesh.file('plan.yaml'), '--yes', '--journal', mesh.file('journal'));
  expect(applied).toMatchObject({ code: 0, out: '' });
  const run = /Run +(\S+)/.exec(planned.out)?.[1] ?? 'none';
  expect(applied.err).toContain(`Upgrades Istio 1.29.6 (default) to 1.30.3 (1-30-3), run ${run}.`);
  expect(applied.err).toMatch(/\n +\d+ s {2}stage wave-1: 1 workload\n/);
  expect(applied.err).toMatch(/done: Renew the proxies of Deployment shop\/web/);
  expect(applied.err).toContain(`Remove it when you are content: meshlift complete ${run}.`);

  const again = await mesh.run('plan', '--to', '1.30.3');
  expect(again).toMatchObject({ code: 0, err: '' });
  expect(again.out).toMatch(/^Nothing to do: everything that can be moved is at 1\.30\.3/);
  expect(again.out).toContain(`meshlift complete ${run}`);

  const verified = await mesh.run('verify');
  expect(verified).toMatchObject({ code: 0, err: '' });
  expect(verified.out).toMatch(/everything is where the plan wanted it \(7 steps verified\)/);

  const completed = await mesh.run('complete', '--yes');
  expect(completed).toMatchObject({ code: 0, out: '' });
  expect(completed.err).toContain('Complete: default is removed, the mesh is at 1.30.3.');

  const reported = await mesh.run('report', '-o', 'json', '--out', mesh.file('report.json'));
  expect(reported.code).toBe(0);
  expect(await mesh.run('verify', '--report', mesh.file('report.json'))).toMatchObject({ code: 0 });
  const entries = (await readFile(mesh.file('journal'))).toString().trim().split('\n');
  expect(entries.map((line) => (JSON.parse(line) as { seq: number }).seq)).toEqual(
    entries.map((_line, index) => index + 1),
  );

  expect(await mesh.run('plan', '--to', '1.30.3')).toMatchObject({
    code: 0,
    out: 'Nothing to do: The mesh is at 1.30.3 already (revision 1-30-3).\n',
  });
  const over = await mesh.run('rollback', '--yes');
  expect(over.code).toBe(1);
  expect(over.err).toContain(`Run ${run} is complete`);
});
