import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ownLayout } from '../src/environment.ts';
import { gatewayUrl, installMesh, removeMesh, revisionOf, writePolicy, type Tools } from '../src/istio/install.ts';
import { askedBy, makeAccount, removeAccounts, type Account } from './accounts.ts';
import { exits, startProbe, succeed } from './cli.ts';
import { istioName, measured, prepareMesh, versions } from './mesh.ts';

const layout = ownLayout();
const { old, next } = versions;
const workloads = [
  { kind: 'Deployment', name: 'web', replicas: 1, linger: '5s' },
  { kind: 'StatefulSet', name: 'store', replicas: 2, linger: '5s' },
  { kind: 'DaemonSet', name: 'agent', linger: '5s' },
] as const;

let mesh: Tools;
let observer: Account;
let mover: Account;
let installer: Account;
beforeAll(async () => {
  mesh = await prepareMesh();
  await installMesh(mesh, old, { workloads });
  observer = await makeAccount(layout, mesh, 'observer', revisionOf(next));
  mover = await makeAccount(layout, mesh, 'mover', revisionOf(next));
  installer = await makeAccount(layout, mesh, 'installer', null);
}, 300_000);
afterAll(async () => {
  await removeAccounts(mesh);
  await removeMesh(mesh);
  await mesh.remove();
}, 180_000);

const noSecrets = /cannot list resource "secrets"/;

/** What may be refused: with what is asked in its place, or what is said then. */
const refusals: readonly (readonly [Account['role'], readonly string[]])[] = [
  // Told under NOT SEEN, and by checks that are skipped.
  ['observer', ['list secrets']],
  ['mover', ['list secrets']],
  ['installer', []],
];

/** Rights that this upgrade has no use for, and why. */
const unusedHere: readonly (readonly [RegExp, string])[] = [
  [/^(get|list|patch) \w+\.(argoproj|gateway\.networking\.k8s|sailoperator|install\.istio)\.io$/, 'not served here'],
  [/^list \w+\.((helm|kustomize)\.toolkit\.fluxcd\.io|inference\.networking\.k8s\.io)$/, 'not served here'],
  [/^create pods\/portforward$/, 'asked by servers from Kubernetes 1.35 on, and for SPDY'],
  [/^(escalate|bind) /, 'asked inside the server, which does not record it'],
  [/^get (cron)?jobs\.batch$/, 'there are none'],
  [/^delete endpointslices\./, 'no pod is given back'],
  [/^create pods\/eviction$/, 'nothing is renewed pod by pod'],
  [/^patch (deployments\.apps|namespaces)$/, 'the Deployment is handed over, and a tag moves'],
  [/^patch validatingwebhookconfigurations\./, 'Helm holds the default validator'],
  [
    / (horizontalpodautoscalers|poddisruptionbudgets|networkpolicies|validatingadmissionpolic\w+)\./,
    'not in the values',
  ],
  [/^(get|create|patch|delete) role(binding)?s\./, 'the stand-in has none'],
  [/^create (leases|selfsubjectaccessreviews)\./, 'the installer began the run'],
  [/^patch (clusterrole\w*|services|mutatingwebhook\w+)(\.|$)/, 'Helm changes only what differs'],
];

async function unjustified(account: Account): Promise<readonly string[]> {
  const { unused } = await askedBy(layout, account);
  const why = (right: string) => unusedHere.find(([pattern]) => pattern.test(right))?.[1];
  const lines = unused.map((right) => `  ${right}: ${why(right) ?? 'NOBODY KNOWS WHY'}\n`);
  process.stderr.write(
    `${account.role}: ${String(unused.length)} rights that this run has not used\n${lines.join('')}`,
  );
  return unused.filter((right) => why(right) === undefined);
}

const file = (name: string) => join(mesh.folder, name);

/** A command that must end with some code; what it said. */
const ends = (code: number, { tools }: Account, ...args: readonly string[]) => succeed(tools, args, code);

test(`with ${istioName} an upgrade needs exactly the rights that meshlift prints for its three roles`, async ({
  skip,
}) => {
  expect(await ends(exits.fine, observer, 'status')).toMatch(/NOT SEEN\n {2}helmReleases: forbidden/);
  expect(await ends(6, observer, 'check', '--to', next)).toMatch(/could not see helmReleases/);
  await ends(exits.fine, observer, 'snapshot', 'save', file('mesh.snapshot'));
  const url = await gatewayUrl(mesh);
  const policy = await writePolicy(mesh, next, { soakSeconds: 1 });
  const planning = ['plan', '--to', next, '--file', policy, '--out', file('plan.yaml')];
  expect(await ends(exits.waits, observer, ...planning)).toMatch(noSecrets);
  await ends(exits.fine, observer, ...planning, '--no-preview');
  expect(await ends(1, observer, 'apply', file('plan.yaml'), '--yes')).toMatch(
    /Rights are missing, so nothing was begun/,
  );
  await ends(exits.fine, installer, ...planning);

  const probe = startProbe(
    mesh,
    workloads.map(({ name }) => `${url}/${name}/`),
    20,
  );
  await ends(exits.waits, installer, 'apply', file('plan.yaml'), '--until', 'install', '--yes');
  // Helm holds the default validator: the mover gets as far as that, and nothing of that step is begun.
  const said = await ends(exits.waits, mover, 'resume', '--yes');
  expect(said).toMatch(/stage gateways passed\n.*stage default/);
  expect(said).toMatch(noSecrets);
  await ends(exits.fine, installer, 'resume', '--yes');
  await ends(exits.fine, observer, 'verify');
  expect(await ends(exits.fine, observer, 'report')).toMatch(/^The mesh was moved/);
  // Whether a remote cluster uses the old control plane shows only in Secrets.
  const refusal = await ends(exits.waits, mover, 'complete', '--yes');
  expect(refusal).toMatch(/still used by not seen remoteSecrets[^]*Nothing was changed/);
  await ends(exits.fine, installer, 'complete', '--yes');
  const report = await probe.stop();
  expect(report.verdict, JSON.stringify(report.targets, undefined, 1)).toMatchObject({ failed: 0 });
  const accounts = [observer, mover, installer];
  const refused = await Promise.all(accounts.map(async (one) => [one.role, (await askedBy(layout, one)).refused]));
  expect(refused).toEqual(refusals);
  expect((await Promise.all(accounts.map(unjustified))).flat()).toEqual([]);
  measured('an upgrade with three roles', mesh, report, skip);
}, 600_000);
