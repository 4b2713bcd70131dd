/** Processes of a run, the times in which it stood still, and who took it over. */
import type { Placed } from './placed.ts';
import { endOf, isBegin, secondsBetween } from './placed.ts';
import type { ProcessReport, StopReport, TakeoverReport } from './report.ts';

/** One for each time that a process held the lease. */
export function processesOf(story: readonly Placed[]): readonly ProcessReport[] {
  const found: ProcessReport[] = [];
  for (const { at, epoch, by, event } of story) {
    const last = found.at(-1);
    const end = event.type === 'run' ? (endOf(event.what) ?? 'no word') : null;
    if (last?.epoch !== epoch) found.push({ epoch, by, from: at, to: at, end: end ?? 'no word' });
    else found[found.length - 1] = { ...last, by, to: at, end: end ?? last.end };
  }
  return found;
}

/** Where one process went on after another. */
export function takeoversOf(processes: readonly ProcessReport[]): readonly TakeoverReport[] {
  return processes.slice(1).flatMap((next, index) => {
    const before = processes[index];
    if (before === undefined) return [];
    const [from, to] = [before, next].map(({ by, epoch }) => ({ by, epoch }));
    return from === undefined || to === undefined ? [] : [{ at: next.from, from, to, after: before.end }];
  });
}

/** Pauses, halts, breaches, and silences between two processes. A finished piece of work is no stop. */
export function stopsOf(story: readonly Placed[]): readonly StopReport[] {
  const stops: StopReport[] = [];
  let open: Pick<StopReport, 'what' | 'at' | 'why'> | null = null;
  let last: Placed | undefined;
  let working = false;
  for (const entry of story) {
    const { event, at } = entry;
    if (event.type === 'run' && isBegin(event.what)) {
      if (working && last !== undefined) open = silence(last);
      if (open !== null) stops.push({ ...open, until: at, seconds: secondsBetween(open.at, at) });
      [open, working] = [null, true];
    }
    const end = event.type === 'run' ? endOf(event.what) : null;
    if (end !== null) working = false;
    if (end !== null && end !== 'finished' && event.type === 'run') open = { what: end, at, why: event.detail };
    last = entry;
  }
  if (working && last !== undefined) open = silence(last);
  return open === null ? stops : [...stops, { ...open, until: null, seconds: null }];
}

function silence({ at, by }: Placed): Pick<StopReport, 'what' | 'at' | 'why'> {
  return { what: 'no word', at, why: `${by} wrote nothing more: it was ended or cut off, or it still runs` };
}
