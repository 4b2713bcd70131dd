import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { gatewayUrl, installMesh, removeMesh, writePolicy, type Tools } from '../src/istio/install.ts';
import { graceful } from '../src/istio/shop.ts';
import { ownLayout } from '../src/environment.ts';
import { run } from '../src/run.ts';
import { exits, makePlan, meshlift, startProbe, succeed } from './cli.ts';
import { prepareMesh, versions } from './mesh.ts';
import { auditLength, audited, disagreements, journalled, notListed } from './writes.ts';

const layout = ownLayout();
const { old, next } = versions;
const lease = ['--lease', '5s'];

let mesh: Tools;
beforeAll(async () => {
  mesh = await prepareMesh();
}, 300_000);
afterAll(() => mesh.remove());

beforeEach(() => installMesh(mesh, old, { workloads: graceful }), 180_000);
afterEach(() => removeMesh(mesh), 180_000);

const urls = async () => {
  const gateway = await gatewayUrl(mesh);
  return graceful.map(({ name }) => `${gateway}/${name}/`);
};

const policy = async (targets: readonly string[]) =>
  writePolicy(mesh, next, {
    soakSeconds: 3,
    probes: targets.map((url) => ({ url, protocol: 'http1', rate: 10 })),
  });

/** Proxies of the mesh by version, as status tells them. */
async function revisions(): Promise<string> {
  const args = [
    'get',
    'pods',
    '-A',
    '-o',
    'jsonpath={range .items[*]}{.metadata.annotations.istio\\.io/rev}{"\\n"}{end}',
  ];
  const found = (await run('kubectl', args, { env: mesh.env })).split('\n').filter((one) => one !== '');
  return [...new Set(found)].sort().join(' ');
}

test('the main job with a stand-in Istio and real Envoys: killed three times, resumed and completed, no request fails', async () => {
  const targets = await urls();
  const { file, plan } = await makePlan(mesh, next, await policy(targets));
  const skipped = await auditLength(layout);
  const probe = startProbe(mesh, targets, 30);
  const journals = [0, 1, 2, 3, 4].map((index) => join(mesh.folder, `journal-${String(index)}.jsonl`));
  const moments = [randomInt(1, 12), randomInt(1, 30), randomInt(1, 30)];
  const said: string[] = [];
  for (const [index, seconds] of moments.entries()) {
    const command = index === 0 ? ['apply', file] : ['resume'];
    const process_ = meshlift(mesh, [...command, '--yes', '--journal', journals[index] ?? '', ...lease]);
    await process_.says(index === 0 ? 'forward started' : 'forward resumed');
    const timer = setTimeout(() => process_.kill(), seconds * 1000);
    const end = await process_.ended;
    clearTimeout(timer);
    if (end.code !== null && end.code !== 0) throw new Error(`ended with ${String(end.code)}, unkilled:\n${end.said}`);
    said.push(`after ${String(seconds)} s: exit code ${String(end.code)}\n${end.said}`);
  }
  said.push(await succeed(mesh, ['resume', '--yes', '--journal', journals[3] ?? '', ...lease]));
  expect(await revisions()).toBe('1-30-3');
  said.push(await succeed(mesh, ['complete', '--yes', '--journal', journals[4] ?? '', ...lease]));
  const report = await probe.stop();
  const writes = await audited(layout, skipped);
  const journal = await journalled(journals);
  const context = said.join('\n----\n');
  expect(report.verdict, `${JSON.stringify(report.targets, undefined, 1)}\n${context}`).toMatchObject({ failed: 0 });
  expect(disagreements(journal, writes.own), context).toEqual([]);
  expect(notListed(plan, writes.own), context).toEqual([]);
  expect(writes.releases, context).toEqual([...new Set(journal.tools)].sort());
}, 600_000);

test('rolled back from the second wave: every proxy is of the old version again, no request fails', async () => {
  const targets = await urls();
  const { file, plan } = await makePlan(mesh, next, await policy(targets));
  const skipped = await auditLength(layout);
  const probe = startProbe(mesh, targets, 30);
  const journals = ['forward', 'back'].map((name) => join(mesh.folder, `journal-${name}.jsonl`));
  const forward = ['apply', file, '--until', 'wave-2', '--yes', '--journal', journals[0] ?? '', ...lease];
  const said = await succeed(mesh, forward, exits.waits);
  expect(await revisions(), said).toBe('1-29-6 1-30-3');
  const backward = ['rollback', '--yes', '--remove-new', '--journal', journals[1] ?? '', ...lease];
  const back = await succeed(mesh, backward, exits.rolledBack);
  const report = await probe.stop();
  expect(await revisions(), back).toBe('1-29-6');
  expect(report.verdict, `${JSON.stringify(report.targets, undefined, 1)}\n${said}\n${back}`).toMatchObject({
    failed: 0,
  });
  const writes = await audited(layout, skipped);
  expect(disagreements(await journalled(journals), writes.own), back).toEqual([]);
  expect(notListed(plan, writes.own), back).toEqual([]);
}, 400_000);
