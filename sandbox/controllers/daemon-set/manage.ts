import type { KubeObject } from '../../../src/kube/api.ts';
import { hasEnded, isTerminating } from '../base/pods.ts';
import { createOn, deleteFrom, isAvailable, isUpdated, type DaemonTurn } from './turn.ts';
import { updateLimits } from './view.ts';

/**
 * One pod on every node that wants one. A node gets its next pod only when the last one has gone altogether: a pod on
 * its way out holds the place.
 */
export function manageNodes(turn: DaemonTurn): void {
  for (const { name, wanted } of turn.nodes) {
    const pods = turn.pods.get(name) ?? [];
    const living = pods.filter((pod) => !isTerminating(pod));
    for (const pod of living.filter((one) => !wanted || hasEnded(one))) deleteFrom(turn, pod);
    if (!wanted) continue;
    if (pods.length === 0) createOn(turn, name);
    for (const pod of superfluous(
      turn,
      living.filter((one) => !hasEnded(one)),
    ))
      deleteFrom(turn, pod);
  }
}

/** The oldest pod stays; with a surge the oldest of the template and the oldest of former ones. */
function superfluous(turn: DaemonTurn, pods: readonly KubeObject[]): readonly KubeObject[] {
  const surge = updateLimits(turn.set, turn.nodes.length)?.surge ?? 0;
  if (surge === 0) return pods.slice(1);
  const updated = pods.filter((pod) => isUpdated(turn, pod));
  const old = pods.filter((pod) => !isUpdated(turn, pod));
  return [...updated.slice(1), ...old.slice(1)];
}

interface Place {
  readonly node: string;
  readonly old: KubeObject | undefined;
  readonly updated: KubeObject | undefined;
}

function placesOf(turn: DaemonTurn): readonly Place[] {
  return turn.nodes
    .filter(({ wanted }) => wanted)
    .map(({ name }) => {
      const living = (turn.pods.get(name) ?? []).filter((pod) => !isTerminating(pod) && !hasEnded(pod));
      const updated = living.find((pod) => isUpdated(turn, pod));
      return { node: name, old: living.find((pod) => !isUpdated(turn, pod)), updated };
    });
}

/** Renews old pods within the limits of the strategy; with OnDelete none. */
export function rollNodes(turn: DaemonTurn): void {
  const places = placesOf(turn);
  const limits = updateLimits(turn.set, places.length);
  if (!limits) return;
  if (limits.surge > 0) surgeNodes(turn, places, limits.surge);
  else replaceNodes(turn, places, limits.unavailable);
}

/** Deletes old pods: those that are not available at once, of the others as many as may be missing. */
function replaceNodes(turn: DaemonTurn, places: readonly Place[], maxUnavailable: number): void {
  const missing = places.filter(({ old, updated }) => !isUp(turn, updated) && !isUp(turn, old));
  const old = places.flatMap((place) => (place.old && !place.updated ? [place.old] : []));
  const down = old.filter((pod) => !isAvailable(turn, pod));
  const up = old.filter((pod) => isAvailable(turn, pod));
  for (const pod of [...down, ...up.slice(0, Math.max(0, maxUnavailable - missing.length))]) deleteFrom(turn, pod);
}

const isUp = (turn: DaemonTurn, pod: KubeObject | undefined) => pod !== undefined && isAvailable(turn, pod);

/** Makes new pods beside old ones, and deletes an old one when its successor is available. */
function surgeNodes(turn: DaemonTurn, places: readonly Place[], maxSurge: number): void {
  const withOld = places.flatMap((place) => (place.old ? [{ ...place, old: place.old }] : []));
  let surging = 0;
  for (const { old, updated } of withOld) {
    if (!updated) continue;
    if (isAvailable(turn, updated)) deleteFrom(turn, old);
    else surging += 1;
  }
  const waiting = withOld.filter(({ updated }) => !updated);
  const down = waiting.filter(({ old }) => !isAvailable(turn, old));
  const up = waiting.filter(({ old }) => isAvailable(turn, old));
  const chosen = [...down, ...up.slice(0, Math.max(0, maxSurge - surging))];
  for (const { node } of chosen) createOn(turn, node);
}
