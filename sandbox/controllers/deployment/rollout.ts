import type { KubeObject } from '../../../src/kube/api.ts';
import type { Cluster } from '../base/cluster.ts';
import type { WorkQueue } from '../../clock/work-queue.ts';

/** One turn of work on a Deployment: what was found, before anything is changed. */
export interface Rollout {
  readonly cluster: Cluster;
  readonly queue: WorkQueue;
  readonly deployment: KubeObject;
  /** The ReplicaSet of the current template. */
  readonly current: KubeObject | undefined;
  /** All others. */
  readonly older: readonly KubeObject[];
}

/** All ReplicaSets of a rollout, the oldest template first. */
export function allSets({ current, older }: Rollout): readonly KubeObject[] {
  return current ? [...older, current] : older;
}
