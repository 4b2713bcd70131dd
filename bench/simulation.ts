import { buildChild } from './lib/bundle.ts';
import { runNodeWell } from './lib/child.ts';
import { info, promise, type Outcome } from './lib/report.ts';

const bounds = { seconds: 60, peakMiB: 1024 };

interface Simulated {
  readonly pods: number;
  readonly moved: number;
  readonly writes: number;
  readonly simulatedSeconds: number;
  readonly seconds: number;
  readonly hash: string;
}

interface Measured extends Simulated {
  readonly peakMiB: number;
  /** User and system, of all threads of the process, from its start to its end. */
  readonly cpuSeconds: number;
}

/**
 * MiB. Of the old generation: without it V8 lets garbage lie for as long as the machine has memory. Of the young one: an object
 * lives for some hundred events, and with V8's 16 MiB more is copied in the meantime.
 */
const heap = { old: 640, young: 64 };

async function simulate(child: string, workloads: number, seed: number): Promise<Measured> {
  const env = { SIM_WORKLOADS: String(workloads), SIM_REPLICAS: '10', SIM_SEED: String(seed) };
  const limits = [`--max-old-space-size=${heap.old}`, `--max-semi-space-size=${heap.young}`];
  const run = await runNodeWell([...limits, child], env, 1200);
  return { ...(JSON.parse(run.stdout) as Simulated), peakMiB: run.peakMiB, cpuSeconds: run.cpuSeconds };
}

/** One canary upgrade of 2,000 workloads with 20,000 pods in the sandbox on a virtual clock; same seed, same hash. */
export async function simulation(quick: boolean): Promise<Outcome> {
  const workloads = quick ? 100 : 2000;
  const small = Math.min(workloads, 100);
  const child = await buildChild('simulate');
  const large = await simulate(child, workloads, 1);
  const first = await simulate(child, small, 7);
  const again = await simulate(child, small, 7);
  const other = await simulate(child, small, 8);
  const rows = [
    info(
      'pods moved, writes, simulated seconds',
      `${large.moved} of ${large.pods}, ${large.writes}, ${large.simulatedSeconds}`,
    ),
    promise(
      'all pods on the new revision',
      `${large.moved}`,
      `= ${large.pods}`,
      large.moved === large.pods && large.pods > 0,
    ),
    promise('time, s', large.seconds.toFixed(1), `<= ${bounds.seconds}`, large.seconds <= bounds.seconds),
    // On a machine with other work the time above is longer than this; alone it is about this.
    info('processor time of all threads, s', large.cpuSeconds.toFixed(1)),
    promise('peak memory, MiB', large.peakMiB.toFixed(0), `<= ${bounds.peakMiB}`, large.peakMiB <= bounds.peakMiB),
    info(
      'time a pod, ms',
      `${((large.seconds / large.pods) * 1000).toFixed(2)}; with ${first.pods} pods ${((first.seconds / first.pods) * 1000).toFixed(2)}`,
    ),
    promise(
      'same seed, same trace',
      first.hash.slice(0, 12),
      `= ${again.hash.slice(0, 12)}`,
      first.hash === again.hash,
    ),
    // Were the hash blind to what happens, another seed would give the same.
    promise('control: another seed', other.hash.slice(0, 12), 'another trace', other.hash !== first.hash),
  ];
  return { rows, raw: { bounds, large, first, again, other } };
}
