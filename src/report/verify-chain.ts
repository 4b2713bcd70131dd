/** Whether a report is what was written: its journal a whole chain, its plan unchanged, everything else following from them. */
import { canonicalJson, digestOf } from '../journal/canonical.ts';
import { brokenAt } from '../journal/chain.ts';
import { isIntact } from '../planner/plan-upgrade.ts';
import { buildReport } from './build.ts';
import { expand } from './compact.ts';
import type { CompactEntry, RunReport } from './report.ts';

/** Something wrong with a report, in a sentence. */
export interface ReportProblem {
  /** `form`: no report; `chain`: the journal; `plan`; `body`: says what the journal does not; `digest`: changed as a whole. */
  readonly code: 'form' | 'chain' | 'plan' | 'body' | 'digest';
  readonly text: string;
}

/**
 * Checks a parsed report (JSON). Empty: nothing was changed since it was made, as far as the report alone can tell. Whoever
 * makes the whole chain anew is found by comparing `journal.head` with the cluster's journal or with a note of it.
 */
export function verifyReport(value: unknown): readonly ReportProblem[] {
  const wrong = formProblem(value);
  if (wrong !== null) return [{ code: 'form', text: wrong }];
  // The shape of entries and plan is bound by their hashes; what is wrong all the same fails in the attempt to use it.
  const report = value as RunReport;
  const found = [chain(report), plan(report), body(report), digest(report)];
  return found.filter((problem) => problem !== null);
}

function formProblem(value: unknown): string | null {
  if (!isRecord(value)) return 'It is no JSON object.';
  if (value['kind'] !== 'RunReport') return `It is no report: its kind is ${JSON.stringify(value['kind'] ?? null)}.`;
  if (value['apiVersion'] !== 'meshlift.dev/v1alpha1')
    return `It is a report of another version of meshlift: ${JSON.stringify(value['apiVersion'] ?? null)}.`;
  const missing = ['plan', 'state', 'journal'].find((name) => !isRecord(value[name]));
  if (missing !== undefined) return `It has no ${missing}.`;
  const entries = value['entries'];
  if (!Array.isArray(entries)) return 'It has no journal entries.';
  const odd = entries.findIndex((entry) => !isEntry(entry));
  return odd < 0 ? null : `Journal entry ${odd + 1} is none.`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEntry(value: unknown): value is CompactEntry {
  if (!Array.isArray(value) || value.length !== 4) return false;
  const [at, epoch, event, hash] = value as readonly unknown[];
  return typeof at === 'string' && typeof epoch === 'number' && isRecord(event) && typeof hash === 'string';
}

function chain({ entries, journal }: RunReport): ReportProblem | null {
  const why = brokenAt(expand(entries));
  if (why !== null) return { code: 'chain', text: `The journal is not what was written: ${why}` };
  if (entries.length === journal.entries) return null;
  return { code: 'chain', text: `The journal has ${entries.length} entries; the report counted ${journal.entries}.` };
}

function plan(report: RunReport): ReportProblem | null {
  if (!isIntact(report.plan))
    return { code: 'plan', text: 'The plan was changed after it was made: its digest does not fit.' };
  if (report.plan.run === report.state.run) return null;
  return { code: 'plan', text: `The plan is of run ${report.plan.run}, the state of run ${report.state.run}.` };
}

function body(report: RunReport): ReportProblem | null {
  const rebuilt = rebuild(report);
  if (rebuilt === null) return { code: 'body', text: 'The report cannot be made from its journal and plan.' };
  const path = firstDifference(report, rebuilt, '');
  if (path === null) return null;
  const made = `It was made by ${report.tool}.`;
  return { code: 'body', text: `Field ${path} does not follow from the journal and the plan. ${made}` };
}

function rebuild(report: RunReport): Readonly<Record<string, unknown>> | null {
  const { plan, state, createdAt, tool, entries } = report;
  try {
    // As it is after being written and read: fields without a value are gone.
    const again = JSON.parse(JSON.stringify(buildReport({ plan, state, createdAt, tool, entries: expand(entries) })));
    return isRecord(again) ? { ...again, digest: report.digest } : null;
  } catch {
    return null;
  }
}

/** Path of the first field that differs, in the order of the expected one; null: none. */
function firstDifference(found: unknown, expected: unknown, path: string): string | null {
  if (canonicalJson(found) === canonicalJson(expected)) return null;
  if (!isContainer(found) || !isContainer(expected)) return path;
  const names = new Set([...Object.keys(expected), ...Object.keys(found)]);
  for (const name of names) {
    const [left, right] = [found[name], expected[name]];
    const below = firstDifference(left, right, path === '' ? name : `${path}.${name}`);
    if (below !== null) return below;
  }
  return path;
}

function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function digest({ digest: said, ...rest }: RunReport): ReportProblem | null {
  if (digestOf(rest) === said) return null;
  return { code: 'digest', text: 'The report was changed after it was made: its digest does not fit.' };
}
