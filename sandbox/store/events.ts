import type { KubeObject } from '../../src/kube/api.ts';

/** One committed write. `previous` is undefined for a create, `object` for a removal. */
export interface ChangeRecord {
  readonly revision: number;
  /** Place of the object among those of its kind. */
  readonly key: string;
  readonly object: KubeObject | undefined;
  readonly previous: KubeObject | undefined;
  /** Of a removal: the previous state with the version of the removal. */
  readonly last?: KubeObject;
}

/** The latest changes of one kind, oldest first: what watches resume from and paged lists look back with. */
export class ChangeLog {
  readonly #horizon: number;
  #records: ChangeRecord[] = [];
  #start = 0;
  #forgotten = 0;

  /** @param horizon how many changes are kept */
  constructor(horizon: number) {
    this.#horizon = horizon;
  }

  /** The newest revision that is no longer in the log; from it or any later one a watch can resume. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** Adds a change newer than all before. */
  add(record: ChangeRecord): void {
    this.#records.push(record);
    if (this.#records.length - this.#start > this.#horizon) {
      this.#forgotten = this.#records[this.#start]?.revision ?? this.#forgotten;
      this.#start += 1;
    }
    // What is past the horizon is held until it is cut off: each record holds two states of an object.
    if (this.#start > this.#horizon / 4) {
      this.#records = this.#records.slice(this.#start);
      this.#start = 0;
    }
  }

  /** Forgets everything up to and including a revision, as a compaction does. */
  forget(revision: number): void {
    this.#records = [...this.since(revision)];
    this.#start = 0;
    this.#forgotten = Math.max(this.#forgotten, revision);
  }

  /** Changes after a revision, oldest first. */
  since(revision: number): readonly ChangeRecord[] {
    let low = this.#start;
    let high = this.#records.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#records[middle]?.revision ?? 0) <= revision) low = middle + 1;
      else high = middle;
    }
    return this.#records.slice(low);
  }
}
