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

/** The newest run that is neither finished nor back: there can be no other beside it. */
export async function unfinishedRun(api: KubeApi): Promise<StoredRun | undefined> {
  const open: readonly string[] = ['running', 'paused', 'halted'];
  return (await listRuns(api)).find(({ state }) => open.includes(state.status));
}

/** Name of the newest run when it is finished and not complete; null otherwise. */
export async function finishedRun(api: KubeApi): Promise<string | null> {
  const [run] = await listRuns(api);
  return run?.state.status === 'finished' ? run.place.run : null;
}

/** That a run is not finished, and how it goes on. */
export function unfinishedText({ place: { run }, state: { status, why } }: StoredRun, more: string): string {
  const reason = why === '' ? status : `${status}: ${why}`;
  return (
    `Run ${run} is not finished (${reason})${more}\n` +
    `  Go on with it: meshlift resume ${run}. Or go back: meshlift rollback ${run}.\n`
  );
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
