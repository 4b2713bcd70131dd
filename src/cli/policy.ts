/** The policy that a command uses: the file's, or the defaults. */
import { parsePolicy } from '../policy/parse.ts';
import { defaultPolicy, type Policy } from '../policy/policy.ts';
import type { CliIo } from './io.ts';
import { readDocument } from './document.ts';

/** Reads it. @throws InvalidInput that names line, column and field */
export async function loadPolicy(file: string | undefined, io: Pick<CliIo, 'readFile'>): Promise<Policy> {
  return file === undefined ? defaultPolicy : parsePolicy(await readDocument(file, io, 'docs/policy.md'));
}
