import { loadavg } from 'node:os';
import { performance } from 'node:perf_hooks';
import type { ProbeReport, TargetReport } from '../src/probe/report.ts';
import { buildProduct, bundlePath } from './lib/bundle.ts';
import { runNode } from './lib/child.ts';
import { info, promise, type Outcome, type Row } from './lib/report.ts';
import { startServed, type Served } from './lib/served.ts';

const bounds = { onSchedule: 0.999, gapError: 0.05 };
const rate = 1000;
const freezeMs = 2000;

interface Measured {
  readonly report: ProbeReport;
  readonly target: TargetReport;
  /** Load of the machine over the last minute, at the end. */
  readonly load: number;
}

/** Runs the published probe as a process of its own; `act` runs when it has sent for 2 s. */
async function probe(
  url: string,
  seconds: number,
  perSecond: number,
  act = () => Promise.resolve(),
): Promise<Measured> {
  const args = [bundlePath, 'probe', url, '--rate', String(perSecond), '--duration', `${seconds}s`, '-o', 'json'];
  const running = runNode(args, {}, seconds + 60);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  await act();
  const { stdout, stderr } = await running;
  if (!stdout.startsWith('{')) throw new Error(`the probe gave no report: ${stderr.slice(-2000)}`);
  const report = JSON.parse(stdout) as ProbeReport;
  const [target] = report.targets;
  if (!target) throw new Error('the report has no target');
  return { report, target, load: loadavg()[0] ?? NaN };
}

interface Steady extends Measured {
  /** CPU time of the server's process, milliseconds. */
  readonly cpuMs: number;
}

async function steady(server: Served, service: string, seconds: number): Promise<Steady> {
  const used = async () => (JSON.parse(await server.command('usage')) as { cpuMs: number }).cpuMs;
  const before = await used();
  const measured = await probe(server.urlOf(service), seconds, rate);
  return { ...measured, cpuMs: (await used()) - before };
}

const percent = (share: number) => `${(share * 100).toFixed(3)} %`;
const shareOf = ({ report }: Measured) => report.sender.onScheduleShare;

function kinds({ target }: Measured): string {
  return target.failures.map(({ name, count }) => `${count}x ${name}`).join(', ') || 'none';
}

/** What a plain server misses too is the machine's. */
function lateBeside(live: Steady, plain: Steady): string {
  const [ours, its] = [live.report.sender.senderLate, plain.report.sender.senderLate];
  return its === 0 ? `${ours} and none` : `${ours} and ${its}: ${(ours / its).toFixed(2)} times`;
}

const cpuEach = ({ cpuMs, target }: Steady) => (cpuMs / (target.ok + target.failed)).toFixed(2);

function steadyRows(live: Steady, plain: Steady, seconds: number): Row[] {
  const { ok, failed, latency } = live.target;
  const [kept, besides] = [shareOf(live), shareOf(plain)];
  return [
    info('sent and answered', `${live.report.sender.scheduled} in ${seconds} s, ${ok} answered`),
    promise('no change: failed', `${failed} (${kinds(live)})`, '= 0', failed === 0 && ok >= seconds * rate),
    promise('within 20 ms of schedule', percent(kept), `>= ${percent(bounds.onSchedule)}`, kept >= bounds.onSchedule),
    info(
      'the same to a plain Node server',
      `${percent(besides)}; load ${live.load.toFixed(1)} and ${plain.load.toFixed(1)}`,
    ),
    info('late sends beside the plain server', lateBeside(live, plain)),
    info('CPU time of the servers a request, ms', `${cpuEach(live)}; plain ${cpuEach(plain)}`),
    info(
      'worst delay of a send, ms',
      `${live.report.sender.maxLateMs.toFixed(1)}; plain ${plain.report.sender.maxLateMs.toFixed(1)}`,
    ),
    info(
      'latency p50, p99, ms',
      `${latency.p50Ms.toFixed(1)}, ${latency.p99Ms.toFixed(1)}; plain ${plain.target.latency.p99Ms.toFixed(1)}`,
    ),
  ];
}

interface Frozen extends Measured {
  /** Between the two signals. */
  readonly stoppedMs: number;
}

async function freeze(sandbox: Served): Promise<Frozen> {
  let stoppedMs = 0;
  const measured = await probe(sandbox.urlOf('web'), 7, 200, async () => {
    const from = performance.now();
    process.kill(sandbox.pid, 'SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, freezeMs));
    process.kill(sandbox.pid, 'SIGCONT');
    stoppedMs = performance.now() - from;
  });
  return { ...measured, stoppedMs };
}

function frozenRows({ target, stoppedMs }: Frozen): Row[] {
  const gap = target.gaps.longest.ms;
  const error = Math.abs(gap - stoppedMs) / stoppedMs;
  return [
    promise(
      `control: server stopped for ${(stoppedMs / 1000).toFixed(2)} s, gap in s`,
      `${(gap / 1000).toFixed(3)} (${(error * 100).toFixed(1)} % off)`,
      `within ${bounds.gapError * 100} %`,
      error <= bounds.gapError,
    ),
    info('longest latency of it, s', (target.latency.maxMs / 1000).toFixed(3)),
  ];
}

function restartRows(gentle: Measured, rough: Measured): Row[] {
  const named = rough.target.failures.every(({ name, example }) => name !== '' && example !== '');
  return [
    promise(
      'restart, drained: failed',
      `${gentle.target.failed} of ${gentle.target.ok + gentle.target.failed} (${kinds(gentle)})`,
      '= 0',
      gentle.target.failed === 0,
    ),
    promise(
      'control: restart of what dies at SIGTERM',
      kinds(rough),
      'failures, each named',
      rough.target.failed > 0 && named,
    ),
  ];
}

/** The probe against a sandbox in live mode: no change, a frozen server, restarts with and without draining. */
export async function traffic(quick: boolean): Promise<Outcome> {
  buildProduct();
  const seconds = quick ? 10 : 60;
  const sandbox = await startServed('live-sandbox');
  const reference = await startServed('plain-server');
  try {
    const frozen = await freeze(sandbox);
    const restarted = (name: string) =>
      probe(sandbox.urlOf(name), 20, 200, async () => void (await sandbox.command(`restart ${name}`)));
    const [gentle, rough] = [await restarted('web'), await restarted('rude')];
    const plain = await steady(reference, 'plain', seconds);
    const live = await steady(sandbox, 'web', seconds);
    const rows = [...steadyRows(live, plain, seconds), ...frozenRows(frozen), ...restartRows(gentle, rough)];
    return { rows, raw: { bounds, rate, seconds, plain, live, frozen, gentle, rough } };
  } finally {
    await Promise.all([sandbox.stop(), reference.stop()]);
  }
}
