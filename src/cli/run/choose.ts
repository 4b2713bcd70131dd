/** Which run a command is about. */
import { NotFound } from '../../errors.ts';
import { listRuns, readPlanText, type StoredRun } from '../../journal/runs.ts';
import type { KubeApi } from '../../kube/api.ts';
import { fromText } from '../../planner/document.ts';
import type { UpgradePlan } from '../../planner/plan.ts';

/** A run with its plan. */
export interface ChosenRun {
  readonly run: StoredRun;
  readonly plan: UpgradePlan;
  readonly planText: string;
}

/** The run of a name, or the newest one. @throws NotFound */
export async function chooseRun(api: KubeApi, name: string | undefined): Promise<ChosenRun> {
  const runs = await listRuns(api);
  const run = name === undefined ? runs[0] : runs.find(({ place }) => place.run === name);
  if (run === undefined) throw notFound(name, runs);
  const planText = await readPlanText(api, run.place);
  return { run, planText, plan: fromText(planText, `run ${run.place.run}`) };
}

function notFound(name: string | undefined, runs: readonly StoredRun[]): NotFound {
  const known = runs.map(({ place }) => place.run).join(', ');
  if (name === undefined) {
    return new NotFound('There is no run in this cluster.', {
      remedy: 'Begin one: meshlift plan --to VERSION --out plan.yaml.',
    });
  }
  return new NotFound(`There is no run ${name}; there are: ${known || 'none'}.`, {
    object: `run ${name}`,
    remedy: 'Name one of them.',
  });
}
