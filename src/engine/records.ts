/** What is measured all through a run and written into its journal: the traffic's counts, and every proxy at both ends. */
import type { JournalEvent } from '../journal/entry.ts';
import type { View } from '../steps/step.ts';
import type { Session } from './deps.ts';
import { steadily } from './retry.ts';

type ProxiesEvent = Extract<JournalEvent, { type: 'proxies' }>;

/** Proxies in one entry: some 150 bytes each, and an entry must fit into a part of the journal beside others. */
const proxiesEach = 500;

/** Writes version and revision of every running proxy; of a large mesh in several entries, which are stored together or after each other. */
export async function writeProxies(session: Session, when: 'before' | 'after'): Promise<void> {
  const view = await steadily(session, () => session.look());
  for (const event of proxiesEvents(view, when)) await session.journal.append(event);
}

/** At least one; several are numbered. */
export function proxiesEvents({ mesh }: Pick<View, 'mesh'>, when: 'before' | 'after'): readonly ProxiesEvent[] {
  const all = mesh.proxies
    .filter(({ running }) => running)
    .map(({ namespace, pod, version, revision, workload }) => {
      const owner = mesh.workloads[workload];
      const name = owner ? `${owner.kind} ${owner.namespace}/${owner.name}` : '';
      return [`${namespace}/${pod}`, [version, revision, name] as const] as const;
    });
  const of = Math.max(1, Math.ceil(all.length / proxiesEach));
  return Array.from({ length: of }, (_none, index) => {
    const proxies = Object.fromEntries(all.slice(index * proxiesEach, (index + 1) * proxiesEach));
    return { type: 'proxies', when, ...(of > 1 && { part: { number: index + 1, of } }), proxies };
  });
}

/** Writes the totals of every target. */
export async function writeTraffic({ world, journal }: Session, stage: string): Promise<void> {
  const lines = world.traffic?.lines() ?? [];
  // What failed is told where a run stops for it; a journal of a long run has room for the counts.
  const written = lines.map(({ failure: _, ...counts }) => journal.append({ type: 'traffic', stage, ...counts }));
  await Promise.all(written);
}

/** Milliseconds between two records, and how many there are before the time between them doubles. */
const records = { everyMs: 10_000, before: 100 };

/**
 * Milliseconds from one record of a stage to the next, when so many were written. The proof that a crash can lose is the time
 * since the last one: ten seconds, in a stage of more than a quarter of an hour two percent of its time. So a stage of a day
 * leaves some 700 of each target, and one of a year some 1,600.
 */
export function restAfter(written: number): number {
  return records.everyMs * 2 ** Math.floor(written / records.before);
}

/** Writes the totals every now and then in every stage; the answer ends it. */
export function recordTraffic(session: Session, stage: () => string): () => Promise<void> {
  const { world } = session;
  const ended = new AbortController();
  const loop = async (): Promise<void> => {
    let current = { stage: '', written: 0, at: 0 };
    for (;;) {
      await world.clock.sleep(records.everyMs, ended.signal).catch(() => undefined);
      if (ended.signal.aborted) return;
      const now = world.clock.now();
      if (stage() !== current.stage) current = { stage: stage(), written: 0, at: -Infinity };
      if (current.stage === '' || now - current.at < restAfter(current.written)) continue;
      current = { ...current, written: current.written + 1, at: now };
      // A journal that fails stops the run at its next write: nothing is left to be done about it here.
      await writeTraffic(session, current.stage).catch(() => ended.abort());
    }
  };
  const running = world.traffic === null ? Promise.resolve() : loop();
  return async () => {
    ended.abort();
    await running;
  };
}
