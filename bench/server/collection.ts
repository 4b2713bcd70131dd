/** What of an object its server must know to find and filter it. */
export interface Row {
  /** '' for cluster-scoped kinds. */
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Values for field selectors besides metadata.name and metadata.namespace. */
  readonly fields?: Readonly<Record<string, string>>;
}

const comma = Buffer.from(',');

/**
 * Objects of one kind as JSON bytes, written once and served as slices without copying, so that serving costs next to
 * nothing beside the client that is measured.
 */
export class Collection {
  readonly rows: Row[] = [];
  readonly #chunks: Buffer[] = [];
  /** Chunk, start and end of each object. */
  readonly #places: (readonly [number, number, number])[] = [];
  #open: string[] = [];

  /** Adds an object as JSON text. */
  add(row: Row, json: string): void {
    this.rows.push(row);
    this.#open.push(json);
    if (this.#open.length === 500) this.#seal();
  }

  /** Number of objects. */
  get size(): number {
    return this.rows.length;
  }

  /** Bytes of the objects from `start` to before `end`, with commas between, in pieces. */
  slice(start: number, end: number): Buffer[] {
    this.#seal();
    const pieces: Buffer[] = [];
    for (let index = start; index < Math.min(end, this.#places.length);) {
      const first = this.#places[index];
      if (first === undefined) break;
      let last = first;
      for (index += 1; index < end && this.#places[index]?.[0] === first[0]; index += 1)
        last = this.#places[index] ?? last;
      if (pieces.length > 0) pieces.push(comma);
      pieces.push(this.#chunks[first[0]]?.subarray(first[1], last[2]) ?? comma);
    }
    return pieces;
  }

  /** JSON text of one object. */
  text(index: number): string {
    return Buffer.concat(this.slice(index, index + 1)).toString();
  }

  /** A collection of the objects that satisfy `wanted`, each passed through `change`. */
  derive(wanted: (row: Row) => boolean, change: (json: string) => string): Collection {
    const derived = new Collection();
    this.rows.forEach((row, index) => {
      if (wanted(row)) derived.add(row, change(this.text(index)));
    });
    return derived;
  }

  #seal(): void {
    if (this.#open.length === 0) return;
    const chunk = this.#chunks.length;
    let offset = 0;
    for (const json of this.#open) {
      const length = Buffer.byteLength(json);
      this.#places.push([chunk, offset, offset + length]);
      offset += length + 1;
    }
    this.#chunks.push(Buffer.from(this.#open.join(',')));
    this.#open = [];
  }
}
