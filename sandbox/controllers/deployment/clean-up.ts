import { numberAt } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import { goneAlready, refOf } from '../base/cluster.ts';
import { isTerminating } from '../base/pods.ts';
import type { Rollout } from './rollout.ts';
import { counted, replicas, revisionOf } from './view.ts';

/** Deletes old ReplicaSets without pods beyond revisionHistoryLimit, the oldest revisions first. */
export function cleanUpHistory({ cluster, deployment, older }: Rollout): void {
  const limit = numberAt(deployment, 'spec', 'revisionHistoryLimit') ?? 2 ** 31 - 1;
  const alive = older.filter((set) => !isTerminating(set));
  const excess = alive.length - limit;
  if (excess <= 0) return;
  const oldest = [...alive].sort((a, b) => revisionOf(a) - revisionOf(b)).slice(0, excess);
  for (const set of oldest) {
    const unused = replicas(set) === 0 && counted(set, 'replicas') === 0;
    if (!unused || counted(set, 'observedGeneration') < (set.metadata.generation ?? 0)) continue;
    goneAlready(() => cluster.store.delete(refOf(resources.replicaSets, set)));
  }
}
