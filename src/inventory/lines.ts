/** The lines of a file, compressed or not, one after the other: a snapshot's text may be larger than a string can be. */
import { Readable } from 'node:stream';
import { constants, createGunzip } from 'node:zlib';

/** Reads on from where it is. */
export interface Lines {
  /** The next line that is not blank; null at the end, whatever the end is like. */
  next(): Promise<string | null>;
  /** All that is left, as one text. */
  rest(): Promise<string>;
  /** Why the bytes ended early (damaged compression); null as long as all is well. */
  readonly error: string | null;
}

/** Lines of bytes that are gzip (by their first two bytes) or text. */
export function linesOf(bytes: Uint8Array): Lines {
  const reader = { error: null as string | null };
  const chunks = decoded(bytes, (why) => {
    reader.error = why;
  });
  let buffer: string[] = [];
  let tail = '';
  const fill = async (): Promise<boolean> => {
    const chunk = await chunks.next();
    if (chunk.done === true) {
      if (tail === '') return false;
      buffer = [tail];
      tail = '';
      return true;
    }
    const parts = (tail + chunk.value).split('\n');
    tail = parts.pop() ?? '';
    buffer = parts.reverse();
    return true;
  };
  return {
    get error() {
      return reader.error;
    },
    next: async () => {
      for (;;) {
        const line = buffer.pop();
        if (line === undefined) {
          if (!(await fill())) return null;
        } else if (line.trim() !== '') return line;
      }
    },
    rest: async () => {
      const parts = buffer.reverse();
      buffer = [];
      let text = parts.map((part) => `${part}\n`).join('') + tail;
      tail = '';
      for await (const chunk of chunks) text += chunk;
      return text;
    },
  };
}

async function* decoded(bytes: Uint8Array, fail: (why: string) => void): AsyncGenerator<string, undefined> {
  const decoder = new TextDecoder();
  try {
    for await (const chunk of source(bytes)) yield decoder.decode(chunk as Uint8Array, { stream: true });
  } catch (error) {
    fail(`is damaged: ${error instanceof Error ? error.message : String(error)}`);
  }
  return undefined;
}

// With a sync flush a file that is cut off gives all that can be decoded instead of an error.
function source(bytes: Uint8Array): AsyncIterable<unknown> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return Readable.from([bytes]);
  return Readable.from(slices(bytes)).pipe(createGunzip({ finishFlush: constants.Z_SYNC_FLUSH }));
}

function* slices(bytes: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += 65536) yield bytes.subarray(from, from + 65536);
}
