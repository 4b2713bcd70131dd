/** The built-in knowledge with what a file adds. */
import { builtInKnowledge, extendKnowledge } from '../../knowledge/knowledge.ts';
import type { Knowledge } from '../../knowledge/model.ts';
import { readDocument } from '../document.ts';
import type { CliIo } from '../io.ts';

/**
 * The knowledge that a command uses; `file` as given with --knowledge. Throws InvalidInput that names the line and the field when
 * the file is not in order, or can't be read.
 */
export async function loadKnowledge(file: string | undefined, io: Pick<CliIo, 'readFile'>): Promise<Knowledge> {
  return file === undefined
    ? builtInKnowledge
    : extendKnowledge(builtInKnowledge, await readDocument(file, io, 'docs/knowledge.md'));
}
