/** Runs checks over one view and puts their findings together. Pure: the same view gives the same report. */
import type { FactKind, Facts } from '../mesh/facts.ts';
import {
  isFinding,
  pageOf,
  type Check,
  type CheckView,
  type Family,
  type Finding,
  type Need,
  type Severity,
} from './check.ts';
import type { CheckCounts, CheckReport, CheckResult, FamilyResult, ReportedFinding, ReportedTarget } from './report.ts';
import { knownIgnores, meets, selectChecks, type Ignore, type Selection } from './selection.ts';
import type { TargetResult } from './target.ts';

/** What is run. */
export interface CheckRun {
  readonly table: readonly Family[];
  /** Its `target` must be that of `target` below. */
  readonly view: CheckView;
  /** Null: none was asked for. */
  readonly target: (TargetResult & { readonly strategy: 'revision' | 'in-place' }) | null;
  readonly selection: Selection;
  readonly ignores: readonly Ignore[];
  /** Why a finding is ignored that no ignore meets; null: it counts. Left out: all do. */
  readonly implied?: (id: string, finding: Finding) => string | null;
  /** RFC 3339. */
  readonly takenAt: string;
  readonly toolVersion: string;
}

const ranks: Readonly<Record<Severity, number>> = { blocks: 0, warns: 1, informs: 2 };

/** Runs the selected checks. Throws InvalidInput for unknown ids and families. */
export function runChecks(run: CheckRun): CheckReport {
  const { view, table } = run;
  const selected = selectChecks(table, run.selection);
  const ignores = knownIgnores(table, run.ignores);
  const used = new Set<Ignore>();
  const families = selected.map((family): FamilyResult => ({
    family: family.name,
    title: family.title,
    checks: family.checks.map((check) => resultOf(check, run, { ignores, used })),
  }));
  const judged: readonly CheckResult['state'][] = ['passed', 'found', 'ignored', 'unseen'];
  const ran = new Set(
    families.flatMap(({ checks }) => checks.filter(({ state }) => judged.includes(state)).map(({ id }) => id)),
  );
  return {
    ...{ apiVersion: 'meshlift.dev/v1alpha1', kind: 'CheckReport', takenAt: run.takenAt, toolVersion: run.toolVersion },
    source: view.facts.source,
    kubernetesVersion: view.facts.kubernetesVersion,
    target: reportedTarget(run.target),
    knowledge: view.knowledge.parts.map(({ name, date }) => ({ name, date })),
    counts: countsOf(families.flatMap(({ checks }) => checks)),
    families,
    unusedIgnores: ignores.filter((ignore) => !used.has(ignore) && ran.has(ignore.id)),
  };
}

interface Ignoring {
  readonly ignores: readonly Ignore[];
  readonly used: Set<Ignore>;
}

function resultOf(check: Check, run: CheckRun, ignoring: Ignoring): CheckResult {
  const { id, title } = check;
  const empty = { id, title, page: pageOf(id), severity: null, reason: '', findings: [], ignored: [], unseen: [] };
  if (check.needs.includes('target') && run.target === null) {
    return { ...empty, state: 'not-asked', reason: 'it needs a target: give one with --to VERSION' };
  }
  const missing = check.needs.map((need) => unreadNeed(need, run)).filter((why) => why !== null);
  if (missing.length > 0) return { ...empty, state: 'skipped', reason: `could not see ${missing.join('; ')}` };
  const all = check.run(run.view);
  const found = all.filter(isFinding).map((finding) => reported(finding, check));
  const { kept, ignored } = sortOut(found, check.id, run, ignoring);
  const unseen = all.flatMap((one) => (isFinding(one) ? [] : [{ object: one.object, why: one.unseen }]));
  const state = kept.length > 0 ? 'found' : unseen.length > 0 ? 'unseen' : ignored.length > 0 ? 'ignored' : 'passed';
  return { ...empty, state, severity: kept[0]?.severity ?? null, findings: kept, ignored, unseen };
}

function unreadNeed(need: Need, { view, target }: CheckRun): string | null {
  if (need === 'target') return target?.outcome === 'unknown' ? `the target: ${target.why}` : null;
  if (need === 'kubernetesVersion') {
    return view.facts.kubernetesVersion === null ? 'the version of Kubernetes' : null;
  }
  const why = unreadWhy(view.facts, need);
  return why === null ? null : `${need} (${why})`;
}

function unreadWhy(facts: Facts, kind: FactKind): string | null {
  return facts[kind].unread;
}

function reported(finding: Finding, check: Check): ReportedFinding {
  return { ...finding, source: finding.source ?? check.source };
}

function sortOut(
  found: readonly ReportedFinding[],
  id: string,
  { implied }: CheckRun,
  { ignores, used }: Ignoring,
): Pick<CheckResult, 'ignored'> & { readonly kept: readonly ReportedFinding[] } {
  const kept: ReportedFinding[] = [];
  const ignored: CheckResult['ignored'][number][] = [];
  const ordered = found.toSorted((a, b) => ranks[a.severity] - ranks[b.severity]);
  for (const finding of ordered) {
    const ignore = ignores.find((one) => one.id === id && meets(one.object, finding.object));
    if (ignore !== undefined) used.add(ignore);
    const reason = ignore?.reason ?? implied?.(id, finding) ?? null;
    if (reason === null) kept.push(finding);
    else ignored.push({ ...finding, reason });
  }
  return { kept, ignored };
}

function countsOf(results: readonly CheckResult[]): CheckCounts {
  const inState = (state: CheckResult['state']): number => results.filter((one) => one.state === state).length;
  const findings = results.flatMap((one) => one.findings);
  const ofSeverity = (severity: Severity): number => findings.filter((one) => one.severity === severity).length;
  return {
    checks: results.length,
    ...{ passed: inState('passed'), found: inState('found'), ignored: inState('ignored'), unseen: inState('unseen') },
    ...{ skipped: inState('skipped'), notAsked: inState('not-asked') },
    ...{ blocks: ofSeverity('blocks'), warns: ofSeverity('warns'), informs: ofSeverity('informs') },
    ignoredFindings: results.reduce((sum, one) => sum + one.ignored.length, 0),
  };
}

function reportedTarget(target: CheckRun['target']): ReportedTarget | null {
  if (target === null) return null;
  if (target.outcome === 'unknown') {
    const { version, strategy, why } = target;
    return { version, strategy, from: null, hops: [], problem: why, known: false };
  }
  const { version, strategy, from, hops, way } = target.target;
  const problem =
    way === null ? 'no control plane of a known version runs' : way.outcome === 'hops' ? null : way.refused;
  return {
    version,
    strategy,
    from,
    hops: hops.map(({ from, to, notes }) => ({ from, to, notes })),
    problem,
    known: true,
  };
}
