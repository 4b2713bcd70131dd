/** A sandbox with real servers for some workloads, and how they are restarted in it. */
import { startLiveSandbox, type LiveSandbox } from '../../sandbox/live-start.ts';
import type { Scenario, WorkloadSpec } from '../../sandbox/scenarios/types.ts';
import { resources } from '../../sandbox/store/resources.ts';
import { readCluster } from '../../src/inventory/read-cluster.ts';
import type { KubeObject } from '../../src/kube/api.ts';
import { buildMesh } from '../../src/mesh/build.ts';
import type { Facts } from '../../src/mesh/facts.ts';
import { renewWorkload } from '../../src/steps/renew-workload.ts';
import type { RenewWorkload } from '../../src/steps/spec.ts';
import { namespaceOf, objectsOf, port, revisions, type FitnessSpec } from './spec.ts';

/** Longest time that a restart may take, milliseconds. */
const restartLimit = 90_000;

/** A spec, and where its Service is reached. */
export interface Reached {
  readonly spec: FitnessSpec;
  /** By a caller without a proxy: HOST:PORT. */
  readonly plain: string;
  /** By the application of a pod in the mesh. */
  readonly mesh: string;
}

const { old, next } = revisions;

/** What gateways lead to, and the pod that calls from within the mesh. */
const backend: WorkloadSpec = { name: 'backend', behaviour: {} };
const caller: WorkloadSpec = { name: 'caller', behaviour: {} };

function scenarioOf(specs: readonly FitnessSpec[]): Scenario {
  return {
    name: 'fitness',
    description: 'Workloads that are restarted under load',
    nodes: 3,
    steps: [
      {
        do: 'install',
        install: [
          { chart: 'base', version: old.version, defaultRevision: old.name },
          { chart: 'istiod', version: old.version, revision: old.name },
          { chart: 'istiod', version: next.version, revision: next.name },
        ],
      },
      { do: 'patch', object: node('node-1'), patch: { metadata: { labels: { pool: 'one' } } } },
      { do: 'settle' },
      {
        do: 'deploy',
        namespaces: [
          { name: 'shop', labels: { 'istio.io/rev': old.name }, workloads: [backend, caller] },
          { name: 'own' },
        ],
      },
      { do: 'create', objects: specs.flatMap(objectsOf) },
      { do: 'settle' },
    ],
  };
}

const node = (name: string) => ({ apiVersion: 'v1', kind: 'Node', name });

/** Workloads as real servers. Close it. */
export function startCluster(specs: readonly FitnessSpec[]): Promise<LiveSandbox> {
  return startLiveSandbox({ content: { scenario: scenarioOf(specs) }, port: 0, now: Date.now });
}

/** Where workloads are reached by a caller without a proxy, and by one in the mesh. */
export async function addressesOf(sandbox: LiveSandbox, specs: readonly FitnessSpec[]): Promise<readonly Reached[]> {
  const [pod] = await podsOf(sandbox, { name: caller.name });
  const from = { namespace: 'shop', name: pod?.metadata.name ?? '' };
  return Promise.all(
    specs.map(async (spec) => {
      const service = { namespace: namespaceOf(spec), name: spec.name, port };
      const plain = await sandbox.controls.serviceAddress(service);
      const mesh = await sandbox.controls.meshAddress(from, service);
      return { spec, plain: `${plain.host}:${plain.port}`, mesh: `${mesh.host}:${mesh.port}` };
    }),
  );
}

/** What meshlift reads of it. */
export function factsOf({ api }: LiveSandbox): Promise<Facts> {
  return readCluster(api, { context: 'sandbox' });
}

const kinds = {
  Deployment: resources.deployments,
  StatefulSet: resources.statefulSets,
  DaemonSet: resources.daemonSets,
} as const;

async function podsOf(
  { api }: LiveSandbox,
  spec: Pick<FitnessSpec, 'name' | 'ownRevision'>,
): Promise<readonly KubeObject[]> {
  const found: KubeObject[] = [];
  const project = (pod: KubeObject) => pod;
  const options = { namespace: namespaceOf(spec), labelSelector: `app=${spec.name}`, project };
  for await (const page of api.list(resources.pods, options)) found.push(...page.items);
  return found;
}

/** As `kubectl rollout restart` does it; fulfils when the pods of before are gone. Throws Error when that takes too long. */
export async function rollOut(sandbox: LiveSandbox, spec: FitnessSpec): Promise<void> {
  const before = new Set((await podsOf(sandbox, spec)).map(({ metadata }) => metadata.uid));
  const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() };
  const { name, kind = 'Deployment' } = spec;
  const ref = { resource: kinds[kind], namespace: namespaceOf(spec), name };
  await sandbox.api.patch(ref, 'merge', { spec: { template: { metadata: { annotations } } } });
  const until = Date.now() + restartLimit;
  while ((await podsOf(sandbox, spec)).some(({ metadata }) => before.has(metadata.uid))) {
    if (Date.now() > until) throw new Error(`${name} was not restarted within ${restartLimit} ms`);
    await pause(100);
  }
}

/** New pods get the next revision from now on. */
export async function labelNamespace({ api }: LiveSandbox): Promise<void> {
  const ref = { resource: resources.namespaces, name: 'shop' };
  await api.patch(ref, 'merge', { metadata: { labels: { 'istio.io/rev': next.name } } });
}

/** Renews a workload as a run of meshlift does. */
export function renew(sandbox: LiveSandbox, spec: RenewWorkload): Promise<void> {
  const refuse = () => Promise.reject(new Error('a renewal installs nothing'));
  const context = {
    api: sandbox.api,
    clock: { now: Date.now, sleep: pause },
    signal: AbortSignal.timeout(restartLimit),
    mark: 'bench',
    look: async () => {
      const seenAt = Date.now();
      const facts = await factsOf(sandbox);
      return { facts, mesh: buildMesh(facts), seenAt };
    },
    installer: { name: 'none', preview: refuse, install: refuse, remove: refuse },
    limitSeconds: 60,
    note: () => undefined,
    waits: () => undefined,
    evidence: () => undefined,
    recall: () => null,
  } as const;
  return renewWorkload.apply(context, spec);
}

/** So many milliseconds. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
