/** Restarts some workloads together, in both ways, and tells what was said before and what each lost. */
import type { LiveSandbox } from '../../sandbox/live-start.ts';
import { startServed } from '../lib/served.ts';
import { addressesOf, factsOf, labelNamespace, pause, renew, rollOut, startCluster, type Reached } from './cluster.ts';
import type { Loss, Measured } from './load.ts';
import { predict, type Prediction } from './predict.ts';
import type { FitnessSpec } from './spec.ts';

/** What came of one workload in one run. */
export interface Restarted {
  readonly spec: FitnessSpec;
  readonly prediction: Prediction;
  /** At a rolling restart; null when its controller does not roll it. */
  readonly rolled: Loss | null;
  /** Renewed as meshlift does: the same as `rolled` where that is a rollout, or where it would leave it out. */
  readonly renewed: Loss;
}

/** What came of a batch, and whether the probes kept their schedule: when not, it is to be run again. */
export interface BatchResult {
  readonly restarted: readonly Restarted[];
  readonly onSchedule: boolean;
  /** Why not. */
  readonly late: string;
}

/** Load before and after the restarts, milliseconds. */
const aroundMs = 1500;

const rolls = ({ strategy }: FitnessSpec): boolean => strategy?.['type'] !== 'OnDelete';

/** One run. */
export async function runBatch(specs: readonly FitnessSpec[]): Promise<BatchResult> {
  const sandbox = await startCluster(specs);
  try {
    const predictions = predict(await factsOf(sandbox), specs);
    const reached = await addressesOf(sandbox, specs);
    const rolled = await measure(
      reached,
      ({ spec }) => rolls(spec),
      (spec) => rollOut(sandbox, spec),
    );
    const renewed = await renewAll(sandbox, reached, predictions);
    const restarted = specs.map((spec) => {
      const prediction = predictions.get(spec.name);
      const loss = rolled.losses[spec.name] ?? null;
      const own = renewed.losses[spec.name] ?? loss;
      if (prediction === undefined || own === null) throw new Error(`${spec.name} was not measured`);
      return { spec, prediction, rolled: loss, renewed: own };
    });
    const onSchedule = rolled.onSchedule && renewed.onSchedule;
    return { restarted, onSchedule, late: rolled.late + renewed.late };
  } finally {
    await sandbox.close();
  }
}

async function renewAll(
  sandbox: LiveSandbox,
  reached: readonly Reached[],
  predictions: ReadonlyMap<string, Prediction>,
): Promise<Measured> {
  await labelNamespace(sandbox);
  const renewalOf = (name: string) => predictions.get(name)?.renewal ?? null;
  return measure(
    reached,
    ({ spec }) => renewalOf(spec.name) !== null,
    async ({ name }) => {
      const renewal = renewalOf(name);
      if (renewal !== null) await renew(sandbox, renewal);
    },
  );
}

async function measure(
  reached: readonly Reached[],
  chosen: (one: Reached) => boolean,
  restart: (spec: FitnessSpec) => Promise<void>,
): Promise<Measured> {
  const mine = reached.filter(chosen);
  if (mine.length === 0) return { losses: {}, onSchedule: true, late: '' };
  const probes = await startServed('fitness-probe');
  try {
    await probes.command(JSON.stringify(mine));
    await pause(aroundMs);
    await Promise.all(mine.map(({ spec }) => restart(spec)));
    await pause(aroundMs);
    return JSON.parse(await probes.command('stop')) as Measured;
  } finally {
    await probes.stop();
  }
}
