import { afterEach, expect, it } from 'vitest';
import { fastMesh, type FastMesh } from '../../../test/cli/fast-mesh.ts';
import type { RuntimeOverlay } from '../../../test/upgrade/world.ts';

let mesh: FastMesh;
afterEach(() => mesh.close());

const limit = { timeout: 60_000 };

/** Pods of the new istiod never start. */
const stuck: RuntimeOverlay = () => (model) => ({
  ...model,
  start: (pod, ...rest) => {
    if (pod.metadata.name.startsWith('istiod-1-30-3')) return;
    model.start(pod, ...rest);
  },
});

it('a control plane that never becomes ready stops the run before anything is moved', limit, async () => {
  mesh = await fastMesh('unrevisioned', { runtime: stuck });
  await mesh.plan('gates: { timeoutSeconds: 20 }');
  const { code, err } = await mesh.run('apply', mesh.file('plan.yaml'), '--yes');
  expect(code).toBe(4);
  expect(err).toMatch(/not so after 20 s that it serves: 0 of 1/);
  expect(err).toMatch(/Go on: meshlift resume \S+ Go back: meshlift rollback/);
  expect(err).not.toContain('stage prove');
});

it('complete names at once what still uses the old control plane', limit, async () => {
  mesh = await fastMesh('unrevisioned');
  await mesh.plan();
  const early = await mesh.run('complete', '--yes');
  expect(early.code).toBe(2);
  expect((await mesh.run('apply', mesh.file('plan.yaml'), '--yes')).code).toBe(0);
  const [began, count] = [mesh.stage.clock.now(), mesh.writes.length];
  const { code, err } = await mesh.run('complete', '--yes');

  expect(code).toBe(4);
  expect(err).toMatch(/Revision default is still used by .*proxy shop\/orders-0/);
  expect(mesh.writes.slice(count)).toEqual([]);
  expect(mesh.stage.clock.now() - began).toBeLessThan(5000);
});

it('-o json gives one event a line, and nothing else on stdout', limit, async () => {
  mesh = await fastMesh('unrevisioned');
  await mesh.plan();
  const { code, out, err } = await mesh.run(
    'apply',
    mesh.file('plan.yaml'),
    '--yes',
    '-o',
    'json',
    '--until',
    'prepare',
  );
  expect(code).toBe(4);
  const events = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { at: string; type: string });
  expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['phase', 'stage', 'step', 'gate']));
  for (const { at } of events) expect(new Date(at).toISOString()).toBe(at);
  expect(err).toContain('Stage prepare is done, as asked.');
});
