/** A buffer that one list uses for all its pages: a new one of several MB for each would leave the process's memory in holes. */
export interface BodyBuffer {
  /** Forgets what was appended. */
  reset(): void;
  append(piece: Uint8Array): void;
  /** What was appended since the last reset; valid until the next one. */
  view(): Buffer;
}

const firstBytes = 256 * 1024;

/** An empty buffer that grows as needed and never shrinks. */
export function bodyBuffer(): BodyBuffer {
  let bytes = Buffer.allocUnsafeSlow(firstBytes);
  let used = 0;
  return {
    reset: () => {
      used = 0;
    },
    append: (piece) => {
      if (used + piece.length > bytes.length) {
        const larger = Buffer.allocUnsafeSlow(Math.max(bytes.length * 2, used + piece.length));
        bytes.copy(larger, 0, 0, used);
        bytes = larger;
      }
      bytes.set(piece, used);
      used += piece.length;
    },
    view: () => bytes.subarray(0, used),
  };
}
