/** Watches all through a run, and stops it: traffic every quarter of a second, the mesh as often as it can be read. */
import { MeshliftError, Transient } from '../errors.ts';
import type { Session } from './deps.ts';
import type { Before } from './before.ts';
import { measureWatched, probeGate } from './measure.ts';

/** Milliseconds. */
const times = { traffic: 250, mesh: 2000, lasting: 5000, blind: 60_000 };

/** What the watchdog needs to know of the run's place. */
export interface Watched {
  readonly before: Before;
  /** False while a control plane is being installed or removed: its webhook has no pod behind it for a while. */
  readonly webhooks: () => boolean;
}

/** Starts watching; the answer ends it. A breach is told to the session's control. */
export function startWatchdog(session: Session, watched: Watched): () => Promise<void> {
  const ended = new AbortController();
  const loops = Promise.all([
    watchTraffic(session, watched.before, ended.signal),
    watchMesh(session, watched, ended.signal),
  ]);
  return async () => {
    ended.abort();
    await loops;
  };
}

async function watchTraffic(session: Session, before: Before, signal: AbortSignal): Promise<void> {
  const { world, control } = session;
  if (world.traffic === null) return;
  while (await rest(session, times.traffic, signal)) {
    world.tell({ type: 'traffic', lines: world.traffic.lines() });
    const result = probeGate(session, before);
    if (result.verdict === 'failed') control.ask({ kind: 'breach', why: `traffic: ${result.value}` });
  }
}

async function watchMesh(session: Session, { before, webhooks }: Watched, signal: AbortSignal): Promise<void> {
  const { control, world } = session;
  // A dip that ends by itself is no breach: what is wrong must stay wrong.
  const since = new Map<string, number>();
  let blindSince: number | null = null;
  let { reached } = before;
  while (await rest(session, times.mesh, signal)) {
    try {
      const watch = await measureWatched(session, before, { webhooks: webhooks(), reached });
      const { results } = watch;
      ({ reached } = watch);
      const now = world.clock.now();
      blindSince = null;
      for (const name of [...since.keys()]) {
        if (!results.some((result) => result.name === name && result.verdict === 'failed')) since.delete(name);
      }
      for (const { name, value } of results.filter(({ verdict }) => verdict === 'failed')) {
        const first = since.get(name) ?? now;
        since.set(name, first);
        if (name === 'rejections' || now - first >= times.lasting)
          control.ask({ kind: 'breach', why: `${name}: ${value}` });
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Transient)) {
        control.ask({
          kind: 'now',
          why: `the mesh can't be watched: ${error instanceof MeshliftError ? error.message : String(error)}`,
        });
        return;
      }
      blindSince ??= world.clock.now();
      if (world.clock.now() - blindSince >= times.blind) {
        control.ask({ kind: 'now', why: `the mesh could not be seen for ${times.blind / 1000} s: ${error.message}` });
      }
    }
  }
}

/** False when the watch was ended. */
async function rest({ world }: Session, ms: number, signal: AbortSignal): Promise<boolean> {
  await world.clock.sleep(ms, signal).catch(() => undefined);
  return !signal.aborted;
}
