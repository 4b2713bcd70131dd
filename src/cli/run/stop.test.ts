import { mkdir, rename } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fastMesh, type FastMesh, type SentWrite } from '../../../test/cli/fast-mesh.ts';

let mesh: FastMesh;
beforeEach(async () => {
  mesh = await fastMesh('unrevisioned');
}, 60_000);
afterEach(() => mesh.close());

const limit = { timeout: 60_000 };
const apply = (...more: string[]) => mesh.start(['apply', mesh.file('plan.yaml'), '--yes', ...more]);

/** What changes the mesh: journal and lease do not. */
function disruptive(since: number): readonly SentWrite[] {
  return mesh.writes.filter(({ at, resource }) => at > since && !/^(configmaps|leases\.)/.test(resource));
}

it('apply --until stops behind a stage; plan then shows that run; resume goes on with it', limit, async () => {
  await mesh.plan();
  const stopped = await apply('--until', 'install').ended;
  expect(stopped.code).toBe(4);
  expect(stopped.err).toContain('Stage install is done, as asked.');
  expect(stopped.err).not.toContain('stage prove');

  const planned = await mesh.run('plan', '--to', '1.30.3');
  expect(planned.code).toBe(4);
  expect(planned.err).toMatch(
    /Run (\S+) is not finished \(paused: stage install is done, as asked\).*meshlift resume \1/s,
  );
  expect(planned.out).toContain('Stage wave-1');

  const unknown = await mesh.run('resume', '--yes', '--until', 'wave-9');
  expect(unknown.code).toBe(2);
  expect(unknown.err).toContain('The plan has no stage wave-9; it has prepare, ');

  const further = await mesh.run('resume', '--yes', '--until', 'wave-1');
  expect(further.code).toBe(4);
  expect(further.err).toContain('Stage wave-1 is done, as asked.');
  expect(further.err).not.toContain('stage wave-2');

  const resumed = await mesh.run('resume', '--yes');
  expect(resumed.code).toBe(0);
  expect(resumed.err).toContain('already done: Install control plane 1-30-3');
  expect(resumed.err).toContain('Finished: the mesh is at 1.30.3');
});

it('a run whose plan is shown is gone on with, not applied anew', limit, async () => {
  await mesh.plan();
  await apply('--until', 'prepare').ended;
  const { out } = await mesh.run('plan', '--to', '1.30.3');
  expect(out).toMatch(/\n\nNext: meshlift resume (\S+), or meshlift rollback \1\n$/);
});

it('a local journal that cannot be written does not end the run', limit, async () => {
  await mesh.plan();
  await mkdir(mesh.file('lost'));
  const running = apply('--until', 'prepare', '--journal', mesh.file('lost/journal.jsonl'));
  await running.says('stage prepare');
  // In one step: an entry that is written meanwhile must not keep the directory.
  await rename(mesh.file('lost'), mesh.file('away'));
  const { code, err } = await running.ended;
  expect(code).toBe(4);
  expect(err).toContain('Stage prepare is done, as asked.');
  expect(err).toMatch(/file \S+journal\.jsonl lacks entries: ENOENT.*\n {2}The journal in the cluster is whole/);
});

it('pause from another process: nothing is begun later than a second', limit, async () => {
  await mesh.plan();
  const running = apply();
  await running.says('  Renew the proxies of Deployment shop/cart');
  const stood = running.says('stopped (now)').then(() => mesh.stage.clock.now());
  const paused = await mesh.start(['pause'], { who: 'other@there' }).ended;
  const asked = mesh.writes.find(({ body }) => JSON.stringify(body)?.includes('"meshlift.dev/request":"pause"'));
  const { code, err } = await running.ended;
  const askedAt = asked?.at ?? 0;

  expect(paused).toMatchObject({ code: 0 });
  expect(paused.err).toMatch(/stands \(paused\)\.\n {2}Go on: meshlift resume/);
  expect(code).toBe(4);
  expect(err).toContain('Stopped in stage wave-1: another process asked for a pause.');
  expect(disruptive(0).length).toBeGreaterThan(3);
  expect(disruptive(askedAt + 1000)).toEqual([]);
  expect((await stood) - askedAt).toBeLessThanOrEqual(1000);
});

it('Ctrl-C once stops behind what is running, twice at once', limit, async () => {
  await mesh.plan();
  const first = apply();
  await first.says('Upgrade CRDs');
  first.interrupt();
  const { code, err } = await first.ended;
  expect(code).toBe(4);
  expect(err).toContain('Stops after what is running now');
  expect(err).toContain('done: Upgrade CRDs');
  expect(err).not.toContain('Install control plane');

  const second = mesh.start(['resume', '--yes']);
  await second.says('  Install control plane');
  second.interrupt();
  second.interrupt();
  const ended = await second.ended;
  expect(ended.code).toBe(4);
  expect(ended.err).toContain('Stops at once.');
  expect(ended.err).not.toContain('done: Install control plane');
});

it('a process that is gone keeps the next one waiting for its lease, no longer', limit, async () => {
  await mesh.plan();
  const gone = mesh.start(['apply', mesh.file('plan.yaml'), '--yes', '--lease', '6s'], { who: 'first@one' });
  await gone.says('  Prove control plane');
  gone.kill();
  const killedAt = mesh.stage.clock.now();
  const count = mesh.writes.length;
  const { code, err } = await mesh.start(['resume', '--yes', '--lease', '6s'], { who: 'second@two' }).ended;

  expect(code).toBe(0);
  expect(err).toMatch(/Waits for first@one 1\d\d-\w+, which ran on this mesh and may be gone/);
  const [taken] = mesh.writes.slice(count);
  expect(taken?.resource).toBe('leases.coordination.k8s.io');
  expect((taken?.at ?? 0) - killedAt).toBeGreaterThanOrEqual(6000);
  expect((taken?.at ?? 0) - killedAt).toBeLessThan(9000);
  expect((await mesh.run('verify')).code).toBe(0);
});

it('Ctrl-C while it waits for the lease ends it', limit, async () => {
  await mesh.plan();
  const gone = apply();
  await gone.says('Upgrade CRDs');
  gone.kill();
  const count = mesh.writes.length;
  const waiting = mesh.start(['resume', '--yes', '--lease', '10m'], { who: 'second@two' });
  await waiting.says('Waits for');
  waiting.interrupt();
  expect((await waiting.ended).code).toBe(1);
  expect(mesh.writes.slice(count)).toEqual([]);
});

it('a second apply is told who holds the lease', limit, async () => {
  await mesh.plan();
  const running = mesh.start(['apply', mesh.file('plan.yaml'), '--yes', '--until', 'install'], { who: 'first@one' });
  await running.says('stage install');
  const { code, err } = await mesh.start(['resume', '--yes'], { who: 'second@two' }).ended;
  expect(code).toBe(1);
  expect(err).toMatch(/meshlift: first@one \S+ is running on this mesh\.\n.*meshlift pause/);
  expect((await running.ended).code).toBe(4);
});
