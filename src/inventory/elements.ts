/**
 * Reads a JSON array of objects piece by piece as it arrives, and parses one object at a time: twenty istiods that each
 * answer with 10 MB at the same moment must not be held as twenty texts.
 */

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];
const SPACES: ReadonlySet<number | undefined> = new Set([0x20, 0x0a, 0x0d, 0x09]);

/** Takes the bytes of one array. */
export interface ElementReader {
  /** The next bytes, cut anywhere. */
  push(piece: Uint8Array): void;
  /** Whether what came was one whole array of objects. */
  end(): boolean;
}

/** Calls `each` for every object of the array, in order. Stops listening at the first thing that is not as it should be. */
export function elementReader(each: (element: unknown) => void): ElementReader {
  let where: 'before' | 'between' | 'element' | 'after' | 'broken' = 'before';
  let held: Uint8Array[] = [];
  let depth = 0;
  let inString = false;
  let escaped = false;

  function outside(byte: number | undefined): void {
    if (SPACES.has(byte) || (byte === COMMA && where === 'between')) return;
    if (where === 'before' && byte === OPEN_LIST) where = 'between';
    else if (where === 'between' && byte === CLOSE_LIST) where = 'after';
    else if (where === 'between' && byte === OPEN_OBJECT) [where, depth] = ['element', 1];
    else where = 'broken';
  }

  /** Whether the byte ends the element. */
  function inside(byte: number | undefined): boolean {
    if (inString) {
      if (escaped) escaped = false;
      else if (byte === BACKSLASH) escaped = true;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth += 1;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth -= 1;
    return depth === 0;
  }

  function finish(last: Uint8Array): void {
    const text = Buffer.concat([...held, last]).toString('utf8');
    held = [];
    where = 'between';
    try {
      each(JSON.parse(text));
    } catch {
      where = 'broken';
    }
  }

  return {
    push(piece) {
      let start = 0;
      for (let at = 0; at < piece.length && where !== 'broken'; at += 1) {
        if (where !== 'element') {
          outside(piece[at]);
          start = at;
        } else if (inside(piece[at])) {
          finish(piece.subarray(start, at + 1));
        }
      }
      if (where === 'element') held.push(piece.subarray(start));
    },
    end: () => where === 'after',
  };
}
