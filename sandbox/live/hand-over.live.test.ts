import { afterEach, describe, expect, test, vi } from 'vitest';
import type { KubeObject } from '../../src/kube/api.ts';
import { readCluster } from '../../src/inventory/read-cluster.ts';
import { buildMesh } from '../../src/mesh/build.ts';
import type { TargetReport } from '../../src/probe/report.ts';
import { renewWorkload } from '../../src/steps/renew-workload.ts';
import type { RenewMethod, RenewWorkload } from '../../src/steps/spec.ts';
import type { StepContext } from '../../src/steps/step.ts';
import { startLiveSandbox, type LiveSandbox } from '../live-start.ts';
import type { Scenario, WorkloadSpec } from '../scenarios/types.ts';
import { resources } from '../store/resources.ts';
import { appAnnotation } from './app/behaviour.ts';
import { probing } from './live.test-helper.ts';

// The longest waits for requests of 8 s, several times.
vi.setConfig({ testTimeout: 60_000 });

let sandbox: LiveSandbox;
afterEach(() => sandbox.close());

const app: WorkloadSpec = {
  name: 'web',
  replicas: 2,
  annotations: { [appAnnotation]: JSON.stringify({ answerMs: 300, startMs: 200, onTerm: 'exit' }) },
  strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
};

const slow: WorkloadSpec = {
  name: 'web',
  annotations: { [appAnnotation]: JSON.stringify({ answerMs: 2, startMs: 200, serveMs: 10_000 }) },
};

const gateway: WorkloadSpec = {
  name: 'ingress',
  gateway: true,
  service: true,
  labels: { istio: 'ingress' },
  strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
};

const edge: readonly KubeObject[] = [
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'edge', namespace: 'shop' },
    spec: {
      selector: { istio: 'ingress' },
      servers: [{ port: { number: 8080, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }],
    },
  },
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      hosts: ['*'],
      gateways: ['edge'],
      http: [{ route: [{ destination: { host: 'web', port: { number: 8080 } } }] }],
    },
  },
];

/** Namespace shop under revision 1-29-6, with real servers; new pods get revision 1-30-3. */
async function start(workloads: readonly WorkloadSpec[], objects: readonly KubeObject[]): Promise<void> {
  const scenario: Scenario = {
    name: 'shop',
    description: 'Applications that are renewed under traffic',
    nodes: 3,
    steps: [
      {
        do: 'install',
        install: [
          { chart: 'base', version: '1.29.6', defaultRevision: '1-29-6' },
          { chart: 'istiod', version: '1.29.6', revision: '1-29-6' },
          { chart: 'istiod', version: '1.30.3', revision: '1-30-3' },
        ],
      },
      { do: 'settle' },
      { do: 'deploy', namespaces: [{ name: 'shop', labels: { 'istio.io/rev': '1-29-6' }, workloads }] },
      { do: 'create', objects },
      { do: 'settle' },
    ],
  };
  sandbox = await startLiveSandbox({ content: { scenario }, port: 0, now: Date.now });
  const ref = { resource: resources.namespaces, name: 'shop' };
  await sandbox.api.patch(ref, 'merge', { metadata: { labels: { 'istio.io/rev': '1-30-3' } } });
}

function context(): StepContext {
  const refuse = () => Promise.reject(new Error('a renewal installs nothing'));
  return {
    api: sandbox.api,
    clock: { now: Date.now, sleep: (ms) => new Promise((resolve) => void setTimeout(resolve, ms)) },
    signal: new AbortController().signal,
    mark: 'run-1',
    look: async () => {
      const facts = await readCluster(sandbox.api, { context: 'sandbox' });
      return { facts, mesh: buildMesh(facts), seenAt: Date.now() };
    },
    installer: { name: 'none', preview: refuse, install: refuse, remove: refuse },
    limitSeconds: 60,
    note: () => undefined,
    waits: () => undefined,
    evidence: () => undefined,
    recall: () => null,
  };
}

/** Renews a workload under open-loop traffic. */
async function renewed(
  method: RenewMethod,
  given: Pick<RenewWorkload, 'name' | 'replicas' | 'role'>,
  shape: Parameters<typeof probing>[2],
): Promise<TargetReport> {
  const spec: RenewWorkload = {
    ...{ kind: 'renew-workload', namespace: 'shop', workload: 'Deployment', method, ...given },
    ...{ revision: '1-30-3', version: '1.30.3', width: 1, labels: {}, before: {}, serviceLabel: 'app' },
    ...{ readyMs: 2000, drainMs: 2000 },
  };
  const address = await sandbox.controls.serviceAddress({ namespace: 'shop', name: given.name, port: 8080 });
  const longer = { durationMs: 60_000, timeoutMs: 12_000, ...shape };
  const { target } = await probing(address, 'http', longer, () => renewWorkload.apply(context(), spec));
  const facts = await readCluster(sandbox.api, { context: 'sandbox' });
  const observed = renewWorkload.observe({ facts, mesh: buildMesh(facts), seenAt: Date.now() }, spec);
  expect(observed).toEqual({ state: 'done' });
  return target;
}

describe('60 requests/s of 300 ms to an application that ends at once on SIGTERM', () => {
  const shape = { ratePerSecond: 60, connections: 60 };
  const web = { name: 'web', replicas: 2, role: 'sidecar' } as const;

  test('a rollout loses some', async () => {
    await start([app], []);
    const target = await renewed('rollout', web, shape);
    expect(target.failed).toBeGreaterThan(0);
    expect(target.failed).toBeLessThan(target.ok / 4);
  });

  test('a hand-over loses none', async () => {
    await start([app], []);
    const target = await renewed('hand-over', web, shape);
    expect(target.failures).toEqual([]);
    expect(target.ok).toBeGreaterThan(400);
  });
});

describe('requests of 8 s through a gateway of one replica', () => {
  const shape = { ratePerSecond: 4, connections: 60, path: '/?answerMs=8000' };
  const ingress = { name: 'ingress', replicas: 1, role: 'gateway' } as const;

  test('a rollout cuts them', async () => {
    await start([slow, gateway], edge);
    const target = await renewed('rollout', ingress, shape);
    expect(target.failures.map(({ name }) => name)).toContain('closed');
  });

  test('a hand-over cuts none', async () => {
    await start([slow, gateway], edge);
    const target = await renewed('hand-over', ingress, shape);
    expect(target.failures).toEqual([]);
    expect(target.ok).toBeGreaterThan(10);
  });
});
