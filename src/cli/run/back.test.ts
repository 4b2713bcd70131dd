import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fastMesh, type FastMesh } from '../../../test/cli/fast-mesh.ts';

let mesh: FastMesh;
beforeEach(async () => {
  mesh = await fastMesh('unrevisioned');
}, 60_000);
afterEach(() => mesh.close());

const limit = { timeout: 60_000 };

it('rollback after the first wave takes everything back', limit, async () => {
  await mesh.plan();
  expect((await mesh.run('apply', mesh.file('plan.yaml'), '--yes', '--until', 'wave-1')).code).toBe(4);
  const { code, err } = await mesh.run('rollback', '--yes', '--remove-new');

  expect(code).toBe(5);
  expect(err).toMatch(/Takes run \S+ back: everything returns to revision default\./);
  expect(err).toContain('Rolled back: everything is at 1.29.6 again.');
  const verified = await mesh.run('verify');
  expect(verified.code).toBe(0);
  expect(verified.out).toContain('everything is where before the upgrade');
  const status = await mesh.run('status');
  expect(status.out).not.toContain('1-30-3');
  const over = await mesh.run('resume', '--yes');
  expect(over.code).toBe(1);
  expect(over.err).toMatch(/Run \S+ is over: it is rolled back\.\n {2}Make a new plan/);
  const until = await mesh.run('resume', '--yes', '--until', 'wave-1');
  expect(until.code).toBe(2);
  expect(until.err).toMatch(/Run \S+ is on its way back, which goes on to its end\.\n {2}Leave --until out\./);
  expect((await mesh.run('apply', mesh.file('plan.yaml'), '--yes')).err).toContain('was rolled back');
  // The way is free for a new run.
  expect((await mesh.plan()).code).toBe(0);
});

it('resume of a rollback removes the new control plane when that was asked for', limit, async () => {
  await mesh.plan();
  await mesh.run('apply', mesh.file('plan.yaml'), '--yes', '--until', 'wave-1');
  const back = mesh.start(['rollback', '--yes', '--remove-new']);
  await back.says('stage back-routing');
  back.interrupt();
  expect((await back.ended).code).toBe(4);
  expect((await mesh.run('status')).out).toContain('1-30-3');
  expect((await mesh.run('resume', '--yes')).code).toBe(5);
  expect((await mesh.run('status')).out).not.toContain('1-30-3');
});

it('rollback while a process runs makes that process turn round', limit, async () => {
  await mesh.plan('soakSeconds: 600');
  const running = mesh.start(['apply', mesh.file('plan.yaml'), '--yes', '--lease', '2s'], { who: 'first@one' });
  await running.says('stage soak:');
  const asked = await mesh.start(['rollback', '--yes', '--lease', '2s'], { who: 'second@two' }).ended;
  const { code, err } = await running.ended;

  expect(asked.err).toContain('goes back in the process that runs it');
  expect(asked.code).toBe(0);
  expect(err).toContain('Went back: another process asked for a rollback');
  expect(code).toBe(5);
  expect((await mesh.run('verify')).code).toBe(0);
});

it('a breach takes back what the policy says, and a part of it is no rollback', limit, async () => {
  // Bad once, and good on the way back.
  const values = ['0.5'];
  const prometheus = createServer((_request, response) => {
    response.end(JSON.stringify({ data: { resultType: 'scalar', result: [0, values.pop() ?? '0'] } }));
  });
  await new Promise<void>((resolve) => prometheus.listen(0, '127.0.0.1', resolve));
  const { port } = prometheus.address() as AddressInfo;
  const condition = `{ name: errors, url: "http://127.0.0.1:${port}", query: q, below: 0.01, interval: 1, count: 1 }`;
  await mesh.plan('onBreach: return-wave', `gates: { conditions: [${condition}] }`);
  const { code, err } = await mesh.run('apply', mesh.file('plan.yaml'), '--yes');
  prometheus.close();

  expect(err).toMatch(/Went back: gate of stage wave-1: errors: /);
  expect(err).toContain('What was moved last is back');
  expect(err).not.toContain('everything is at 1.29.6 again');
  expect(code).toBe(4);
});

it('an open run lets nothing else begin beside it', limit, async () => {
  await mesh.plan();
  const other = mesh.file('plan.yaml');
  await mesh.plan('soakSeconds: 2');
  expect((await mesh.run('apply', other, '--yes', '--until', 'prepare')).code).toBe(4);
  const count = mesh.writes.length;

  const upgraded = await mesh.run('upgrade', '--to', '1.30.3', '--yes');
  expect(upgraded.code).toBe(4);
  expect(upgraded.err).toMatch(/Run \S+ is not finished .* nothing else is begun beside it/);
  expect(mesh.writes.slice(count)).toEqual([]);
});
