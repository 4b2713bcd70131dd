import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scenarios } from '../../../sandbox/scenarios/table.ts';
import { startSandbox } from '../../../sandbox/start.ts';
import type { MeshStatus } from '../../mesh/status-document.ts';
import { testIo } from '../io.test-helper.ts';
import { main } from '../main.ts';
import { problems } from '../status/problems.ts';

/** What a scenario's definition says that meshlift must find. */
interface Facts {
  /** REVISION VERSION of each control plane. */
  readonly planes: readonly string[];
  /** TAG REVISION. */
  readonly tags: readonly string[];
  /** Proxies by version; ztunnels do not count. */
  readonly proxies: Readonly<Record<string, number>>;
  /** NAMESPACE/NAME of workloads that a restart would change, and to what. */
  readonly pending: readonly string[];
  /** Objects of the problems. */
  readonly problems: readonly string[];
  /** NAMESPACE/NAME FORM READY/WANTED. */
  readonly gateways: readonly string[];
}

const quiet = { tags: [], pending: [], problems: [], gateways: [] };

const facts: Readonly<Record<string, Facts>> = {
  bookinfo: {
    ...quiet,
    planes: ['1-29-6 1.29.6'],
    tags: ['prod 1-29-6'],
    proxies: { '1.29.6': 7 },
    gateways: ['istio-ingress/istio-ingressgateway injected 1/1'],
  },
  // web 2, cart 2, orders 1; the namespace plain has no mesh.
  unrevisioned: { ...quiet, planes: ['default 1.29.6'], proxies: { '1.29.6': 5 } },
  'in-place': {
    ...quiet,
    planes: ['default 1.29.6'],
    tags: ['default default'],
    proxies: { '1.29.6': 6 },
    gateways: ['istio-system/istio-ingressgateway legacy 1/1'],
  },
  // On 1.29.6: both 2, podrev 2, podonly 1. On 1.30.3: gw 2. Without a proxy: disabled, ghost.
  'mixed-labels': {
    ...quiet,
    planes: ['1-29-6 1.29.6', '1-30-3 1.30.3'],
    tags: ['canary 1-30-3', 'default 1-29-6', 'stable 1-29-6'],
    proxies: { '1.29.6': 5, '1.30.3': 2 },
    problems: ['Namespace ghost'],
    gateways: ['gw/edge injected 2/2'],
  },
  // rolling 3, paused 2, recreated 1, on-delete 2, partitioned 3, agent 3 (nodes), the Job 1, bare 1, unowned 2, argo 2,
  // kube-injected 1; pinned 1; ancient 1.
  'workload-zoo': {
    ...quiet,
    planes: ['default 1.28.6'],
    proxies: { '1.28.6': 21, '1.27.1': 1, '1.26.8': 1 },
    pending: ['zoo/ancient default 1.28.6'],
  },
  // istio-ingress 4, public 1, waypoint 1; shop is ambient.
  gateways: {
    ...quiet,
    planes: ['1-28-6 1.28.6'],
    tags: ['default 1-28-6', 'stable 1-28-6'],
    proxies: { '1.28.6': 6 },
    gateways: ['ingress/istio-ingress injected 4/4', 'ingress/public gateway-api 1/1', 'shop/waypoint waypoint 1/1'],
  },
  rude: { ...quiet, planes: ['1-29-6 1.29.6'], tags: ['prod 1-29-6'], proxies: { '1.29.6': 8 } },
  'slow-requests': {
    ...quiet,
    planes: ['1-29-6 1.29.6'],
    tags: ['prod 1-29-6'],
    proxies: { '1.29.6': 3 },
    gateways: ['istio-ingress/istio-ingressgateway injected 1/1'],
  },
  // shop/web 2 at 1.28.6; orders/api 3 of the revision that was removed.
  debris: {
    ...quiet,
    planes: ['1-29-6 1.29.6', 'default 1.28.6'],
    tags: ['default 1-29-6', 'old 1-27-2', 'prod 1-27-2'],
    proxies: { '1.28.6': 2, '1.27.2': 3 },
    pending: ['orders/api null null'],
    problems: [
      'Revision 1-27-2',
      'MutatingWebhookConfiguration istio-revision-tag-default',
      'MutatingWebhookConfiguration istio-revision-tag-prod',
      'MutatingWebhookConfiguration istio-sidecar-injector',
      'Tag old',
      'Namespace orders',
      'Namespace shop',
      '3 Pods orders/api-*, orders/api-*, orders/api-*',
    ],
  },
  // The waypoint, and 2 sidecars.
  ambient: {
    ...quiet,
    planes: ['default 1.29.6'],
    proxies: { '1.29.6': 3 },
    gateways: ['shop/waypoint waypoint 1/1'],
  },
  'thousand-workloads': {
    ...quiet,
    planes: ['1-29-6 1.29.6'],
    tags: ['prod 1-29-6'],
    proxies: { '1.29.6': replicasOf('thousand-workloads') },
  },
};

function replicasOf(name: string): number {
  const steps = scenarios.find((scenario) => scenario.name === name)?.steps ?? [];
  const namespaces = steps.flatMap((step) => (step.do === 'deploy' ? step.namespaces : []));
  return namespaces.flatMap(({ workloads = [] }) => workloads).reduce((sum, { replicas = 1 }) => sum + replicas, 0);
}

function factsOf(status: MeshStatus): Facts {
  return {
    planes: status.controlPlanes.map(({ revision, version }) => `${revision} ${version ?? 'unknown'}`),
    tags: status.tags.map(({ name, revision }) => `${name} ${revision}`),
    proxies: status.dataPlane.byVersion,
    pending: status.workloads.flatMap(({ namespace, name, pending }) =>
      pending === null ? [] : [`${namespace}/${name} ${String(pending.revision)} ${String(pending.version)}`],
    ),
    problems: problems(status, true).map(({ object }) => object.replace(/(orders\/api)-\w+-\w+/g, '$1-*')),
    gateways: status.gateways.map(
      ({ namespace, name, form, readyReplicas, replicas }) =>
        `${namespace}/${name} ${form} ${readyReplicas}/${replicas}`,
    ),
  };
}

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'meshlift-scenarios-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function statusOf(name: string): Promise<MeshStatus> {
  const scenario = scenarios.find((one) => one.name === name);
  if (!scenario) throw new Error(`no scenario ${name}`);
  const sandbox = await startSandbox({ content: { scenario }, port: 0, now: Date.now });
  try {
    const kubeconfig = join(directory, name);
    await writeFile(kubeconfig, sandbox.kubeconfig);
    const { io, out } = testIo({ home: directory });
    expect(await main(['status', '-o', 'json', '--kubeconfig', kubeconfig], io)).toBe(0);
    return JSON.parse(out()) as MeshStatus;
  } finally {
    await sandbox.close();
  }
}

describe('meshlift status on each scenario, over HTTP', () => {
  it('every scenario has its facts', () => {
    expect(scenarios.map(({ name }) => name)).toEqual(Object.keys(facts));
  });

  it('docs/sandbox.md has each with its description', async () => {
    const page = await readFile(new URL('../../../docs/sandbox.md', import.meta.url), 'utf8');

    for (const { name, description } of scenarios) expect(page).toContain(`| \`${name}\` | ${description} |`);
  });

  it.each(Object.keys(facts))('%s', { timeout: 120_000 }, async (name) => {
    const status = await statusOf(name);

    expect(factsOf(status)).toEqual(facts[name]);
    expect(status.incomplete).toEqual([]);
    // The debris are three proxies that no istiod serves.
    expect(status.dataPlane.notConnected).toBe(name === 'debris' ? 3 : 0);
  });

  it('mixed-labels: who injects a new pod of each namespace, as Istio decides it', { timeout: 30_000 }, async () => {
    const { workloads, namespaces } = await statusOf('mixed-labels');
    const revisions = workloads.map(({ namespace, injection }) => [namespace, injection.revision]);
    const codes = Object.fromEntries(namespaces.map(({ name, injection }) => [name, injection.code]));

    expect(Object.fromEntries(revisions)).toEqual({
      both: '1-29-6',
      podrev: '1-29-6',
      podonly: '1-29-6',
      gw: '1-30-3',
    });
    expect(codes).toMatchObject({ ghost: 'revision-not-served', disabled: 'namespace-disabled' });
  });

  it('ambient: an agent and a ztunnel on each of 3 nodes, all connected', { timeout: 30_000 }, async () => {
    const { components, ambient } = await statusOf('ambient');

    expect(components.cni).toMatchObject({ version: '1.29.6', desired: 3, ready: 3 });
    expect(components.ztunnel).toMatchObject({ version: '1.29.6', desired: 3, ready: 3, notConnected: 0 });
    expect(ambient.namespaces).toEqual(['bank', 'shop']);
  });

  it('gateways: the pressed one may lose no pod', { timeout: 30_000 }, async () => {
    const { gateways } = await statusOf('gateways');

    expect(gateways.find(({ name }) => name === 'istio-ingress')).toMatchObject({
      autoscaler: { min: 1, max: 4, current: 4 },
      budget: { disruptionsAllowed: 0 },
      service: { type: 'LoadBalancer', externalTrafficPolicy: 'Local' },
      istioGateways: ['ingress/shop'],
    });
  });
});
