/** The journal inside a report: without what follows from the order. */
import { noEntry } from '../journal/chain.ts';
import type { JournalEntry } from '../journal/entry.ts';
import type { CompactEntry } from './report.ts';

/** Entries in short. */
export function compact(entries: readonly JournalEntry[]): readonly CompactEntry[] {
  return entries.map(({ at, epoch, event, hash }) => [at, epoch, event, hash]);
}

/** Entries in full. Whether they are a chain is for `brokenAt` to say. */
export function expand(entries: readonly CompactEntry[]): readonly JournalEntry[] {
  return entries.map(([at, epoch, event, hash], index) => {
    const previous = entries[index - 1]?.[3] ?? noEntry.hash;
    return { seq: index + 1, at, epoch, event, previous, hash };
  });
}
