import { afterAll, beforeAll, expect, test } from 'vitest';
import { gatewayUrl, installMesh, removeMesh, writePolicy, type Tools } from '../src/istio/install.ts';
import { exits, makePlan, startProbe, succeed } from './cli.ts';
import { istioName, measured, prepareMesh, versions } from './mesh.ts';

const { old, next } = versions;

/** Both end at once at SIGTERM, with requests of 300 ms under way. */
const workloads = ['rolled', 'handed'].map((name) => ({ kind: 'Deployment', name, replicas: 3, linger: '' }) as const);

let mesh: Tools;
beforeAll(async () => {
  mesh = await prepareMesh();
  await installMesh(mesh, old, { workloads });
}, 300_000);
afterAll(async () => {
  await removeMesh(mesh);
  await mesh.remove();
}, 180_000);

test(`with ${istioName} an application that dies at SIGTERM loses requests in a rollout and none in a hand-over`, async ({
  skip,
}) => {
  const gateway = await gatewayUrl(mesh);
  const method = (name: string, way: string) => ({
    select: { names: [name] },
    method: way,
    reason: 'both ways are compared',
  });
  const policy = await writePolicy(mesh, next, {
    soakSeconds: 1,
    overrides: [method('rolled', 'rollout'), method('handed', 'hand-over')],
  });
  const { file } = await makePlan(mesh, next, policy);
  const probe = startProbe(
    mesh,
    workloads.map(({ name }) => `${gateway}/${name}/slow?ms=300`),
    60,
  );
  const said = await succeed(mesh, ['apply', file, '--yes', '--until', 'wave-2'], exits.waits);
  const report = await probe.stop();
  const { targets } = report;
  const failed = Object.fromEntries(
    targets.map(({ target, failed: count, ok }) => [
      target.includes('/rolled/') ? 'rolled' : 'handed',
      [count, count + ok],
    ]),
  );
  process.stderr.write(`failed of sent: ${JSON.stringify(failed)} (${mesh.istio.words})\n`);
  expect(failed['handed']?.[0], said).toBe(0);
  expect(failed['rolled']?.[0], said).toBeGreaterThan(0);
  measured('abrupt application', mesh, report, skip);
}, 400_000);
