import { runNode, runNodeWell, type ChildRun } from './lib/child.ts';
import { buildChild, buildProduct, bundlePath } from './lib/bundle.ts';
import { startCluster, type Cluster } from './lib/cluster.ts';
import { info, promise, type Outcome, type Row } from './lib/report.ts';
import { median, spread } from './lib/stats.ts';
import { readStatus, type StatusSummary } from './lib/status.ts';
import type { ServerCounts } from './server/counts.ts';
import type { ClusterSize } from './server/world.ts';

const size: ClusterSize = { pods: 10_000, nodes: 500, workloads: 200, namespaces: 100, istiodsPerRevision: 10 };
const istiodMs = 650;
const askingBoundMs = 1.5 * istiodMs;
/** The default deadline of a request to an istiod (src/inventory/walk.ts). */
const deadlineMs = 5_000;
/** Start and end of the process and the noise of two medians. */
const slackMs = 500;
/** Enough asked one after the other to be over the bound. */
const controlIstiods = 4;

interface StatusRun {
  readonly run: Omit<ChildRun, 'stdout'>;
  readonly counts: ServerCounts;
  readonly status: StatusSummary;
}

async function measure(cluster: Cluster): Promise<StatusRun> {
  await cluster.takeCounts();
  const { stdout, ...run } = await runNodeWell([bundlePath, 'status', '-o', 'json'], cluster.env);
  const { dataPlane, incomplete } = readStatus(stdout);
  return { run, counts: await cluster.takeCounts(), status: { dataPlane, incomplete } };
}

const wallMs = (runs: readonly StatusRun[]) => runs.map(({ run }) => run.wallSeconds * 1000);

function askingRows(prompt: readonly StatusRun[], slow: readonly StatusRun[], control: ServerCounts): Row[] {
  const asking = slow.map(({ counts }) => counts.askingMs);
  const worst = Math.max(...asking);
  const extra = median(wallMs(slow)) - median(wallMs(prompt));
  const bound = `<= ${askingBoundMs}`;
  return [
    info('status, istiods answer at once, ms', spread(wallMs(prompt), 0)),
    info(`status, istiods take ${istiodMs} ms, ms`, spread(wallMs(slow), 0)),
    promise('first question to last answer, ms', spread(asking, 0), bound, worst <= askingBoundMs),
    promise('what slow istiods add to status, ms', extra.toFixed(0), bound, extra <= askingBoundMs),
    promise(
      `control: ${controlIstiods} asked in series, ms`,
      control.askingMs.toFixed(0),
      `> ${askingBoundMs}`,
      control.askingMs > askingBoundMs,
    ),
  ];
}

function silentRows(prompt: readonly StatusRun[], silent: StatusRun, proxies: number): Row[] {
  const extra = silent.run.wallSeconds * 1000 - median(wallMs(prompt));
  const { dataPlane, incomplete } = silent.status;
  const named = incomplete.filter(({ what }) => what.includes('istiod')).length;
  const noneLost = dataPlane.proxies === size.pods + 1 && dataPlane.notConnected === 0;
  const bound = deadlineMs + slackMs;
  return [
    promise('what one silent istiod adds, ms', extra.toFixed(0), `<= ${bound}`, extra <= bound),
    promise(
      'its proxies: connection unknown',
      String(dataPlane.connectionUnknown),
      `= ${proxies}`,
      dataPlane.connectionUnknown === proxies && noneLost,
    ),
    promise('named among what was not seen', String(named), '>= 1', named >= 1),
  ];
}

async function measureControl(cluster: Cluster): Promise<ServerCounts> {
  await cluster.takeCounts();
  const run = await runNode([await buildChild('ask-serially')], {
    ...cluster.env,
    BENCH_ISTIODS: String(controlIstiods),
  });
  if (run.code !== 0) throw new Error(`the control failed: ${run.stderr}`);
  return cluster.takeCounts();
}

/** 20 istiods of 10,000 proxies, each slow; then one of them that never answers. */
export async function istiods(quick: boolean): Promise<Outcome> {
  buildProduct();
  const fast = await startCluster({ size, istiodDelayMs: 0, silentIstiods: 0 });
  const slow = await startCluster({ size, istiodDelayMs: istiodMs, silentIstiods: 0 });
  const quiet = await startCluster({ size, istiodDelayMs: 0, silentIstiods: 1 });
  try {
    const prompt: StatusRun[] = [];
    const delayed: StatusRun[] = [];
    for (let round = 0; round < (quick ? 2 : 5); round += 1) {
      prompt.push(await measure(fast));
      delayed.push(await measure(slow));
    }
    const control = await measureControl(slow);
    const silent = await measure(quiet);
    const rows = [...askingRows(prompt, delayed, control), ...silentRows(prompt, silent, quiet.silentProxies)];
    return { rows, raw: { size, istiodMs, prompt, delayed, control, silent } };
  } finally {
    await Promise.all([fast.stop(), slow.stop(), quiet.stop()]);
  }
}
