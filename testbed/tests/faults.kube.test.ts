/**
 * One upgrade meets one fault after the other; a mesh for each of them would take a quarter of an hour. Each must end as
 * docs/apply.md promises, and none may cost a request.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ownLayout } from '../src/environment.ts';
import { gatewayUrl, installMesh, removeMesh, revisionOf, writePolicy, type Tools } from '../src/istio/install.ts';
import { until } from '../src/run.ts';
import { exits, makePlan, meshlift, startProbe, succeed } from './cli.ts';
import {
  cannotPull,
  forbidding,
  hideProxyImage,
  killIstiodTwice,
  kubectl,
  leftInjector,
  leftWebhook,
  onDelete,
  podsOf,
  withoutApiServer,
  withoutKubelet,
} from './faults.ts';
import { istioName, measured, prepareMesh, versions } from './mesh.ts';
import type { ProbeReport } from '../../src/probe/report.ts';

const layout = ownLayout();
const { old, next } = versions;
const revision = revisionOf(next);

/** In the order of their waves. */
const workloads = [
  { kind: 'DaemonSet', name: 'agent', linger: '5s' },
  { kind: 'Deployment', name: 'web', replicas: 1, linger: '5s' },
  { kind: 'StatefulSet', name: 'store', replicas: 2, linger: '5s' },
  { kind: 'StatefulSet', name: 'ledger', replicas: 2, linger: '5s' },
] as const;
const names = workloads.map(({ name }) => name);

let mesh: Tools;
let probe: ReturnType<typeof startProbe>;
let plan = '';
beforeAll(async () => {
  mesh = await prepareMesh();
  await installMesh(mesh, old, { workloads });
  await onDelete(mesh, 'ledger');
  const policy = await writePolicy(mesh, next, {
    soakSeconds: 1,
    // A renewal may stand still for half of it: for longer than a kubelet does here.
    gates: { timeoutSeconds: 90 },
    waves: { groups: names },
    // A rollout whose pods end while no API server tells anybody loses requests, whoever began it; a hand-over waits.
    overrides: names.map((name) => ({
      select: { names: [name] },
      group: name,
      ...(name === 'web' && { method: 'hand-over' }),
    })),
  });
  plan = (await makePlan(mesh, next, policy)).file;
  const url = await gatewayUrl(mesh);
  probe = startProbe(
    mesh,
    names.map((name) => `${url}/${name}/`),
    20,
  );
}, 300_000);
afterAll(async () => {
  await removeMesh(mesh);
  await mesh.remove();
}, 180_000);

/** Goes on with the run; `fault` happens when it has said something. What it said, and its exit code. */
async function goOn(stage: string, told: string, fault: () => Promise<void>) {
  const running = meshlift(mesh, ['resume', '--yes', ...(stage === '' ? [] : ['--until', stage])]);
  await running.says(told);
  await fault();
  return running.ended;
}

/** What failed at each target, and when. */
const failures = ({ targets }: ProbeReport): string =>
  JSON.stringify(
    targets.map(({ target, failed, failures: kinds, gaps }) => ({ target, failed, kinds, gap: gaps.longest })),
  );

const isOf = (app: string) => (pod: string) => pod.startsWith(`${app}-`);

const passed = (stage: string) => new RegExp(`Stage ${stage} is done, as asked`);

describe(`an upgrade with ${istioName}`, () => {
  test('waits when the new proxy cannot be pulled, touches no other pod, and goes on when it can', async () => {
    // The proof starts pods with the new image as well, and would stop there: the image goes afterwards.
    expect(await succeed(mesh, ['apply', plan, '--yes', '--until', 'prove'], exits.waits)).toMatch(passed('prove'));
    const restore = await hideProxyImage(layout, mesh, next);
    let moved: readonly string[] = [];
    const end = await goOn('wave-1', 'Renew the proxies of DaemonSet shop/agent', async () => {
      await cannotPull(mesh, 'agent');
      moved = await podsOf(mesh, revision);
      await restore();
    });
    expect(moved).toEqual([expect.stringMatching(/^agent-/)]);
    expect(end).toMatchObject({ code: exits.waits, said: expect.stringMatching(passed('wave-1')) });
  }, 300_000);

  test('goes on by itself when the API server is gone for 30 s in the middle of a wave', async () => {
    const made = () => until('web has a new pod', 60_000, async () => (await podsOf(mesh, revision)).some(isOf('web')));
    const end = await goOn('wave-2', 'Renew the proxies of Deployment shop/web', () =>
      withoutApiServer(layout, 30, made),
    );
    expect(end).toMatchObject({ code: exits.waits, said: expect.stringMatching(passed('wave-2')) });
  }, 300_000);

  test('goes on by itself when the kubelet of a node stands still for 30 s in the middle of a wave', async () => {
    const end = await goOn('wave-3', 'Renew the proxies of StatefulSet shop/store', () => withoutKubelet(layout, 30));
    expect(end).toMatchObject({ code: exits.waits, said: expect.stringMatching(passed('wave-3')) });
  }, 300_000);

  test('asks again and again when a disruption budget forbids everything, and goes on when it allows one', async () => {
    await kubectl(mesh, ['apply', '-f', '-'], forbidding('ledger'));
    const told = "as it would violate the pod's disruption budget";
    const end = await goOn('wave-4', told, async () => {
      await kubectl(mesh, ['-n', 'shop', 'delete', 'pdb', 'ledger']);
    });
    expect(end).toMatchObject({ code: exits.waits, said: expect.stringMatching(passed('wave-4')) });
    expect(end.said).toContain(told);
  }, 300_000);

  test('stops when a webhook is left that leads nowhere, and names it', async () => {
    const end = await goOn('gateways', 'Renew the gateway of', async () => {
      await kubectl(mesh, ['apply', '-f', '-'], leftWebhook('prod'));
    });
    await kubectl(mesh, ['delete', 'mutatingwebhookconfiguration', leftInjector]);
    expect(end).toMatchObject({ code: exits.waits, said: expect.stringContaining(leftInjector) });
    expect(end.said).not.toMatch(passed('gateways'));
  }, 300_000);

  test('stops when the new istiod is killed and does not come back at once, and finishes when it has', async () => {
    const end = await goOn('', 'stage gateways', () => killIstiodTwice(layout, mesh, revision));
    expect(end).toMatchObject({ code: exits.waits, said: expect.stringMatching(/webhooks/) });
    const deployment = `deployment/istiod-${revision}`;
    await kubectl(mesh, ['-n', 'istio-system', 'rollout', 'status', deployment, '--timeout=60s']);
    expect(await succeed(mesh, ['resume', '--yes'])).toMatch(/^Finished: /m);
  }, 300_000);

  test('has lost no request over all that', async ({ skip }) => {
    const report = await probe.stop();
    expect(report.verdict, failures(report)).toMatchObject({ failed: 0 });
    expect(await succeed(mesh, ['verify'])).toMatch(/everything is where the plan wanted it/);
    measured('six faults', mesh, report, skip);
  }, 60_000);
});
