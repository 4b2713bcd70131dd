import { systemClock } from '../../src/probe/clock.ts';
import type { ProbeReport, TargetReport } from '../../src/probe/report.ts';
import { startProbe, type ProbeHandle } from '../../src/probe/run.ts';
import { probeSpec, type ProbeInput } from '../../src/probe/spec.ts';
import { parseTarget } from '../../src/probe/target.ts';
import type { KubeObject, ResourceType } from '../../src/kube/api.ts';
import { realTimeScheduler } from '../clock/real-time.ts';
import { startControllers } from '../controllers/start.ts';
import { isReady, isTerminating } from '../controllers/base/pods.ts';
import { virtualRuntime } from '../controllers/kubelet/virtual-runtime.ts';
import { resources } from '../store/resources.ts';
import { seededRandom } from '../store/random.ts';
import { Store } from '../store/store.ts';
import { appAnnotation, type AppBehaviour } from './app/behaviour.ts';
import { startLiveMode, type LiveAddress, type LiveOptions } from './live-mode.ts';

/** Short times: a replacement takes a second. */
export const quick = {
  serviceDelayMs: 100,
  pushDelayMs: 80,
  connectTimeoutMs: 10_000,
  proxyStartMs: 20,
  termDelayMs: 0,
  sidecarLingerMs: 500,
  teardownMs: 100,
};

const never = { pullMs: 0, createMs: 0, startMs: 0, readyMs: 0, stopMs: 0 };

/** A live cluster with namespace shop and one node, on real time. */
export function liveCluster(options: Pick<LiveOptions, 'link' | 'timing'> = {}) {
  const scheduler = realTimeScheduler();
  const store = new Store({ clock: () => scheduler.now(), random: seededRandom(1) });
  const others = virtualRuntime(scheduler, () => never);
  const live = startLiveMode({ store, scheduler, others, timing: quick, ...options });
  const controllers = startControllers(store, scheduler, { runtime: live.runtime, latencyMs: 1 });
  store.create(resources.namespaces, { metadata: { name: 'shop' } });
  store.create(resources.nodes, {
    metadata: { name: 'node-1' },
    status: {
      conditions: [{ type: 'Ready', status: 'True' }],
      allocatable: { cpu: '64', memory: '64Gi', pods: '200' },
    },
  });
  const close = async () => {
    controllers.stop();
    await live.close();
  };
  return { store, live, close };
}

/** See `liveCluster`. */
export type LiveCluster = ReturnType<typeof liveCluster>;

/** What kind of proxy a workload's pods have. */
export type Proxied = 'none' | 'native' | 'classic' | 'gateway';

/** A workload of namespace shop. */
export interface Workload {
  readonly name: string;
  readonly app?: Partial<AppBehaviour>;
  readonly proxy?: Proxied;
  readonly replicas?: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly graceSeconds?: number;
  /** Readiness probe. Default true. */
  readonly probed?: boolean;
}

const proxyContainer = { name: 'istio-proxy', image: 'example.com/proxyv2:1.30.3' };

function podSpec({ proxy = 'native', graceSeconds = 30, probed = true }: Workload) {
  const probe = { readinessProbe: { httpGet: { path: '/healthz', port: 8080 } } };
  const app = { name: 'app', image: 'example.com/app:1', ports: [{ containerPort: 8080 }], ...(probed && probe) };
  const containers = {
    none: [app],
    native: [app],
    classic: [proxyContainer, app],
    gateway: [{ ...proxyContainer, args: ['proxy', 'router'], ports: [{ containerPort: 8080 }] }],
  }[proxy];
  const initContainers = proxy === 'native' ? [{ ...proxyContainer, restartPolicy: 'Always' }] : [];
  return { containers, initContainers, terminationGracePeriodSeconds: graceSeconds };
}

/** Creates a Deployment with a Service on port 80, and waits until all is ready. */
export async function deploy(cluster: LiveCluster, workload: Workload): Promise<void> {
  const { name, replicas = 2, app = {}, labels = {} } = workload;
  const annotations = {
    ...(workload.proxy !== 'gateway' && { [appAnnotation]: JSON.stringify({ startMs: 50, ...app }) }),
    ...workload.annotations,
  };
  cluster.store.create(resources.services, {
    metadata: { name, namespace: 'shop' },
    spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
  });
  cluster.store.create(resources.deployments, {
    metadata: { name, namespace: 'shop' },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      template: { metadata: { labels: { app: name, ...labels }, annotations }, spec: podSpec(workload) },
    },
  });
  await until(cluster, () => podsOf(cluster, name).filter(isReady).length === replicas);
  await changesSettled();
}

/** Pods of a workload that are not on their way out. */
export function podsOf({ store }: LiveCluster, name: string): readonly KubeObject[] {
  return store
    .list(resources.pods, { namespace: 'shop', labelSelector: `app=${name}` })
    .items.filter((pod) => !isTerminating(pod));
}

/** Restarts a workload as `kubectl rollout restart` does, and waits until no old pod is left. */
export async function restart(cluster: LiveCluster, name: string): Promise<void> {
  const old = new Set(podsOf(cluster, name).map((pod) => pod.metadata.uid));
  const ref = { resource: resources.deployments, namespace: 'shop', name };
  const annotations = { 'kubectl.kubernetes.io/restartedAt': cluster.store.now() };
  cluster.store.patch(ref, 'merge', { spec: { template: { metadata: { annotations } } } });
  await until(cluster, () => {
    const pods = cluster.store.list(resources.pods, { namespace: 'shop', labelSelector: `app=${name}` }).items;
    return pods.length === old.size && pods.every((pod) => isReady(pod) && !old.has(pod.metadata.uid));
  });
}

const watchedKinds: readonly ResourceType[] = [resources.pods, resources.endpointSlices, resources.deployments];

/** Waits for the change that makes a condition true. */
export function until({ store }: LiveCluster, condition: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const stops: (() => void)[] = [];
    const check = () => {
      if (!condition()) return;
      for (const stop of stops.splice(0)) stop();
      resolve();
    };
    for (const kind of watchedKinds) stops.push(store.watch(kind, {}, check));
    check();
  });
}

/** Time that proxies and balancers take to learn of endpoints; they tell nobody when they have. */
export function changesSettled(): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, quick.serviceDelayMs + 60));
}

/** A client that does not give up while the machine is busy with something else. Milliseconds. */
const patient = 10_000;

/** What a probe is to do while something happens. */
export type ProbeShape = Partial<Omit<ProbeInput, 'targets'>> & { readonly path?: string };

/** Counts of a running probe; time in milliseconds of its report. */
export interface TrafficCounts {
  readonly atMs: number;
  readonly sent: number;
  readonly ok: number;
  readonly failed: number;
}

/** The requests of a running probe. */
export interface Traffic {
  counts(): TrafficCounts;
  /** Waits until so many more requests have left, or have been answered rightly. */
  more(count: number, of: 'sent' | 'ok'): Promise<void>;
}

function trafficOf(probe: ProbeHandle): Traffic {
  let known: TrafficCounts = { atMs: 0, sent: 0, ok: 0, failed: 0 };
  const counts = () => {
    const { toMs, targets } = probe.snapshot();
    for (const { sender, ok, failed } of targets) {
      known = { ...known, sent: known.sent + sender.scheduled, ok: known.ok + ok, failed: known.failed + failed };
    }
    return (known = { ...known, atMs: toMs });
  };
  const more = async (count: number, of: 'sent' | 'ok') => {
    const enough = counts()[of] + count;
    while (counts()[of] < enough) await new Promise<void>((resolve) => void setTimeout(resolve, 5));
  };
  return { counts, more };
}

/** Runs a probe while `act` runs and a bit longer, then reports. */
export async function probing(
  { host, port }: LiveAddress,
  scheme: string,
  shape: ProbeShape,
  act: (traffic: Traffic) => Promise<void>,
): Promise<{ report: ProbeReport; target: TargetReport }> {
  const { path = '/', ...more } = shape;
  const targets = [parseTarget(`${scheme}://${host}:${port}${path}`)];
  const spec = probeSpec({ targets, ratePerSecond: 200, durationMs: 20_000, timeoutMs: patient, ...more });
  const probe = startProbe(spec, { clock: systemClock, wallClock: () => Date.now() });
  await changesSettled();
  await act(trafficOf(probe));
  await changesSettled();
  const report = await probe.stop();
  const [target] = report.targets;
  if (!target) throw new Error('no target');
  return { report, target };
}

/** The Service of workload web. */
export const web = { namespace: 'shop', name: 'web', port: 80 };

/** Address of workload web for a caller: outside the mesh, or a pod of it. */
export async function addressFor(cluster: LiveCluster, caller: 'plain' | 'mesh'): Promise<LiveAddress> {
  if (caller === 'plain') return cluster.live.serviceAddress(web);
  await deploy(cluster, { name: 'client', replicas: 1 });
  const [client] = podsOf(cluster, 'client');
  return cluster.live.meshAddress({ namespace: 'shop', name: client?.metadata.name ?? '' }, web);
}
