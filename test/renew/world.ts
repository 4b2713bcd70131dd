/** A sandbox on virtual time with a renewal at work in it, whose every write is seen and can be made to fail. */
import { Transient } from '../../src/errors.ts';
import type { KubeApi, KubeObject } from '../../src/kube/api.ts';
import { readCluster } from '../../src/inventory/read-cluster.ts';
import { buildMesh } from '../../src/mesh/build.ts';
import { renewWorkload } from '../../src/steps/renew-workload.ts';
import type { RenewWorkload } from '../../src/steps/spec.ts';
import type { StepContext, View } from '../../src/steps/step.ts';
import { createCluster, type Cluster, type ClusterOptions } from '../../sandbox/cluster.ts';
import { VirtualScheduler } from '../../sandbox/clock/virtual.ts';
import { install } from '../../sandbox/scenarios/install.ts';
import { loadScenario } from '../../sandbox/scenarios/load.ts';
import type { Install, Scenario, WorkloadSpec } from '../../sandbox/scenarios/types.ts';
import { resources } from '../../sandbox/store/resources.ts';

/** A write that was sent. */
export interface SentWrite {
  readonly verb: 'create' | 'patch' | 'delete' | 'evict';
  readonly object: string;
  readonly body: unknown;
}

/** What happens at a write. `lost`: it is done, its answer does not come, then the process ends; `unanswered`: it goes on. */
export type Crash = 'before' | 'after' | 'lost' | 'unanswered';

/** Stands for the end of the process. */
export class Killed extends Error {}

/** A cluster and the time in it. */
export interface World {
  readonly cluster: Cluster;
  readonly clock: VirtualScheduler;
  /** Writes that stored something, in their order. */
  readonly writes: SentWrite[];
  /** When each of them was sent. */
  readonly sentAt: number[];
  readonly notes: string[];
  readonly evidence: [string, string | number][];
  /** Pods that were ever created in namespace `shop` or `zoo` since the world began: 'namespace/name uid'. */
  readonly created: KubeObject[];
  /** Fails the write of this number, counted from 0 over all calls. */
  crashAt: { readonly number: number; readonly how: Crash } | null;
}

/** Runs what is awaited while virtual time passes; gives up after so many simulated minutes. */
export async function during<T>(clock: VirtualScheduler, work: Promise<T>, limitMinutes = 60): Promise<T> {
  let settled = false;
  const done = work.finally(() => (settled = true));
  done.catch(() => undefined);
  for (let steps = 0; !settled; steps += 1) {
    if (steps > limitMinutes * 600) throw new Error('it does not come to an end');
    await new Promise((resolve) => setImmediate(resolve));
    if (!settled) clock.advance(100);
  }
  return done;
}

/** A cluster of a scenario, settled. */
export async function worldOf(scenario: Scenario, options: Partial<ClusterOptions> = {}): Promise<World> {
  const clock = new VirtualScheduler(Date.UTC(2026, 0, 1));
  const { nodes, gatewayApi } = scenario;
  const cluster = createCluster({ clock, seed: 7, nodes, ...(gatewayApi !== undefined && { gatewayApi }), ...options });
  const pass = (ms: number) => {
    clock.advance(ms);
    return Promise.resolve();
  };
  await loadScenario(cluster, scenario, pass);
  const created: KubeObject[] = [];
  cluster.store.watch(resources.pods, { resourceVersion: cluster.store.resourceVersion }, (event) => {
    if (event.type === 'ADDED') created.push(event.object);
  });
  return { cluster, clock, writes: [], sentAt: [], notes: [], evidence: [], created, crashAt: null };
}

/** Namespace shop with one workload under revision 1-29-6; 1-30-3 is there too, and takes new pods. */
export async function shop(workload: WorkloadSpec, options: Partial<ClusterOptions> = {}): Promise<World> {
  const version = { old: '1.29.6', new: '1.30.3' };
  const istiod = (at: string): Install => ({ chart: 'istiod', version: at, revision: at.replaceAll('.', '-') });
  const namespace = { name: 'shop', labels: { 'istio.io/rev': '1-29-6' }, workloads: [workload] };
  const world = await worldOf(
    {
      name: 'shop',
      description: 'One workload',
      nodes: 3,
      steps: [
        { do: 'install', install: [{ chart: 'base', version: version.old, defaultRevision: '1-29-6' }] },
        { do: 'install', install: [istiod(version.old), istiod(version.new)] },
        { do: 'settle' },
        { do: 'deploy', namespaces: [namespace] },
        { do: 'settle' },
      ],
    },
    options,
  );
  relabel(world, '1-30-3');
  return world;
}

/** Lets another revision serve new pods of namespace shop. */
export function relabel({ cluster }: World, revision: string): void {
  const labels = { 'istio.io/rev': revision };
  cluster.store.patch({ resource: resources.namespaces, name: 'shop' }, 'merge', { metadata: { labels } });
}

/** Upgrades the control plane without revision in place. */
export function upgradeInPlace({ cluster, clock }: World, version: string): void {
  install(cluster.installer, { chart: 'istiod', version, revision: '' });
  clock.advance(60_000);
}

/** What is asked for, from a few words. */
export function renewal(given: Partial<RenewWorkload> & Pick<RenewWorkload, 'name'>): RenewWorkload {
  return {
    kind: 'renew-workload',
    namespace: 'shop',
    workload: 'Deployment',
    role: 'sidecar',
    method: 'rollout',
    revision: '1-30-3',
    version: '1.30.3',
    replicas: 3,
    width: 1,
    labels: {},
    before: {},
    serviceLabel: 'app',
    readyMs: 5000,
    drainMs: 2000,
    ...given,
  };
}

/** Runs the renewal to its end. */
export function renew(world: World, spec: RenewWorkload, mark = 'run-1', limitSeconds = 600): Promise<void> {
  return during(world.clock, renewWorkload.apply({ ...contextOf(world, mark), limitSeconds }, spec));
}

/** The cluster as it is now, with its mesh. */
export async function view({ cluster, clock }: World): Promise<View> {
  const seenAt = clock.now();
  const facts = await readCluster(cluster.api, { context: 'sandbox' });
  return { facts, mesh: buildMesh(facts), seenAt };
}

function contextOf(world: World, mark: string): StepContext {
  const { clock, cluster } = world;
  const signal = new AbortController().signal;
  return {
    api: watched(world, cluster.api),
    clock: {
      now: () => clock.now(),
      sleep: (ms) => new Promise((resolve) => void clock.after(ms, resolve)),
    },
    signal,
    mark,
    look: () => view(world),
    installer: { name: 'none', preview: unused, install: unused, remove: unused },
    limitSeconds: 600,
    note: (text) => void world.notes.push(text),
    waits: () => undefined,
    recall: () => null,
    evidence: (name, value) => void world.evidence.push([name, value]),
  };
}

const unused = () => Promise.reject(new Error('a renewal installs nothing'));

/** The same API, with every write that stores something recorded, and one of them failing. */
function watched(world: World, api: KubeApi): KubeApi {
  const send = async <T>(write: SentWrite, dryRun: boolean | undefined, call: () => Promise<T>): Promise<T> => {
    if (dryRun) return call();
    const crash = world.crashAt?.number === world.writes.length ? world.crashAt.how : null;
    if (crash === 'before') throw new Killed('before the write');
    const answer = await call();
    world.writes.push(write);
    world.sentAt.push(world.clock.now());
    if (crash === 'lost') await new Promise((resolve) => void world.clock.after(5000, () => resolve(undefined)));
    if (crash === 'unanswered') throw new Transient('the connection was lost', { object: write.object });
    if (crash !== null) throw new Killed(`${crash} the write`);
    return answer;
  };
  const nameOf = (plural: string, namespace: string | undefined, name: string) =>
    `${plural} ${namespace ?? ''}/${name}`;
  return {
    ...api,
    create: (resource, object, options) =>
      send(
        {
          verb: 'create',
          object: nameOf(resource.plural, object.metadata.namespace, object.metadata.name),
          body: object,
        },
        options?.dryRun,
        () => api.create(resource, object, options),
      ),
    patch: (ref, kind, patch, options) =>
      send(
        { verb: 'patch', object: nameOf(ref.resource.plural, ref.namespace, ref.name), body: patch },
        options?.dryRun,
        () => api.patch(ref, kind, patch, options),
      ),
    delete: (ref, options) =>
      send(
        {
          verb: 'delete',
          object: nameOf(ref.resource.plural, ref.namespace, ref.name),
          body: { ...options, signal: 0 },
        },
        options?.dryRun,
        () => api.delete(ref, options),
      ),
    evict: (pod, options) =>
      send({ verb: 'evict', object: nameOf('pods', pod.namespace, pod.name), body: pod }, options?.dryRun, () =>
        api.evict(pod, options),
      ),
  };
}

/** Pods of an app that are there now: name, revision, version, ready. */
export function podsOf({ cluster }: World, namespace: string, app: string): readonly string[] {
  const { items } = cluster.store.list(resources.pods, { namespace, labelSelector: `app=${app}` });
  return items.map(
    (pod) =>
      `${pod.metadata.annotations?.['istio.io/rev'] ?? '-'} ${/proxyv2:([\d.]+)/.exec(JSON.stringify(pod['spec']))?.[1] ?? '-'}` +
      ` ${JSON.stringify(pod['status']).includes('"type":"Ready","status":"True"') ? 'ready' : 'not ready'}`,
  );
}

/** Names of pods of an app that were made since the world began. */
export function madeFor({ created }: World, app: string): readonly string[] {
  return created.filter((pod) => pod.metadata.labels?.['app'] === app).map((pod) => pod.metadata.name);
}
