import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf } from './canonical.ts';
import { brokenAt, nextEntry, noEntry } from './chain.ts';
import type { JournalEntry, JournalEvent } from './entry.ts';

function chained(texts: readonly string[]): JournalEntry[] {
  const entries: JournalEntry[] = [];
  for (const [index, text] of texts.entries()) {
    const event: JournalEvent = { type: 'note', step: 's', text };
    const at = new Date(index).toISOString();
    entries.push(nextEntry(entries.at(-1) ?? noEntry, event, { at, epoch: 1 }));
  }
  return entries;
}

const some = fc.array(fc.string(), { minLength: 1, maxLength: 12 });
const place = fc.nat(1000);

/** An entry of the chain by any number. */
function at(
  entries: readonly JournalEntry[],
  number: number,
): { readonly index: number; readonly entry: JournalEntry } {
  const index = number % entries.length;
  const entry = entries[index];
  if (entry === undefined) throw new Error('no such entry');
  return { index, entry };
}

describe('nextEntry', () => {
  it('hashes what is before it and everything in it', () => {
    const { hash, ...rest } = at(chained(['a']), 0).entry;
    expect(rest).toMatchObject({ seq: 1, epoch: 1, at: '1970-01-01T00:00:00.000Z', previous: '0'.repeat(64) });
    expect(hash).toBe(digestOf(rest));
  });

  it('goes on where the last one ended', () => {
    const [first, second] = chained(['a', 'b']);
    expect(second).toMatchObject({ seq: 2, previous: first?.hash });
  });
});

describe('brokenAt', () => {
  it('finds nothing in a chain as it was written, nor in its beginning', () => {
    fc.assert(
      fc.property(some, place, (texts, number) => {
        const entries = chained(texts);
        expect(brokenAt(entries)).toBeNull();
        expect(brokenAt(entries.slice(0, number % entries.length))).toBeNull();
      }),
    );
  });

  it('finds a changed event', () => {
    fc.assert(
      fc.property(some, place, (texts, number) => {
        const entries = chained(texts);
        const { index, entry } = at(entries, number);
        const event: JournalEvent = { type: 'note', step: 'other', text: 'x' };
        expect(brokenAt(entries.with(index, { ...entry, event }))).toBe(
          `entry ${entry.seq} was changed after it was written.`,
        );
      }),
    );
  });

  it('finds a changed time, epoch or hash', () => {
    const entries = chained(['a', 'b', 'c']);
    const { entry } = at(entries, 1);
    for (const other of [
      { ...entry, at: '2026-01-01T00:00:00.000Z' },
      { ...entry, epoch: 2 },
    ])
      expect(brokenAt(entries.with(1, other))).toBe('entry 2 was changed after it was written.');
    expect(brokenAt(entries.with(1, { ...entry, hash: 'f'.repeat(64) }))).toBe(
      'entry 2 was changed after it was written.',
    );
  });

  it('finds an entry that was changed together with its own hash', () => {
    const entries = chained(['a', 'b', 'c']);
    const { seq, at: time, event, previous } = at(entries, 1).entry;
    const forged = { seq, at: time, epoch: 7, event, previous };
    expect(brokenAt(entries.with(1, { ...forged, hash: digestOf(forged) }))).toBe(
      'entry 3 does not follow from entry 2: one was changed.',
    );
  });

  it('finds a missing entry that is not the last', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 2, maxLength: 12 }), place, (texts, number) => {
        const entries = chained(texts);
        const index = number % (entries.length - 1);
        expect(brokenAt(entries.toSpliced(index, 1))).toBe(
          `entry ${index + 2} follows entry ${index}: entries are missing or moved.`,
        );
      }),
    );
  });

  it('finds two that changed places, and one that is there twice', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 2, maxLength: 12 }), place, (texts, number) => {
        const entries = chained(texts);
        const { index, entry } = at(entries.slice(0, -1), number);
        const { entry: next } = at(entries, index + 1);
        expect(brokenAt(entries.with(index, next).with(index + 1, entry))).toContain('missing or moved');
        expect(brokenAt(entries.toSpliced(index, 0, entry))).toContain('missing or moved');
      }),
    );
  });
});
