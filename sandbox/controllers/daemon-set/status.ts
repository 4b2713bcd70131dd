import { numberAt, type JsonObject } from '../../store/json.ts';
import { isReady } from '../base/pods.ts';
import { nonZero } from '../replica-set/status.ts';
import { isAvailable, isUpdated, type DaemonTurn } from './turn.ts';

/**
 * The status of a DaemonSet. Kubernetes leaves updatedNumberScheduled, numberAvailable and numberUnavailable out when
 * they are 0: absent means 0 there.
 */
export function daemonSetStatus(turn: DaemonTurn): JsonObject {
  const { set, nodes, pods } = turn;
  const count = { desired: 0, current: 0, misscheduled: 0, ready: 0, available: 0, updated: 0 };
  for (const { name, wanted } of nodes) {
    // Those on their way out count as long as they are there; of several the oldest is taken.
    const here = pods.get(name) ?? [];
    const newest = here.find((pod) => isUpdated(turn, pod));
    if (!wanted) {
      count.misscheduled += here.length > 0 ? 1 : 0;
      continue;
    }
    count.desired += 1;
    count.current += here.length > 0 ? 1 : 0;
    count.ready += here.some(isReady) ? 1 : 0;
    count.available += here.some((pod) => isAvailable(turn, pod)) ? 1 : 0;
    count.updated += newest ? 1 : 0;
  }
  const collisionCount = numberAt(set, 'status', 'collisionCount');
  return {
    currentNumberScheduled: count.current,
    numberMisscheduled: count.misscheduled,
    desiredNumberScheduled: count.desired,
    numberReady: count.ready,
    ...nonZero({
      observedGeneration: set.metadata.generation ?? 0,
      updatedNumberScheduled: count.updated,
      numberAvailable: count.available,
      numberUnavailable: count.desired - count.available,
    }),
    ...(collisionCount !== undefined && { collisionCount }),
  };
}
