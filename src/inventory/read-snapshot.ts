/** Facts of a file: a snapshot of ours, or a plain Kubernetes List as kubectl prints it. */
import { InvalidInput } from '../errors.ts';
import type { Facts } from '../mesh/facts.ts';
import { linesOf, type Lines } from './lines.ts';
import { readLines } from './read-lines.ts';
import { readList } from './read-list.ts';

/** The file system as a snapshot needs it. */
export interface SnapshotIo {
  readFile(path: string): Promise<Uint8Array>;
  exists(path: string): Promise<boolean>;
}

/** What a file gave. */
export interface SnapshotRead {
  readonly facts: Facts;
  /** Says what is wrong with a file of which only a part could be read; null when it is whole. */
  readonly damaged: string | null;
}

/**
 * Reads `file`, compressed or not. Beside a plain List NAME.json (or NAME.json.gz) the answers of istiod are looked for in
 * NAME.istiod.json (or NAME.istiod.json.gz). Throws InvalidInput when the file is missing, empty or no snapshot at all.
 */
export async function readSnapshot(file: string, io: SnapshotIo): Promise<SnapshotRead> {
  const lines = await open(file, io);
  const first = await lines.next();
  if (first === null) throw invalid(file, lines.error ?? 'is empty');
  const header = asHeader(first);
  if (header !== null) return readLines(file, header, lines);
  const rest = await lines.rest();
  return readList({ file, text: `${first}\n${rest}`, cut: lines.error }, await answersBeside(file, io));
}

async function open(file: string, io: SnapshotIo): Promise<Lines> {
  if (!(await io.exists(file))) throw invalid(file, 'does not exist');
  try {
    return linesOf(await io.readFile(file));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidInput(`file ${file} can't be read: ${why}.`, { object: `file ${file}`, cause });
  }
}

function asHeader(line: string): Readonly<Record<string, unknown>> | null {
  if (!line.includes('"Snapshot"')) return null;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'Snapshot'
      ? { ...value }
      : null;
  } catch {
    return null;
  }
}

// One file with a part of the answers is of no use, so an unreadable one counts as none, and says why.
async function answersBeside(file: string, io: SnapshotIo): Promise<{ text: string; file: string } | null> {
  const base = file.replace(/\.(json|ya?ml|list)?(\.gz)?$/, '');
  for (const name of [`${base}.istiod.json.gz`, `${base}.istiod.json`]) {
    if (name === file || !(await io.exists(name))) continue;
    const lines = linesOf(await io.readFile(name));
    const text = await lines.rest();
    return { text: lines.error === null ? text : '', file: name };
  }
  return null;
}

function invalid(file: string, why: string): InvalidInput {
  return new InvalidInput(`file ${file} ${why}.`, {
    object: `file ${file}`,
    remedy: 'Give a file made by "meshlift snapshot save" or by "kubectl get … -o json".',
  });
}
