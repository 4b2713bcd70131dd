/** Which workload is renewed next: pure. */
import { pathMs, widthOf, type WaveLimits, type WaveTask } from './task.ts';

/** A renewal that is under way. */
export interface RunningTask {
  readonly task: WaveTask;
  readonly startedAt: number;
  /** Pods that are still to be renewed, where that is seen; without it all its surge counts until it ends. */
  readonly remaining?: number;
}

/** What a choice rests on. */
export interface WaveState {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Not yet started. */
  readonly waiting: readonly WaveTask[];
  readonly running: readonly RunningTask[];
  readonly limits: WaveLimits;
  /** Pods that may be made now; see `StartBudget`. */
  readonly tokens: number;
}

interface Room {
  slots: number;
  workloads: number;
  tokens: number;
  readonly groups: Set<string>;
  zone: string;
}

/**
 * The workloads to start now, the longest remaining path first; whatever fits is started, so that no capacity lies idle.
 * When the longest does not fit, others go before it only if that does not make it later (it would otherwise wait until
 * everything small is done, and end last).
 * A workload that is wider than all surge pods together starts when nothing else runs.
 */
export function chooseStarts(state: WaveState): readonly string[] {
  const { limits, running, tokens } = state;
  if (tokens <= 0 || running.length >= limits.maxWorkloads) return [];
  return chooseInOrder({ ...state, waiting: inOrder(state.waiting) });
}

/** The same for what is in its order already (see `inOrder`): for those who ask often. */
export function chooseInOrder(state: WaveState): readonly string[] {
  const room = roomOf(state);
  const chosen: RunningTask[] = [];
  let held: Reservation | undefined;
  for (const task of state.waiting) {
    if (room.slots <= 0 || room.workloads <= 0 || room.tokens <= 0) break;
    if (!isFree(task, room, state.limits)) continue;
    if (!fits(task, room, state.limits)) {
      held ??= reserve(task, [...state.running, ...chosen], state);
      continue;
    }
    if (held && !mayPass(task, held, state.now)) continue;
    take(task, room);
    chosen.push({ task, startedAt: state.now });
  }
  return chosen.map(({ task }) => task.id);
}

/** Longest first; a workload counts with everything that must wait for it in its groups. Equal ones by name. */
export function inOrder(waiting: readonly WaveTask[]): readonly WaveTask[] {
  const chains = new Map<string, number>();
  for (const task of waiting)
    for (const key of task.groups ?? []) chains.set(key, (chains.get(key) ?? 0) + pathMs(task));
  const ranked = waiting.map((task) => ({
    task,
    path: Math.max(pathMs(task), ...(task.groups ?? []).map((key) => chains.get(key) ?? 0)),
  }));
  ranked.sort((a, b) => b.path - a.path || pathMs(b.task) - pathMs(a.task) || (a.task.id < b.task.id ? -1 : 1));
  return ranked.map(({ task }) => task);
}

function roomOf({ running, limits, tokens }: WaveState): Room {
  const used = running.reduce((sum, one) => sum + heldBy(one), 0);
  return {
    slots: limits.surgePods - used,
    workloads: limits.maxWorkloads - running.length,
    tokens,
    groups: new Set(running.flatMap(({ task }) => task.groups ?? [])),
    zone: running.map(({ task }) => task.zone ?? '').find((zone) => zone !== '') ?? '',
  };
}

/** The last batch is smaller than the others; until it is over, something is held. */
function heldBy({ task, remaining = task.replicas }: RunningTask): number {
  return Math.max(1, Math.min(widthOf(task), remaining));
}

function isFree(task: WaveTask, room: Room, limits: WaveLimits): boolean {
  if ((task.groups ?? []).some((key) => room.groups.has(key))) return false;
  const { zone = '' } = task;
  return !limits.zonesApart || zone === '' || room.zone === '' || room.zone === zone;
}

function fits(task: WaveTask, room: Room, limits: WaveLimits): boolean {
  return Math.min(widthOf(task), limits.surgePods) <= room.slots;
}

function take(task: WaveTask, room: Room): void {
  room.slots -= widthOf(task);
  room.workloads -= 1;
  room.tokens -= widthOf(task);
  for (const key of task.groups ?? []) room.groups.add(key);
  if (room.zone === '') room.zone = task.zone ?? '';
}

/** When the first that does not fit could start, and how many pods would be left over then. */
interface Reservation {
  readonly at: number;
  spare: number;
}

function reserve(task: WaveTask, running: readonly RunningTask[], { now, limits }: WaveState): Reservation {
  const wanted = Math.min(widthOf(task), limits.surgePods);
  const ends = running
    .map((one) => ({ at: Math.max(now, one.startedAt + pathMs(one.task)), pods: heldBy(one) }))
    .sort((a, b) => a.at - b.at);
  let free = limits.surgePods - ends.reduce((sum, { pods }) => sum + pods, 0);
  for (const { at, pods } of ends) {
    free += pods;
    if (free >= wanted) return { at, spare: free - wanted };
  }
  return { at: now, spare: 0 };
}

/** Whether a smaller one may go before the held one: it is over by then, or fits beside it. */
function mayPass(task: WaveTask, held: Reservation, now: number): boolean {
  if (now + pathMs(task) <= held.at) return true;
  if (widthOf(task) > held.spare) return false;
  held.spare -= widthOf(task);
  return true;
}
