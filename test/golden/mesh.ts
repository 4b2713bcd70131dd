/** A golden scenario in the embedded cluster, read as from any cluster. */
import { runChecks } from '../../src/checks/runner.ts';
import type { CheckReport } from '../../src/checks/report.ts';
import { objectName } from '../../src/checks/selection.ts';
import { families } from '../../src/checks/table.ts';
import type { TargetRequest } from '../../src/checks/target.ts';
import { viewOf } from '../../src/checks/view.ts';
import { readCluster } from '../../src/inventory/read-cluster.ts';
import { builtInKnowledge } from '../../src/knowledge/knowledge.ts';
import { buildPast, pastClock } from '../../sandbox/past.ts';
import type { VirtualScheduler } from '../../sandbox/clock/virtual.ts';
import type { Cluster } from '../../sandbox/cluster.ts';
import { loadScenario } from '../../sandbox/scenarios/load.ts';
import type { Scenario, Step } from '../../sandbox/scenarios/types.ts';
import type { Clock } from '../../src/steps/step.ts';
import { clockOf, turn } from '../upgrade/world.ts';

/** Milliseconds since 1970 at which every scenario stands, and the day of it. */
const present = Date.parse('2026-03-02T08:00:00Z');

/** A scenario that was loaded. */
export interface Stage {
  readonly cluster: Cluster;
  readonly scheduler: VirtualScheduler;
  readonly clock: Clock;
}

/** Loads a scenario into a cluster of its own, on a clock that passes as fast as the machine can. */
export async function staged(scenario: Scenario): Promise<Stage> {
  const scheduler = pastClock(() => present);
  const options = { content: { scenario }, port: 0, now: () => present };
  const { cluster } = await buildPast(options, scheduler, { clock: scheduler });
  return { cluster, scheduler, clock: clockOf(scheduler) };
}

/** More happens to it. */
export async function goOn({ cluster, scheduler }: Stage, steps: readonly Step[]): Promise<void> {
  const scenario = { name: 'more', description: '', nodes: 0, steps: [...steps, { do: 'settle' } as const] };
  await loadScenario(cluster, scenario, async (ms) => {
    scheduler.advance(ms);
    await turn();
  });
}

/** The report of all checks. */
export async function checked({ cluster }: Stage, target: TargetRequest | null): Promise<CheckReport> {
  const facts = await readCluster(cluster.api, { context: 'sandbox' });
  const { view, target: resolved } = viewOf(facts, builtInKnowledge, '2026-03-02', target);
  return runChecks({
    ...{ table: families, view, target: resolved, selection: { families: [], ids: [] }, ignores: [] },
    ...{ takenAt: '2026-03-02T08:00:00Z', toolVersion: '0.0.0' },
  });
}

/** 'severity id object' of every finding. */
export function findings(report: CheckReport): readonly string[] {
  return report.families
    .flatMap(({ checks }) => checks)
    .flatMap(({ id, findings: found }) =>
      found.map(({ severity, object }) => `${severity} ${id} ${objectName(object)}`),
    );
}
