/** The hash chain of a journal: a changed, missing or moved entry is found. */
import { digestOf } from './canonical.ts';
import type { JournalEntry, JournalEvent } from './entry.ts';

/** What the first entry follows. */
export const noEntry = { seq: 0, hash: '0'.repeat(64) } as const;

/** The next entry of a chain. `at`: RFC 3339. */
export function nextEntry(
  last: Pick<JournalEntry, 'seq' | 'hash'>,
  event: JournalEvent,
  { at, epoch }: Pick<JournalEntry, 'at' | 'epoch'>,
): JournalEntry {
  const entry = { seq: last.seq + 1, at, epoch, event, previous: last.hash };
  return { ...entry, hash: digestOf(entry) };
}

/** Null when every entry follows from the one before; else one sentence naming the first that does not. */
export function brokenAt(entries: readonly JournalEntry[]): string | null {
  let last: Pick<JournalEntry, 'seq' | 'hash'> = noEntry;
  for (const entry of entries) {
    const { hash, ...rest } = entry;
    if (entry.seq !== last.seq + 1)
      return `entry ${entry.seq} follows entry ${last.seq}: entries are missing or moved.`;
    if (entry.previous !== last.hash)
      return `entry ${entry.seq} does not follow from entry ${last.seq}: one was changed.`;
    if (digestOf(rest) !== hash) return `entry ${entry.seq} was changed after it was written.`;
    last = entry;
  }
  return null;
}
