/** YAML and JSON files of the person, with the place of everything in them. */
import type * as yaml from 'yaml';
import type { LineCounter, Document } from 'yaml';
import { InvalidInput } from '../errors.ts';
import type { DocumentPath, KnowledgeDocument, Position } from '../knowledge/extension/reader.ts';
import type { CliIo } from './io.ts';

type Yaml = Pick<typeof yaml, 'isMap' | 'isScalar'>;

interface Parsed {
  readonly document: Document;
  readonly lines: LineCounter;
}

/** Reads and parses a file. `page`: where its format is described. @throws InvalidInput naming line and column */
export async function readDocument(
  file: string,
  io: Pick<CliIo, 'readFile'>,
  page: string,
): Promise<KnowledgeDocument> {
  const object = `file ${file}`;
  const bytes = await io.readFile(file).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidInput(`file ${file} can't be read: ${why}.`, {
      object,
      remedy: 'Give a file that exists.',
      cause,
    });
  });
  const library = await import('yaml');
  const lines = new library.LineCounter();
  const document = library.parseDocument(Buffer.from(bytes).toString(), { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    const remedy = `Write YAML or JSON; ${page} has an example.`;
    const why = error.code === 'MULTIPLE_DOCS' ? 'a second document begins here; one file holds one' : error.message;
    throw new InvalidInput(`file ${file}, line ${line}, column ${col}: ${why}.`, { object, remedy });
  }
  return {
    name: file,
    page,
    value: valueOf(document, file),
    position: (path) => positionOf({ document, lines }, path),
    keyPosition: (path) => keyPositionOf(library, { document, lines }, path) ?? positionOf({ document, lines }, path),
  };
}

// Aliases are followed only now: one without its anchor, or too many of them, is the file's fault.
function valueOf(document: Document, file: string): unknown {
  try {
    return document.toJS() as unknown;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidInput(`file ${file} can't be read: ${why}.`, {
      object: `file ${file}`,
      remedy: 'Write out what the alias stands for.',
      cause,
    });
  }
}

function keyPositionOf({ isMap, isScalar }: Yaml, { document, lines }: Parsed, path: DocumentPath): Position | null {
  const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (!isMap(parent)) return null;
  const pair = parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(path.at(-1)));
  const start = startOf(pair?.key);
  return start === null ? null : at(lines, start);
}

// What is missing has no place: that of the object which lacks it is told.
function positionOf({ document, lines }: Parsed, path: DocumentPath): Position {
  for (let length = path.length; length > 0; length -= 1) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    const start = startOf(node);
    if (start !== null) return at(lines, start);
  }
  return at(lines, startOf(document.contents) ?? 0);
}

function startOf(node: unknown): number | null {
  const range: unknown = typeof node === 'object' && node !== null && 'range' in node ? node.range : null;
  const start: unknown = Array.isArray(range) ? range[0] : null;
  return typeof start === 'number' ? start : null;
}

function at(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}
