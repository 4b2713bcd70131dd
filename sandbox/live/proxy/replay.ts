import type { Readable, Writable } from 'node:stream';

/** Bytes of a body that are kept for another attempt (Envoy has a limit of this kind). */
const keptBytes = 65_536;

/** A request's body that can be sent again as long as little of it has come and nobody has answered. */
export class Replay {
  #kept: Buffer[] = [];
  #size = 0;
  #ended = false;
  #sink: Writable | undefined;

  constructor(source: Readable) {
    source.on('data', (chunk: Buffer) => {
      this.#size += chunk.length;
      if (this.#size <= keptBytes) this.#kept.push(chunk);
      this.#write(chunk);
    });
    source.on('end', () => {
      this.#ended = true;
      this.#sink?.end();
    });
  }

  /** Whether all of it could be sent again. */
  get complete(): boolean {
    return this.#size <= keptBytes;
  }

  /** Sends it from its start; an earlier receiver gets nothing more. */
  to(sink: Writable): void {
    this.#sink = sink;
    for (const chunk of this.#kept) this.#write(chunk);
    if (this.#ended) sink.end();
  }

  #write(chunk: Buffer): void {
    if (this.#sink?.writable) this.#sink.write(chunk);
  }
}
