/** Journal entries with the place where they happened. */
import type { JournalEntry, Phase } from '../journal/entry.ts';

/** An entry, with direction, stage ('' between stages) and process. */
export interface Placed extends Pick<JournalEntry, 'at' | 'epoch' | 'event'> {
  readonly phase: Phase;
  readonly stage: string;
  /** 'user@host pid'; '' before it said so. */
  readonly by: string;
}

/** Says of every entry where it happened. */
export function placed(entries: readonly JournalEntry[]): readonly Placed[] {
  let here: Pick<Placed, 'phase' | 'stage' | 'by'> = { phase: 'forward', stage: '', by: '' };
  return entries.map(({ at, epoch, event }) => {
    if (event.type === 'run') here = { phase: event.phase, by: event.by, stage: isBegin(event.what) ? '' : here.stage };
    if (event.type === 'stage') here = { ...here, stage: event.stage };
    const found = { at, epoch, event, ...here };
    if (event.type === 'stage' && event.what === 'passed') here = { ...here, stage: '' };
    return found;
  });
}

/** Whether a run event begins a piece of work; 'stopping' neither begins nor ends one. */
export function isBegin(what: string): boolean {
  return what === 'started' || what === 'resumed';
}

/** How a run event ends a piece of work; null when it does not. */
export function endOf(what: string): 'finished' | 'paused' | 'halted' | 'breach' | null {
  return what === 'finished' || what === 'paused' || what === 'halted' || what === 'breach' ? what : null;
}

/** Seconds between two RFC 3339 times, to the millisecond. */
export function secondsBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 1000;
}

/** Seconds put together without the dust of binary fractions. */
export function sumSeconds(seconds: readonly number[]): number {
  return seconds.reduce((sum, one) => sum + Math.round(one * 1000), 0) / 1000;
}
