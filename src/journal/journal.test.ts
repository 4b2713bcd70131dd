import { describe, expect, it } from 'vitest';
import { Aborted, Blocked, InvalidInput, NotFound, Transient } from '../errors.ts';
import { brokenAt } from './chain.ts';
import type { JournalEntry, JournalEvent } from './entry.ts';
import { openJournal, readJournal, type Journal } from './journal.ts';
import { partBytes } from './objects.ts';
import { memoryStore, type Store } from './store.test-helper.ts';

const place = { namespace: 'istio-system', run: 'r' };
const note = (text: string): JournalEvent => ({ type: 'note', step: 's', text });
const first = 'configmaps/istio-system/meshlift-r-journal-0000';

interface Opened {
  readonly journal: Journal;
  readonly waits: number[];
  readonly told: JournalEntry[];
}

async function open(store: Store, epoch = 1): Promise<Opened> {
  const waits: number[] = [];
  const told: JournalEntry[] = [];
  const sleep = (ms: number): Promise<void> => Promise.resolve(void waits.push(ms));
  const now = (): number => Date.parse('2026-03-02T08:00:00Z');
  const journal = await openJournal(place, {
    ...{ api: store.api, now, sleep, epoch },
    onEntry: (entry) => told.push(entry),
  });
  return { journal, waits, told };
}

const textsOf = (entries: readonly JournalEntry[]): string[] =>
  entries.map(({ event }) => (event.type === 'note' ? event.text : event.type));

describe('a journal', () => {
  it('is empty when there is none, and makes its first segment with the first entry', async () => {
    const store = memoryStore();
    const { journal } = await open(store);
    expect(await readJournal(store.api, place)).toEqual([]);
    expect(store.objects.size).toBe(0);
    await journal.append(note('a'));
    expect(store.writes).toEqual([`create ${first}`]);
    expect(textsOf(await readJournal(store.api, place))).toEqual(['a']);
  });

  it('holds entries with time and epoch, and goes on where another process ended', async () => {
    const store = memoryStore();
    const { journal } = await open(store, 3);
    await journal.append(note('a'));
    const next = await open(store, 4);
    await next.journal.append(note('b'));
    const entries = await readJournal(store.api, place);
    expect(entries.map(({ seq, at, epoch }) => ({ seq, at, epoch }))).toEqual([
      { seq: 1, at: '2026-03-02T08:00:00.000Z', epoch: 3 },
      { seq: 2, at: '2026-03-02T08:00:00.000Z', epoch: 4 },
    ]);
    expect(next.journal.entries()).toEqual(entries);
  });

  it('stores together what is given while it writes, in the order in which it was given', async () => {
    const store = memoryStore();
    const { journal, told } = await open(store);
    await Promise.all(['a', 'b', 'c', 'd'].map((text) => journal.append(note(text))));
    expect(store.writes).toHaveLength(2);
    const entries = await readJournal(store.api, place);
    expect(textsOf(entries)).toEqual(['a', 'b', 'c', 'd']);
    expect(told).toEqual(entries);
  });

  it('says that an event is stored only when it is, and tells nobody before', async () => {
    const store = memoryStore();
    const { journal, told } = await open(store);
    store.onWrite = () => expect(told).toEqual([]);
    await journal.append(note('a'));
    expect(store.objects.has(first)).toBe(true);
    expect(told).toHaveLength(1);
  });

  it.each(['dropped', 'answer lost'] as const)('stores each event once when a write is %s', async (fate) => {
    const store = memoryStore();
    const { journal } = await open(store);
    store.fates.push(fate, 'fine', fate);
    await journal.append(note('a'));
    await journal.append(note('b'));
    await journal.append(note('c'));
    const entries = await readJournal(store.api, place);
    expect(textsOf(entries)).toEqual(['a', 'b', 'c']);
    expect(brokenAt(entries)).toBeNull();
  });

  it('waits longer from one failure to the next, and as long as the server asks', async () => {
    const store = memoryStore();
    const { journal, waits } = await open(store);
    const busy = new Transient('429', { retryAfterSeconds: 9 });
    store.fates.push('dropped', 'dropped', busy);
    await journal.append(note('a'));
    expect(waits).toEqual([500, 1000, 9000]);
  });

  it('looks again when it cannot see whether a write took effect', async () => {
    const store = memoryStore();
    const { journal } = await open(store);
    store.fates.push('answer lost');
    store.onWrite = () => {
      store.readErrors.push(new Transient('reset'), new Transient('reset'));
      store.onWrite = () => undefined;
    };
    await journal.append(note('a'));
    expect(store.writes).toHaveLength(1);
    expect(textsOf(await readJournal(store.api, place))).toEqual(['a']);
  });

  it('gives up after eight tries, and takes nothing more', async () => {
    const store = memoryStore();
    const { journal } = await open(store);
    store.fates.push(...Array.from({ length: 8 }, () => 'dropped' as const));
    const lost = journal.append(note('a'));
    const behind = journal.append(note('b'));
    await expect(lost).rejects.toBeInstanceOf(Transient);
    await expect(behind).rejects.toBeInstanceOf(Transient);
    await expect(journal.append(note('c'))).rejects.toBeInstanceOf(Transient);
    expect(store.writes).toHaveLength(8);
    expect(journal.entries()).toEqual([]);
  });

  it('does not try again what is refused', async () => {
    const store = memoryStore();
    const { journal } = await open(store);
    store.fates.push(new Blocked('403'));
    await expect(journal.append(note('a'))).rejects.toBeInstanceOf(Blocked);
    expect(store.writes).toHaveLength(1);
  });
});

describe('a journal that another process writes', () => {
  async function overtaken(): Promise<{ readonly store: Store; readonly old: Opened }> {
    const store = memoryStore();
    const old = await open(store, 1);
    await old.journal.append(note('a'));
    const other = await open(store, 2);
    await other.journal.append(note('other'));
    return { store, old };
  }

  it('refuses the entries of the one that was overtaken, for good', async () => {
    const { store, old } = await overtaken();
    await expect(old.journal.append(note('late'))).rejects.toBeInstanceOf(Aborted);
    const tries = store.writes.length;
    await expect(old.journal.append(note('later'))).rejects.toBeInstanceOf(Aborted);
    expect(store.writes).toHaveLength(tries);
    expect(textsOf(await readJournal(store.api, place))).toEqual(['a', 'other']);
  });

  it('refuses them also when the first try was lost', async () => {
    const { store, old } = await overtaken();
    store.fates.push('dropped');
    await expect(old.journal.append(note('late'))).rejects.toBeInstanceOf(Aborted);
    expect(textsOf(await readJournal(store.api, place))).toEqual(['a', 'other']);
  });

  it('refuses the first entry of a second process that began at the same time', async () => {
    const store = memoryStore();
    const [one, two] = [await open(store, 1), await open(store, 2)];
    await one.journal.append(note('a'));
    await expect(two.journal.append(note('b'))).rejects.toBeInstanceOf(Aborted);
  });

  it('refuses entries when its segment is gone', async () => {
    const { store, old } = await overtaken();
    store.objects.delete(first);
    await expect(old.journal.append(note('late'))).rejects.toMatchObject({
      errorClass: 'Aborted',
      cause: expect.any(NotFound) as unknown,
    });
  });
});

describe('a long journal', () => {
  it('begins a new segment when one is full, and is read in order', async () => {
    const store = memoryStore();
    const { journal } = await open(store);
    const text = 'x'.repeat(partBytes.journal / 4);
    for (let index = 0; index < 12; index += 1) await journal.append(note(text));
    const segments = [...store.objects.values()];
    expect(segments.map(({ metadata }) => metadata.name)).toEqual([
      'meshlift-r-journal-0000',
      'meshlift-r-journal-0001',
      'meshlift-r-journal-0002',
    ]);
    for (const { data } of segments)
      expect(Buffer.byteLength(Object.values(data as Record<string, string>).join(''))).toBeLessThan(
        partBytes.journal * 2,
      );
    const again = await open(store, 2);
    await again.journal.append(note('end'));
    const entries = await readJournal(store.api, place);
    expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 13 }, (_none, index) => index + 1));
    expect(store.objects.size).toBe(4);
    // What another process wrote is counted too.
    const third = await open(store, 3);
    for (let index = 0; index < 4; index += 1) await third.journal.append(note(text));
    await again.journal.append(note('late')).catch(() => undefined);
    await third.journal.append(note('next'));
    expect(store.objects.size).toBe(5);
  });

  it.each([
    ['goes on in the next segment while the old one writes to the last', 2000, 4],
    ['writes to the last segment while the old one goes on in the next', 4, 2000],
  ])('keeps out who was overtaken when the new one %s', async (_name, news, olds) => {
    const store = memoryStore();
    const old = await open(store, 1);
    await old.journal.append(note('x'.repeat(partBytes.journal - 1500)));
    const next = await open(store, 2);
    await next.journal.append(note('y'.repeat(news)));
    await expect(old.journal.append(note('z'.repeat(olds)))).rejects.toBeInstanceOf(Aborted);
    await next.journal.append(note('w'.repeat(2000)));
    await expect(old.journal.append(note('z'))).rejects.toBeInstanceOf(Aborted);
    await next.journal.append(note('end'));
    expect((await readJournal(store.api, place)).map(({ epoch }) => epoch)).toEqual([1, 2, 2, 2]);
  });

  it('stores what is given at once in as many writes as it needs', async () => {
    const store = memoryStore();
    const { journal } = await open(store);
    const texts = Array.from({ length: 8 }, (_none, index) => String(index).repeat(50_000));
    await Promise.all(texts.map((text) => journal.append(note(text))));
    expect(textsOf(await readJournal(store.api, place))).toEqual(texts);
    for (const object of store.objects.values())
      expect(JSON.stringify(object).length).toBeLessThan(partBytes.journal * 2);
  });

  it('stores an entry once when the answer to a new segment is lost', async () => {
    const store = memoryStore();
    const { journal } = await open(store);
    const text = 'x'.repeat(partBytes.journal / 2 + 1);
    await journal.append(note(text));
    store.fates.push('answer lost');
    await journal.append(note(text));
    await journal.append(note('end'));
    expect(store.objects.size).toBe(2);
    expect((await readJournal(store.api, place)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });
});

describe('a journal that somebody edited', () => {
  async function edited(change: (text: string) => string): Promise<Store> {
    const store = memoryStore();
    const { journal } = await open(store);
    await journal.append(note('apple'));
    await journal.append(note('pear'));
    const object = store.objects.get(first);
    const data = object?.['data'] as Record<string, string>;
    for (const [key, text] of Object.entries(data)) data[key] = change(text);
    return store;
  }

  it('is neither read nor gone on with', async () => {
    const store = await edited((text) => text.replace('apple', 'grape'));
    await expect(readJournal(store.api, place)).rejects.toThrow('entry 1 was changed after it was written');
    await expect(open(store)).rejects.toBeInstanceOf(InvalidInput);
  });

  it('is refused by place when a line is no JSON', async () => {
    const store = await edited((text) => text.slice(1));
    await expect(readJournal(store.api, place)).rejects.toThrow(
      'ConfigMap istio-system/meshlift-r-journal-0000, key 00000001 holds a line that is no JSON.',
    );
  });

  it('is not confused with that of another run', async () => {
    const store = memoryStore();
    const { journal } = await open(store);
    await journal.append(note('a'));
    expect(await readJournal(store.api, { ...place, run: 'other' })).toEqual([]);
  });
});
