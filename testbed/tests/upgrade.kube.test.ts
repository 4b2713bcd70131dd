import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { gatewayUrl, installMesh, removeMesh, revisionOf, writePolicy, type Tools } from '../src/istio/install.ts';
import { graceful } from '../src/istio/shop.ts';
import { ownLayout } from '../src/environment.ts';
import { run } from '../src/run.ts';
import { exits, makePlan, meshlift, startProbe, succeed } from './cli.ts';
import { istioName, measured, measuredInPod, prepareMesh, versions } from './mesh.ts';
import { removePodLoad, startPodLoad } from './pod-load.ts';
import { auditLength, audited, disagreements, journalled, notListed } from './writes.ts';

const layout = ownLayout();
const { old, next } = versions;
const lease = ['--lease', '5s'];

let mesh: Tools;
let isInstalled = false;
beforeAll(async () => {
  mesh = await prepareMesh();
}, 300_000);
// What was rolled back is upgraded again: as a mesh is after a real rollback. Only a failed test leaves nothing to go on with.
beforeEach(async () => {
  if (!isInstalled) await installMesh(mesh, old, { workloads: graceful });
  isInstalled = true;
}, 180_000);
afterEach(async ({ task }) => {
  await removePodLoad(mesh);
  if (task.result?.state === 'fail') await removeAll();
}, 240_000);
afterAll(async () => {
  if (isInstalled) await removeAll();
  await mesh.remove();
}, 240_000);

async function removeAll(): Promise<void> {
  await removeMesh(mesh);
  isInstalled = false;
}

const names = graceful.map(({ name }) => name);

const urls = async () => {
  const gateway = await gatewayUrl(mesh);
  return names.map((name) => `${gateway}/${name}/`);
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

/** Starts meshlift, ends it by SIGKILL some seconds after it has said that it works; throws when it was not at work then. */
async function killed(args: readonly string[], seconds: number): Promise<string> {
  const running = meshlift(mesh, args);
  await running.says(args[0] === 'apply' ? 'forward started' : 'forward resumed');
  let struck = false;
  const timer = setTimeout(() => {
    struck = true;
    running.kill();
  }, seconds * 1000);
  const { code, said } = await running.ended;
  clearTimeout(timer);
  const what = `after ${String(seconds)} s`;
  if (!struck || code !== null)
    throw new Error(`SIGKILL ${what} hit nothing: it had ended with ${String(code)}:\n${said}`);
  return `killed ${what}:\n${said}`;
}

test(`rolled back from the second wave with ${istioName}: every proxy is of the old version again, no request fails`, async ({
  skip,
}) => {
  const targets = await urls();
  // A namespace that comes after the plan would have it made again.
  const pod = await startPodLoad(mesh, names, 20);
  const { file, plan } = await makePlan(mesh, next, await policy(targets));
  const skipped = await auditLength(layout);
  const probe = startProbe(mesh, targets, 30);
  const journals = ['forward', 'back'].map((name) => join(mesh.folder, `journal-${name}.jsonl`));
  const forward = ['apply', file, '--until', 'wave-2', '--yes', '--journal', journals[0] ?? '', ...lease];
  const said = await succeed(mesh, forward, exits.waits);
  expect(await revisions(), said).toBe([old, next].map(revisionOf).join(' '));
  const backward = ['rollback', '--yes', '--remove-new', '--journal', journals[1] ?? '', ...lease];
  const back = await succeed(mesh, backward, exits.rolledBack);
  const report = await probe.stop();
  const inside = await pod.stop();
  expect(await revisions(), back).toBe(revisionOf(old));
  expect(report.verdict, `${JSON.stringify(report.targets, undefined, 1)}\n${said}\n${back}`).toMatchObject({
    failed: 0,
  });
  expect(inside, back).toMatchObject({ failed: 0 });
  const writes = await audited(layout, skipped);
  expect(disagreements(await journalled(journals), writes.own), back).toEqual([]);
  expect(notListed(plan, writes.own), back).toEqual([]);
  measured('rollback from wave 2', mesh, report, skip);
  measuredInPod('rollback from wave 2', mesh, inside, skip);
}, 400_000);

test(`the main job with ${istioName}: killed three times, resumed and completed, no request fails`, async ({
  skip,
}) => {
  const targets = await urls();
  // A namespace that comes after the plan would have it made again.
  const pod = await startPodLoad(mesh, names, 20);
  const { file, plan } = await makePlan(mesh, next, await policy(targets));
  const skipped = await auditLength(layout);
  const probe = startProbe(mesh, targets, 30);
  const journals = [0, 1, 2, 3, 4].map((index) => join(mesh.folder, `journal-${String(index)}.jsonl`));
  const moments = [randomInt(1, 12), randomInt(1, 30), randomInt(1, 30)];
  const said: string[] = [];
  for (const [index, seconds] of moments.entries()) {
    const command = index === 0 ? ['apply', file] : ['resume'];
    said.push(await killed([...command, '--yes', '--journal', journals[index] ?? '', ...lease], seconds));
  }
  said.push(await succeed(mesh, ['resume', '--yes', '--journal', journals[3] ?? '', ...lease]));
  expect(await revisions()).toBe(revisionOf(next));
  said.push(await succeed(mesh, ['complete', '--yes', '--journal', journals[4] ?? '', ...lease]));
  const report = await probe.stop();
  const inside = await pod.stop();
  const writes = await audited(layout, skipped);
  const journal = await journalled(journals);
  const context = said.join('\n----\n');
  expect(report.verdict, `${JSON.stringify(report.targets, undefined, 1)}\n${context}`).toMatchObject({ failed: 0 });
  expect(inside, context).toMatchObject({ failed: 0 });
  expect(disagreements(journal, writes.own), context).toEqual([]);
  expect(notListed(plan, writes.own), context).toEqual([]);
  expect(writes.releases, context).toEqual([...new Set(journal.tools)].sort());
  const what = `upgrade killed after ${moments.join(', ')} s`;
  measured(what, mesh, report, skip);
  measuredInPod(what, mesh, inside, skip);
}, 600_000);
