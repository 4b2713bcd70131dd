/** The policy that a command uses: the file's, or the defaults. */
import { mustKnowIgnores } from '../checks/policy-ignores.ts';
import { families } from '../checks/table.ts';
import { parsePolicy } from '../policy/parse.ts';
import { defaultPolicy, type Policy } from '../policy/policy.ts';
import type { CliIo } from './io.ts';
import { readDocument } from './document.ts';

/** Reads it. @throws InvalidInput that names line, column and field */
export async function loadPolicy(file: string | undefined, io: Pick<CliIo, 'readFile'>): Promise<Policy> {
  if (file === undefined) return defaultPolicy;
  const document = await readDocument(file, io, 'docs/policy.md');
  const policy = parsePolicy(document);
  mustKnowIgnores(policy, document, families);
  return policy;
}
