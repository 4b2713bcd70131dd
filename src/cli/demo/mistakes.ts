/** What people really do, each on a sandbox of its own, with the same traffic: an honest comparison. */
import type { LiveSandbox } from '../../../sandbox/live-start.ts';
import type { KubeApi, KubeObject, ObjectRef } from '../../kube/api.ts';
import { resources } from '../../kube/resources.ts';
import { systemClock } from '../../probe/clock.ts';
import { startProbe } from '../../probe/run.ts';
import { probeSpec } from '../../probe/spec.ts';
import { parseTarget } from '../../probe/target.ts';
import type { CliIo } from '../io.ts';

/** What a mistake cost. */
export interface Mistake {
  readonly title: string;
  readonly sent: number;
  readonly failed: number;
  /** False: this machine was too busy to send on time, and some of the failures may be its own. */
  readonly scheduleKept: boolean;
  /** What else was seen; '' for nothing. */
  readonly seen: string;
}

type Io = Pick<CliIo, 'now' | 'wait'>;

/** Applications that die at SIGTERM, restarted as kubectl does. */
export async function plainRestart(io: Io): Promise<Mistake> {
  const sandbox = await live('rude', io);
  try {
    const measured = await underTraffic(sandbox, io, 'rude', async () => {
      await restart(sandbox.api, { namespace: 'shop', name: 'rude' }, io);
    });
    return { title: 'an application that dies at SIGTERM restarted by kubectl rollout restart', ...measured, seen: '' };
  } finally {
    await sandbox.close();
  }
}

/** A namespace labelled for a revision that nobody serves. */
export async function ghostRevision(io: Io): Promise<Mistake> {
  const sandbox = await live('rude', io);
  try {
    const place = { namespace: 'shop', name: 'polite' };
    const measured = await underTraffic(sandbox, io, 'polite', async () => {
      const namespace: ObjectRef = { resource: resources.namespaces, name: 'shop' };
      await sandbox.api.patch(namespace, 'merge', { metadata: { labels: { 'istio.io/rev': '1-30-4' } } });
      await restart(sandbox.api, place, io);
    });
    const bare = await withoutProxy(sandbox.api, place.namespace, place.name);
    const seen = `${bare} pods came back without a proxy: no mutual TLS, no policy, and not one warning`;
    return { title: 'a namespace labelled for a revision that nobody serves', ...measured, seen };
  } finally {
    await sandbox.close();
  }
}

/** The old control plane removed while proxies still use it; then one pod moves. */
export async function removedControlPlane(io: Io): Promise<Mistake> {
  const sandbox = await live('bookinfo', io);
  try {
    const { api } = sandbox;
    const measured = await underTraffic(sandbox, io, 'istio-ingressgateway', async () => {
      sandbox.installer.uninstall({ name: 'istiod-1-29-6', namespace: 'istio-system' });
      await io.wait(1000);
      await deletePods(api, 'bookinfo', 'productpage');
      await io.wait(6000);
    });
    const seen = 'the tag still points to it, so no new pod is admitted, and proxies keep the dead address';
    return { title: 'the old control plane removed while workloads use it, then one pod moves', ...measured, seen };
  } finally {
    await sandbox.close();
  }
}

async function live(name: string, io: Io): Promise<LiveSandbox> {
  const [{ startLiveSandbox }, { scenarioNamed }] = await Promise.all([
    import('../../../sandbox/live-start.ts'),
    import('../../../sandbox/scenarios/table.ts'),
  ]);
  return startLiveSandbox({ content: { scenario: scenarioNamed(name) }, port: 0, now: () => io.now() });
}

const rate = 60;
/** Milliseconds of traffic before a mistake, and after it: the last old pod ends after a restart counts as over. */
const around = { before: 500, after: 1000 };

async function underTraffic(
  { services }: LiveSandbox,
  io: Io,
  service: string,
  action: () => Promise<void>,
): Promise<Pick<Mistake, 'sent' | 'failed' | 'scheduleKept'>> {
  const found = services.find(({ name }) => name === service)?.urls.find(({ protocol }) => protocol === 'http1');
  const targets = found === undefined ? [] : [parseTarget(found.url, 'http1')];
  const spec = probeSpec({ targets, ratePerSecond: rate, durationMs: Infinity, timeoutMs: 2000, reallyHeavy: true });
  const probe = startProbe(spec, { clock: systemClock, wallClock: () => io.now() });
  await io.wait(around.before);
  await action();
  await io.wait(around.after);
  const { targets: reports, verdict } = await probe.stop();
  const sum = (of: (one: (typeof reports)[number]) => number): number =>
    reports.reduce((total, one) => total + of(one), 0);
  const { scheduleKept } = verdict;
  return { sent: sum(({ ok, failed }) => ok + failed), failed: sum(({ failed }) => failed), scheduleKept };
}

/** As `kubectl rollout restart` and `rollout status` do. */
async function restart(api: KubeApi, { namespace, name }: { namespace: string; name: string }, io: Io): Promise<void> {
  const ref: ObjectRef = { resource: resources.deployments, namespace, name };
  const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date(io.now()).toISOString() };
  await api.patch(ref, 'strategic', { spec: { template: { metadata: { annotations } } } });
  for (let waited = 0; waited < 60_000; waited += 250) {
    if (isRolledOut(await api.get(ref))) return;
    await io.wait(250);
  }
}

function isRolledOut({ metadata, spec, status }: KubeObject): boolean {
  const wanted = (spec as { replicas?: number } | undefined)?.replicas ?? 1;
  const now = (status ?? {}) as Readonly<Record<string, number | undefined>>;
  const counts = [now['replicas'], now['updatedReplicas'], now['availableReplicas']];
  return (now['observedGeneration'] ?? 0) >= (metadata.generation ?? 0) && counts.every((count) => count === wanted);
}

async function podsOf(api: KubeApi, namespace: string, app: string): Promise<readonly KubeObject[]> {
  const found: KubeObject[] = [];
  const options = { namespace, labelSelector: `app=${app}`, project: (pod: KubeObject) => pod };
  for await (const page of api.list(resources.pods, options)) found.push(...page.items);
  return found;
}

async function withoutProxy(api: KubeApi, namespace: string, app: string): Promise<number> {
  const pods = await podsOf(api, namespace, app);
  return pods.filter(({ metadata }) => metadata.annotations?.['sidecar.istio.io/status'] === undefined).length;
}

async function deletePods(api: KubeApi, namespace: string, app: string): Promise<void> {
  for (const { metadata } of await podsOf(api, namespace, app)) {
    await api.delete({ resource: resources.pods, namespace, name: metadata.name });
  }
}
