/** YAML and JSON files of the person, with the place of everything in them. */
import type { LineCounter, Document } from 'yaml';
import { InvalidInput } from '../errors.ts';
import type { DocumentPath, KnowledgeDocument } from '../knowledge/extension/reader.ts';
import type { CliIo } from './io.ts';

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
  const { LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(Buffer.from(bytes).toString(), { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    const remedy = `Write YAML or JSON; ${page} has an example.`;
    throw new InvalidInput(`file ${file}, line ${line}, column ${col}: ${error.message}.`, { object, remedy });
  }
  return {
    name: file,
    page,
    value: document.toJS() as unknown,
    position: (path) => positionOf(document, lines, path),
  };
}

// What is missing has no place: that of the object which lacks it is told.
function positionOf(document: Document, lines: LineCounter, path: DocumentPath): { line: number; column: number } {
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

function at(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}
