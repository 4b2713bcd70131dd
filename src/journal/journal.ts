/**
 * The journal of one run in the cluster. Appending is a write with a precondition on the ConfigMap's version, so it fences:
 * whoever was overtaken by another process cannot append, and therefore cannot write anything else either.
 */
import { Aborted, Conflict, InvalidInput, NotFound, Transient } from '../errors.ts';
import type { CallOptions, KubeApi, KubeObject } from '../kube/api.ts';
import { resources } from '../kube/resources.ts';
import { brokenAt, nextEntry, noEntry } from './chain.ts';
import type { JournalEntry, JournalEvent } from './entry.ts';
import { dataOf, mapRef, partBytes, partLabel, partName, partObject, runLabel } from './objects.ts';

/** Where a run lies. */
export interface RunPlace {
  readonly namespace: string;
  readonly run: string;
}

/** What a journal needs. */
export interface JournalDeps {
  readonly api: KubeApi;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Lease epoch of the writer. */
  readonly epoch: number;
  /** Also gets every entry, when it is safely in the cluster: for a local file. */
  readonly onEntry?: (entry: JournalEntry) => void;
}

/** An open journal. */
export interface Journal {
  /** Resolves when the event is safely stored; events given meanwhile are stored together. @throws Aborted when overtaken */
  append(event: JournalEvent): Promise<void>;
  /** Everything up to now, oldest first. */
  entries(): readonly JournalEntry[];
}

/** Reads a journal. Empty when there is none. @throws InvalidInput when an entry can't be read or the chain is broken */
export async function readJournal(
  api: KubeApi,
  place: RunPlace,
  call: CallOptions = {},
): Promise<readonly JournalEntry[]> {
  const { entries } = await load(api, place, call);
  const why = brokenAt(entries);
  if (why === null) return entries;
  throw new InvalidInput(`The journal of run ${place.run} is not what was written: ${why}`, {
    object: `ConfigMaps ${place.namespace}/${partName(place.run, 'journal')} and following`,
    remedy: 'Do not go on with this run; make a new plan from what the cluster shows now.',
  });
}

interface Segment {
  readonly index: number;
  readonly version: string;
  readonly bytes: number;
}

async function load(
  api: KubeApi,
  place: RunPlace,
  call: CallOptions,
): Promise<{ entries: JournalEntry[]; last: Segment | null }> {
  const found: KubeObject[] = [];
  const labelSelector = `${runLabel}=${place.run},${partLabel}=journal`;
  const options = { ...call, namespace: place.namespace, labelSelector, project: (object: KubeObject) => object };
  for await (const page of api.list(resources.configMaps, options)) found.push(...page.items);
  found.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const entries = found.flatMap((object) => entriesOf(object));
  const tail = found.at(-1);
  if (tail === undefined) return { entries, last: null };
  const bytes = Object.values(dataOf(tail)).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  return { entries, last: { index: found.length - 1, version: tail.metadata.resourceVersion ?? '', bytes } };
}

function entriesOf(object: KubeObject): JournalEntry[] {
  const batches = Object.entries(dataOf(object)).sort(([a], [b]) => (a < b ? -1 : 1));
  return batches.flatMap(([key, text]) =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => parse(line, object, key)),
  );
}

function parse(line: string, object: KubeObject, key: string): JournalEntry {
  try {
    // The chain is verified by the reader: a line of another shape does not have the right hash.
    return JSON.parse(line) as JournalEntry;
  } catch (cause) {
    const where = `ConfigMap ${object.metadata.namespace ?? ''}/${object.metadata.name}, key ${key}`;
    throw new InvalidInput(`${where} holds a line that is no JSON.`, {
      object: where,
      remedy: 'Do not edit journals.',
      cause,
    });
  }
}

/** Opens the journal of a run for writing; makes it when there is none. Reads it first. @throws as readJournal */
export async function openJournal(place: RunPlace, deps: JournalDeps): Promise<Journal> {
  const { entries, last } = await load(deps.api, place, {});
  const why = brokenAt(entries);
  if (why !== null) throw new InvalidInput(`The journal of run ${place.run} is not what was written: ${why}`);
  return new OpenJournal(place, deps, entries, last);
}

interface Waiting {
  readonly event: JournalEvent;
  readonly stored: () => void;
  readonly failed: (error: unknown) => void;
}

/** Bytes of an entry besides its event: number, time, epoch, and two hashes. */
const frameBytes = 300;

/** How many of the first go into one part together: at least one, whatever its size. */
function fitting(waiting: readonly Waiting[]): number {
  let bytes = 0;
  const over = waiting.findIndex(({ event }) => {
    bytes += Buffer.byteLength(JSON.stringify(event)) + frameBytes;
    return bytes > partBytes.journal;
  });
  return over === -1 ? waiting.length : Math.max(1, over);
}

class OpenJournal implements Journal {
  readonly #place: RunPlace;
  readonly #deps: JournalDeps;
  readonly #entries: JournalEntry[];
  #segment: Segment | null;
  #waiting: Waiting[] = [];
  #busy = false;
  #broken: unknown = null;

  constructor(place: RunPlace, deps: JournalDeps, entries: JournalEntry[], segment: Segment | null) {
    this.#place = place;
    this.#deps = deps;
    this.#entries = entries;
    this.#segment = segment;
  }

  entries(): readonly JournalEntry[] {
    return this.#entries;
  }

  append(event: JournalEvent): Promise<void> {
    if (this.#broken !== null) return Promise.reject(asError(this.#broken));
    return new Promise((stored, failed) => {
      this.#waiting.push({ event, stored, failed });
      if (!this.#busy) void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    this.#busy = true;
    while (this.#waiting.length > 0 && this.#broken === null) {
      const batch = this.#waiting.splice(0, fitting(this.#waiting));
      try {
        const sealed = this.#seal(batch);
        await this.#store(sealed);
        this.#entries.push(...sealed);
        for (const entry of sealed) this.#deps.onEntry?.(entry);
        for (const { stored } of batch) stored();
      } catch (error) {
        // Nothing after a lost entry can be trusted: the run must stop.
        this.#broken = error;
        for (const { failed } of [...batch, ...this.#waiting.splice(0)]) failed(error);
      }
    }
    this.#busy = false;
  }

  #seal(batch: readonly Waiting[]): JournalEntry[] {
    let last: Pick<JournalEntry, 'seq' | 'hash'> = this.#entries.at(-1) ?? noEntry;
    const at = new Date(this.#deps.now()).toISOString();
    return batch.map(({ event }) => {
      const entry = nextEntry(last, event, { at, epoch: this.#deps.epoch });
      last = entry;
      return entry;
    });
  }

  async #store(sealed: readonly JournalEntry[]): Promise<void> {
    const text = sealed.map((entry) => JSON.stringify(entry)).join('\n');
    const key = String(sealed[0]?.seq ?? 0).padStart(8, '0');
    for (let attempt = 1; ; attempt += 1) {
      try {
        this.#segment = await this.#write(key, text);
        return;
      } catch (error) {
        if (!(error instanceof Transient || error instanceof Conflict)) throw error;
        if (await this.#isStored(sealed)) return;
        if (error instanceof Conflict) throw overtaken(this.#place, error);
        if (attempt >= 8) throw error;
        await this.#deps.sleep(Math.max((error.retryAfterSeconds ?? 0) * 1000, 250 * 2 ** Math.min(attempt, 5)));
      }
    }
  }

  /** After a lost answer: whether it took effect. What others appended meanwhile means that they took over. */
  async #isStored(sealed: readonly JournalEntry[]): Promise<boolean> {
    const { entries, last } = await this.#reload();
    const mine = entries.slice(this.#entries.length);
    const isMine = mine.length === sealed.length && mine.every((entry, index) => entry.hash === sealed[index]?.hash);
    if (mine.length > 0 && !isMine) throw overtaken(this.#place, null);
    this.#segment = last;
    return isMine;
  }

  async #reload(): Promise<{ entries: JournalEntry[]; last: Segment | null }> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await load(this.#deps.api, this.#place, {});
      } catch (error) {
        if (!(error instanceof Transient) || attempt >= 8) throw error;
        await this.#deps.sleep(250 * 2 ** Math.min(attempt, 5));
      }
    }
  }

  async #write(key: string, text: string): Promise<Segment> {
    const { api } = this.#deps;
    const bytes = Buffer.byteLength(text);
    const segment = this.#segment;
    // By what is stored alone, never by what comes: two processes that know the same segment must want to write the same object,
    // or the one that was overtaken could go on in one while the other has begun the next.
    if (segment === null || segment.bytes >= partBytes.journal) {
      const index = segment === null ? 0 : segment.index + 1;
      const made = await api.create(
        resources.configMaps,
        partObject(this.#place, { kind: 'journal', index }, { [key]: text }),
      );
      return { index, version: made.metadata.resourceVersion ?? '', bytes };
    }
    const ref = mapRef(this.#place.namespace, partName(this.#place.run, 'journal', segment.index));
    const patch = { metadata: { resourceVersion: segment.version }, data: { [key]: text } };
    const now = await api.patch(ref, 'merge', patch).catch((error: unknown) => {
      throw error instanceof NotFound ? overtaken(this.#place, error) : error;
    });
    return { index: segment.index, version: now.metadata.resourceVersion ?? '', bytes: segment.bytes + bytes };
  }
}

function overtaken({ namespace, run }: RunPlace, cause: unknown): Aborted {
  return new Aborted(`Another process writes the journal of run ${run}: this one stops.`, {
    object: `ConfigMap ${namespace}/${partName(run, 'journal')}`,
    remedy: 'See who runs it: meshlift report.',
    ...(cause !== null && { cause }),
  });
}

function asError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value));
}
