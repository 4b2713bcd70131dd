import { inflateRawSync } from 'node:zlib';
import { InvalidInput } from '../../src/errors.ts';

/** A file of a zip archive. */
export interface ZipEntry {
  /** Path with '/'; folders have no entry. */
  readonly name: string;
  /** Unpacks it. */
  data(): Buffer;
}

/** Signatures, and offsets of fields (PKWARE APPNOTE 4.3). */
const end = { signature: 0x06054b50, length: 22, entries: 10, start: 16 };
const central = {
  signature: 0x02014b50,
  length: 46,
  method: 10,
  size: 20,
  name: 28,
  extra: 30,
  comment: 32,
  local: 42,
};
const local = { signature: 0x04034b50, length: 30, name: 26, extra: 28 };

/** Files of a zip archive below 4 GiB, stored or deflated. @throws InvalidInput for anything else, and for a damaged one */
export function zipEntries(archive: Buffer): readonly ZipEntry[] {
  const at = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  if (at < 0 || at + end.length > archive.length) throw damaged('it has no end of directory');
  const found: ZipEntry[] = [];
  let position = archive.readUInt32LE(at + end.start);
  for (let left = archive.readUInt16LE(at + end.entries); left > 0; left -= 1) {
    if (position + central.length > at || archive.readUInt32LE(position) !== central.signature)
      throw damaged('its directory is cut');
    const length = archive.readUInt16LE(position + central.name);
    const name = archive.toString('utf8', position + central.length, position + central.length + length);
    const from = position;
    if (!name.endsWith('/')) found.push({ name, data: () => unpacked(archive, from, name) });
    const more = archive.readUInt16LE(position + central.extra) + archive.readUInt16LE(position + central.comment);
    position += central.length + length + more;
  }
  return found;
}

function unpacked(archive: Buffer, entry: number, name: string): Buffer {
  const start = archive.readUInt32LE(entry + central.local);
  if (archive.readUInt32LE(start) !== local.signature) throw damaged(`${name} is not where it should be`);
  const skip = archive.readUInt16LE(start + local.name) + archive.readUInt16LE(start + local.extra);
  const from = start + local.length + skip;
  const packed = archive.subarray(from, from + archive.readUInt32LE(entry + central.size));
  const method = archive.readUInt16LE(entry + central.method);
  if (method === 0) return packed;
  if (method === 8) return inflateRawSync(packed);
  throw damaged(`${name} is packed by method ${String(method)}`);
}

function damaged(why: string): InvalidInput {
  return new InvalidInput(`A zip archive could not be read: ${why}.`, { object: 'zip archive' });
}
