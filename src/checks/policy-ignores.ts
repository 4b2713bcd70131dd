/** What a policy file says of findings: its ignores, and what follows from what it says of workloads. */
import { fail, type KnowledgeDocument } from '../knowledge/extension/reader.ts';
import { workloadIndex } from '../mesh/workload-index.ts';
import { overrideFor } from '../planner/overrides.ts';
import type { Policy } from '../policy/policy.ts';
import type { CheckView, Family, Finding } from './check.ts';
import { objectName, unknownId, type Ignore } from './selection.ts';

/** The ignores of a policy as the checks take them. */
export function ignoresOfPolicy({ ignore }: Pick<Policy, 'ignore'>): readonly Ignore[] {
  return ignore.map(({ id, object = '', reason }) => ({ id: id.toUpperCase(), object, reason }));
}

/**
 * Refuses an ignore of a check that does not exist, so that a misspelt one does not ignore nothing for ever. `document`: the
 * file that the policy was read from. @throws InvalidInput with line and column
 */
export function mustKnowIgnores(
  { ignore }: Pick<Policy, 'ignore'>,
  document: KnowledgeDocument,
  table: readonly Family[],
): void {
  for (const [index, { id }] of ignore.entries()) {
    const unknown = unknownId(table, id);
    const place = { value: id, path: ['ignore', index, 'id'], document };
    if (unknown !== null) fail(place, `names check ${id}, which is not known`, unknown);
  }
}

/** Checks of what an application does with its requests at SIGTERM. */
const ofGracefulEnds: readonly string[] = ['ML-F002', 'ML-F003', 'ML-F023'];

/**
 * Why a finding is ignored although no ignore names it; null when it is not: the policy calls the application graceful, and
 * the plan believes that. It says nothing of how many pods may be away at once.
 */
export function impliedBy(
  { overrides }: Pick<Policy, 'overrides'>,
  { facts, mesh }: Pick<CheckView, 'facts' | 'mesh'>,
): (id: string, finding: Finding) => string | null {
  if (!overrides.some(({ graceful }) => graceful === true)) return () => null;
  const { entries } = workloadIndex(facts);
  const reasons = new Map<string, string>();
  for (const [index, workload] of mesh.workloads.entries()) {
    const entry = entries[index];
    const override = entry && overrideFor(overrides, { workload, entry });
    if (override?.graceful !== true) continue;
    const because = override.reason === undefined ? '' : `: ${override.reason}`;
    reasons.set(objectName(workload), `the policy calls it graceful${because}`);
  }
  return (id, { object, field }) =>
    ofGracefulEnds.includes(id) && !field.endsWith('maxUnavailable') ? (reasons.get(objectName(object)) ?? null) : null;
}
