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

type Open = Pick<StopReport, 'what' | 'at' | 'why'>;

/** Pauses, halts, breaches, silences of processes, and the time between two commands; each until the next begin. */
export function stopsOf(story: readonly Placed[]): readonly StopReport[] {
  const stops: StopReport[] = [];
  let open: Open | null = null;
  for (const entry of story) {
    const { event, at } = entry;
    if (event.type === 'run' && isBegin(event.what)) {
      if (open !== null) stops.push({ ...open, until: at, seconds: secondsBetween(open.at, at) });
      open = silence(entry);
      continue;
    }
    const end = event.type === 'run' ? endOf(event.what) : null;
    if (end !== null && event.type === 'run') open = { what: end, at, why: event.detail };
    // As long as no end is written, the last entry is where the silence begins.
    else if (open?.what === 'no word') open = silence(entry);
  }
  const between = stops.filter(({ what, seconds }) => what !== 'finished' || (seconds ?? 0) >= 1);
  return open === null || open.what === 'finished' ? between : [...between, { ...open, until: null, seconds: null }];
}

function silence({ at, by }: Placed): Open {
  return { what: 'no word', at, why: `${by} wrote nothing more: it was ended or cut off, or it still runs` };
}
