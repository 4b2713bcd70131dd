/** Ignores of a policy file: each must name a check that exists, so that a misspelt one does not ignore nothing for ever. */
import { fail, type KnowledgeDocument } from '../knowledge/extension/reader.ts';
import type { Family } from './check.ts';
import { unknownId, type Ignore } from './selection.ts';

/**
 * The ignores of a policy as the checks take them. `document`: the file that the policy was read from.
 * @throws InvalidInput with line and column for an id that no check has
 */
export function policyIgnores(
  ignore: readonly { readonly id: string; readonly reason: string }[],
  document: KnowledgeDocument,
  table: readonly Family[],
): readonly Ignore[] {
  return ignore.map(({ id, reason }, index) => {
    const unknown = unknownId(table, id);
    const place = { value: id, path: ['ignore', index, 'id'], document };
    if (unknown !== null) fail(place, `names check ${id}, which is not known`, unknown);
    return { id: id.toUpperCase(), object: '', reason };
  });
}
