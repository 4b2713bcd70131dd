/** An entry of an archive: a file, a folder (name ends with a slash) or a symbolic link. */
export interface TarEntry {
  /** Path without a slash at its start; at most 100 bytes, or 155 before and 100 after some slash. */
  readonly name: string;
  readonly data?: Uint8Array;
  /** Permissions; default 0o755. */
  readonly mode?: number;
  readonly link?: string;
}

const block = 512;

/** A ustar archive with owner 0 and time 0 everywhere: the same entries give the same bytes. Throws RangeError for too long a name. */
export function tar(entries: readonly TarEntry[]): Buffer {
  const parts = entries.flatMap((entry) => {
    const data = Buffer.from(entry.data ?? []);
    return [header(entry, data.length), data, Buffer.alloc((block - (data.length % block)) % block)];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * block)]);
}

function header(entry: TarEntry, size: number): Buffer {
  const bytes = Buffer.alloc(block);
  const { prefix, name } = split(entry.name);
  const octal = (value: number, at: number, width: number) =>
    bytes.write(`${value.toString(8).padStart(width - 1, '0')}\0`, at, 'latin1');
  bytes.write(name, 0, 'utf8');
  octal(entry.mode ?? 0o755, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  bytes.write(typeOf(entry), 156, 'latin1');
  bytes.write(entry.link ?? '', 157, 'utf8');
  bytes.write('ustar\x0000', 257, 'latin1');
  bytes.write(prefix, 345, 'utf8');
  // The sum is taken with spaces in its own place.
  bytes.fill(' ', 148, 156);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return bytes;
}

function typeOf({ name, link }: TarEntry): string {
  if (link !== undefined) return '2';
  return name.endsWith('/') ? '5' : '0';
}

function split(path: string): { readonly prefix: string; readonly name: string } {
  if (Buffer.byteLength(path) <= 100) return { prefix: '', name: path };
  const at = path.indexOf('/', path.length - 101);
  const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
  if (at < 0 || Buffer.byteLength(prefix) > 155 || Buffer.byteLength(name) > 100) {
    throw new RangeError(`a path too long for a ustar archive: ${path}`);
  }
  return { prefix, name };
}
