import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { gatewayUrl, installMesh, removeMesh, revisionOf, writePolicy, type Tools } from '../src/istio/install.ts';
import { graceful } from '../src/istio/shop.ts';
import { ownLayout } from '../src/environment.ts';
import { run } from '../src/run.ts';
import { removeAccounts, type Account } from './accounts.ts';
import { exits, makePlan, meshlift, startProbe, succeed } from './cli.ts';
import { istioName, measured, measuredInPod, prepareMesh, versions } from './mesh.ts';
import { removePodLoad, startPodLoad } from './pod-load.ts';
import { makeAccounts, noSecrets, refusals, refused, unjustified, type Accounts } from './rights.ts';
import { auditLength, audited, disagreements, journalled, notListed } from './writes.ts';

const layout = ownLayout();
const { old, next } = versions;
const lease = ['--lease', '5s'];

let mesh: Tools;
let accounts: Accounts | null = null;
beforeAll(async () => {
  mesh = await prepareMesh();
}, 300_000);
// What was rolled back is upgraded again, by the same users: as after a real rollback. Only a failed test leaves nothing to go on with.
beforeEach(async () => {
  if (accounts !== null) return;
  await installMesh(mesh, old, { workloads: graceful });
  accounts = await makeAccounts(mesh, revisionOf(next));
}, 180_000);
afterEach(async ({ task }) => {
  await removePodLoad(mesh);
  if (task.result?.state === 'fail') await removeAll();
}, 240_000);
afterAll(async () => {
  if (accounts !== null) await removeAll();
  await mesh.remove();
}, 240_000);

async function removeAll(): Promise<void> {
  await removeAccounts(mesh);
  await removeMesh(mesh);
  accounts = null;
}

function users(): Accounts {
  if (accounts === null) throw new Error('nobody has made the accounts');
  return accounts;
}

const names = graceful.map(({ name }) => name);

const urls = async () => {
  const gateway = await gatewayUrl(mesh);
  return names.map((name) => `${gateway}/${name}/`);
};

const policy = async (targets: readonly string[]) =>
  writePolicy(mesh, next, {
    soakSeconds: 1,
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
async function killed({ tools }: Account, args: readonly string[], seconds: number): Promise<string> {
  const running = meshlift(tools, args);
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
  const { tools } = users().installer;
  const targets = await urls();
  // A namespace that comes after the plan would have it made again.
  const pod = await startPodLoad(mesh, names, 20);
  const { file, plan } = await makePlan(tools, next, await policy(targets));
  const skipped = await auditLength(layout);
  const probe = startProbe(mesh, targets, 30);
  const journals = ['forward', 'back'].map((name) => join(mesh.folder, `journal-${name}.jsonl`));
  const forward = ['apply', file, '--until', 'wave-2', '--yes', '--journal', journals[0] ?? '', ...lease];
  const said = await succeed(tools, forward, exits.waits);
  expect(await revisions(), said).toBe([old, next].map(revisionOf).join(' '));
  const backward = ['rollback', '--yes', '--remove-new', '--journal', journals[1] ?? '', ...lease];
  const back = await succeed(tools, backward, exits.rolledBack);
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

test(`the main job with ${istioName}: by users with exactly the rights that meshlift prints for its three roles, killed three times, resumed and completed, no request fails`, async ({
  skip,
}) => {
  const { observer, mover, installer } = users();
  const targets = await urls();
  // A namespace that comes after the plan would have it made again.
  const pod = await startPodLoad(mesh, names, 20);
  const policyFile = await policy(targets);
  await looked(observer, policyFile);
  const { file, plan } = await makePlan(installer.tools, next, policyFile);
  const skipped = await auditLength(layout);
  const probe = startProbe(mesh, targets, 30);
  const journals: string[] = [];
  const said: string[] = [];
  const lasting = (...args: readonly string[]): readonly string[] => {
    journals.push(join(mesh.folder, `journal-${String(journals.length)}.jsonl`));
    return [...args, '--yes', '--journal', journals.at(-1) ?? '', ...lease];
  };
  const ends = async (code: number, { tools }: Account, ...args: readonly string[]): Promise<string> => {
    said.push(await succeed(tools, lasting(...args), code));
    return said.at(-1) ?? '';
  };
  const moments = [randomInt(1, 12), randomInt(1, 30), randomInt(1, 30)] as const;
  said.push(await killed(installer, lasting('apply', file), moments[0]));
  await ends(exits.waits, installer, 'resume', '--until', 'install');
  for (const seconds of moments.slice(1)) said.push(await killed(mover, lasting('resume'), seconds));
  // Helm holds the default validator: the mover gets as far as that, and nothing of that step is begun.
  const stopped = await ends(exits.waits, mover, 'resume');
  expect(stopped).toMatch(/stage gateways passed\n.*stage default/);
  expect(stopped).toMatch(noSecrets);
  await ends(exits.fine, installer, 'resume');
  expect(await revisions()).toBe(revisionOf(next));
  await succeed(observer.tools, ['verify']);
  expect(await succeed(observer.tools, ['report'])).toMatch(/^The mesh was moved/);
  // Whether a remote cluster uses the old control plane shows only in Secrets.
  const refusal = await ends(exits.waits, mover, 'complete');
  expect(refusal).toMatch(/still used by not seen remoteSecrets[^]*Nothing was changed/);
  await ends(exits.fine, installer, 'complete');
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
  expect(await refused(users())).toEqual(refusals);
  expect(await unjustified(users())).toEqual([]);
  const what = `upgrade by three roles, killed after ${moments.join(', ')} s`;
  measured(what, mesh, report, skip);
  measuredInPod(what, mesh, inside, skip);
}, 600_000);

/** What somebody who may only look sees before an upgrade, and that it ends there. */
async function looked({ tools }: Account, policyFile: string): Promise<void> {
  expect(await succeed(tools, ['status'])).toMatch(/NOT SEEN\n {2}helmReleases: forbidden/);
  expect(await succeed(tools, ['check', '--to', next], exits.unseen)).toMatch(/could not see helmReleases/);
  await succeed(tools, ['snapshot', 'save', join(tools.folder, 'mesh.snapshot')]);
  const file = join(tools.folder, 'observed-plan.yaml');
  const planning = ['plan', '--to', next, '--file', policyFile, '--out', file];
  expect(await succeed(tools, planning, exits.waits)).toMatch(noSecrets);
  await succeed(tools, [...planning, '--no-preview']);
  expect(await succeed(tools, ['apply', file, '--yes'], exits.failed)).toMatch(
    /Rights are missing, so nothing was begun/,
  );
}
