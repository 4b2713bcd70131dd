import { buildChild } from './lib/bundle.ts';
import { runNodeWell } from './lib/child.ts';
import { info, promise, type Outcome } from './lib/report.ts';
import { median, spread } from './lib/stats.ts';

const bounds = { milliseconds: 2000, peakMiB: 300 };

interface Planned {
  readonly modelMs: number;
  readonly planMs: number;
  readonly textMs: number;
  readonly renewals: number;
  readonly bytes: number;
}

type Measured = Planned & { readonly peakMiB: number };

async function plan(child: string, workloads: number): Promise<Measured> {
  const env = { PLAN_WORKLOADS: String(workloads), PLAN_PODS: String(workloads * 10) };
  const run = await runNodeWell([child], env, 300);
  return { ...(JSON.parse(run.stdout) as Planned), peakMiB: run.peakMiB };
}

const total = ({ modelMs, planMs, textMs }: Planned): number => modelMs + planMs + textMs;

/** A plan for 2,000 workloads with 20,000 pods: from facts that were read to the text of the plan, in a process of its own. */
export async function planning(quick: boolean): Promise<Outcome> {
  const workloads = quick ? 200 : 2000;
  const child = await buildChild('plan');
  const runs: Measured[] = [];
  for (let index = 0; index < (quick ? 1 : 5); index += 1) runs.push(await plan(child, workloads));
  const larger = await plan(child, workloads * 2);
  const [first] = runs;
  const peak = Math.max(...runs.map(({ peakMiB }) => peakMiB));
  const part = (of: (run: Measured) => number): string => spread(runs.map(of), 0);
  const all = median(runs.map(total));
  const rows = [
    info('workloads, pods', `${workloads}, ${workloads * 10}`),
    info(
      'facts to model, ms',
      part(({ modelMs }) => modelMs),
    ),
    info(
      'model to plan, ms',
      part(({ planMs }) => planMs),
    ),
    info(
      'plan to text, ms',
      part(({ textMs }) => textMs),
    ),
    promise('all, ms', part(total), `<= ${bounds.milliseconds}`, all <= bounds.milliseconds),
    // The facts are made in the same process: this is more than a plan needs.
    promise('peak memory with the facts, MiB', peak.toFixed(0), `<= ${bounds.peakMiB}`, peak <= bounds.peakMiB),
    promise('workloads in the plan', String(first?.renewals ?? 0), `= ${workloads}`, first?.renewals === workloads),
    info('size of the plan, MB', ((first?.bytes ?? 0) / 1e6).toFixed(1)),
    info('twice as many, ms and MiB', `${total(larger).toFixed(0)}, ${larger.peakMiB.toFixed(0)}`),
    // Were the meters blind, twice as much would not be seen.
    promise(
      'control: twice as many',
      `${(total(larger) / all).toFixed(1)} times as long`,
      '> 1.5',
      total(larger) / all > 1.5,
    ),
  ];
  return { rows, raw: { bounds, runs, larger } };
}
