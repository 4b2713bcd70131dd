import { runNode, runNodeWell, type ChildRun } from './lib/child.ts';
import { buildChild, buildProduct, bundlePath } from './lib/bundle.ts';
import { startCluster, type Cluster } from './lib/cluster.ts';
import { info, promise, type Outcome, type Row } from './lib/report.ts';
import { median, spread } from './lib/stats.ts';
import { readStatus } from './lib/status.ts';
import type { ServerCounts } from './server/counts.ts';
import { fullSize, type ClusterSize } from './server/world.ts';

const bounds = { peakMiB: 300, wallSeconds: 20, requestsBesidesPages: 30, requestsAnIstiod: 2 };
const quickSize: ClusterSize = { pods: 10_000, nodes: 500, workloads: 200, namespaces: 100, istiodsPerRevision: 10 };
/** Pods for those that keep whole objects: more would only tell the same and need gigabytes. */
const wholePods = 20_000;

interface StatusRun {
  readonly run: Omit<ChildRun, 'stdout'>;
  readonly counts: ServerCounts;
  readonly proxies: number;
  readonly unconnected: number;
  readonly incomplete: number;
}

interface Decoded {
  readonly pods: number;
  readonly bytes: number;
  readonly parseSeconds: number;
  readonly seconds: number;
}

async function measureStatus(cluster: Cluster): Promise<StatusRun> {
  await cluster.takeCounts();
  const { stdout, ...run } = await runNodeWell([bundlePath, 'status', '-o', 'json'], cluster.env);
  const { dataPlane, incomplete } = readStatus(stdout);
  return {
    run,
    counts: await cluster.takeCounts(),
    proxies: dataPlane.proxies,
    unconnected: dataPlane.notConnected + dataPlane.connectionUnknown,
    incomplete: incomplete.length,
  };
}

async function measureChild(name: string, cluster: Cluster, env: Record<string, string> = {}): Promise<ChildRun> {
  const run = await runNode([await buildChild(name)], { ...cluster.env, ...env });
  await cluster.takeCounts();
  return run;
}

function statusRows(cluster: Cluster, size: ClusterSize, runs: readonly StatusRun[]): Row[] {
  const peak = Math.max(...runs.map(({ run }) => run.peakMiB));
  const wall = median(runs.map(({ run }) => run.wallSeconds));
  const seen = runs.every((run) => run.proxies === size.pods + 1 && run.unconnected === 0 && run.incomplete === 0);
  const first = runs[0];
  return [
    info(
      'objects served',
      Object.entries(cluster.objects)
        .map(([kind, count]) => `${count} ${kind}`)
        .slice(0, 4)
        .join(', '),
    ),
    promise(
      'peak memory, MiB',
      spread(
        runs.map(({ run }) => run.peakMiB),
        0,
      ),
      `<= ${bounds.peakMiB}`,
      peak <= bounds.peakMiB,
    ),
    promise(
      'wall time, s',
      spread(
        runs.map(({ run }) => run.wallSeconds),
        1,
      ),
      `<= ${bounds.wallSeconds}`,
      wall <= bounds.wallSeconds,
    ),
    info(
      'CPU time, s',
      spread(
        runs.map(({ run }) => run.cpuSeconds),
        1,
      ),
    ),
    info(
      'CPU time of the server, s',
      spread(
        runs.map(({ counts }) => counts.cpuSeconds),
        1,
      ),
    ),
    ...(first === undefined ? [] : requestRows(cluster, runs)),
    promise('proxies seen and connected', String(first?.proxies), `= ${size.pods + 1}, all`, seen),
  ];
}

function requestRows(cluster: Cluster, runs: readonly StatusRun[]): Row[] {
  const counts = runs.map((run) => run.counts);
  const most = (value: (one: ServerCounts) => number) => Math.max(...counts.map(value));
  const others = most((one) => one.requests - one.portForwards - one.pages);
  const pages = most((one) => one.pages);
  const needed = most((one) => one.pagesNeeded);
  const forwards = most((one) => one.portForwards);
  const forwardsBound = bounds.requestsAnIstiod * cluster.istiods;
  const unpaged = counts.flatMap((one) => one.unpaged);
  return [
    promise('pages of lists', String(pages), `<= ${needed}`, pages <= needed),
    promise(
      'requests besides pages',
      String(others),
      `<= ${bounds.requestsBesidesPages}`,
      others <= bounds.requestsBesidesPages,
    ),
    promise(
      `port-forwards to ${cluster.istiods} istiods`,
      String(forwards),
      `<= ${forwardsBound}`,
      forwards <= forwardsBound,
    ),
    promise('unpaged lists', unpaged.join(' ') || 'none', 'none', unpaged.length === 0),
  ];
}

function decodeRows(alone: Decoded, runs: readonly StatusRun[]): Row[] {
  const wall = median(runs.map(({ run }) => run.wallSeconds));
  const megabytes = alone.bytes / 1e6;
  return [
    info(
      'decoding alone, s',
      `${alone.parseSeconds.toFixed(1)} for ${megabytes.toFixed(0)} MB (JSON.parse of the same pod pages)`,
    ),
    info('reading and decoding alone, s', alone.seconds.toFixed(1)),
    info('wall / decoding alone', (wall / alone.parseSeconds).toFixed(2)),
  ];
}

interface Told {
  readonly pods?: number;
  readonly error?: string;
}

function toldOf(run: ChildRun): Told {
  if (run.code !== 0)
    return { error: run.stderr.split('\n').find((line) => /error/i.test(line)) ?? `ended with ${run.code}` };
  return JSON.parse(run.stdout) as Told;
}

function describe(run: ChildRun): string {
  const told = toldOf(run);
  const said = told.error === undefined ? `${told.pods} pods` : `no list: ${told.error.slice(0, 90)}`;
  return `${said}, ${run.peakMiB.toFixed(0)} MiB, ${run.wallSeconds.toFixed(1)} s`;
}

function peerRows(part: ChildRun, whole: ChildRun, runs: readonly StatusRun[], size: ClusterSize): Row[] {
  const { pods = NaN, error } = toldOf(part);
  if (error !== undefined) throw new Error(`client-node's list failed: ${error}`);
  const own = Math.max(...runs.map(({ run }) => run.peakMiB));
  const kibibytes = (peakMiB: number, count: number) => ((peakMiB * 1024) / count).toFixed(1);
  const [peerEach, ownEach] = [kibibytes(part.peakMiB, pods), kibibytes(own, size.pods)];
  return [
    info(`client-node's list, ${pods} pods`, describe(part)),
    info("client-node's list, all pods", describe(whole)),
    info('peak memory a pod, KiB', `client-node ${peerEach}, meshlift ${ownEach} (with all other kinds)`),
  ];
}

/** `meshlift status` on a synthetic cluster, beside plain decoding, client-node's own list, and our list without projection. */
export async function inventory(quick: boolean): Promise<Outcome> {
  buildProduct();
  const size = quick ? quickSize : fullSize;
  const part = { BENCH_PODS: String(Math.min(wholePods, size.pods)) };
  const cluster = await startCluster({ size, istiodDelayMs: 0, silentIstiods: 0 });
  try {
    const runs: StatusRun[] = [];
    for (let round = 0; round < (quick ? 1 : 3); round += 1) runs.push(await measureStatus(cluster));
    const decode = await measureChild('decode-alone', cluster);
    const peer = await measureChild('peer-list', cluster, part);
    const peerWhole = await measureChild('peer-list', cluster, { BENCH_PODS: '0' });
    const control = await measureChild('keep-whole', cluster, part);
    const exceeds = control.code === 0 && control.peakMiB > bounds.peakMiB;
    const rows = [
      ...statusRows(cluster, size, runs),
      ...decodeRows(JSON.parse(decode.stdout) as Decoded, runs),
      ...peerRows(peer, peerWhole, runs, size),
      promise('control: our list, objects kept', describe(control), `> ${bounds.peakMiB} MiB`, exceeds),
    ];
    return { rows, raw: { size, bounds, objects: cluster.objects, runs, decode, peer, peerWhole, control } };
  } finally {
    await cluster.stop();
  }
}
