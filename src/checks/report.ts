/** The result of the checks as a document: docs/schema/check-report.schema.json. */
import type { FactSource } from '../mesh/facts.ts';
import type { FamilyName, FoundObject, Severity } from './check.ts';

/** Finding with its origin filled in. */
export interface ReportedFinding {
  readonly severity: Severity;
  readonly object: FoundObject;
  readonly field: string;
  readonly value: string;
  readonly message: string;
  readonly why: string;
  readonly remedy: string;
  readonly source: string;
}

/** An ignored finding, with the reason that a person gave. */
export interface IgnoredFinding extends ReportedFinding {
  readonly reason: string;
}

/**
 * passed: it ran and found nothing. found: it ran and has findings. ignored: it has findings, and all of them are ignored.
 * unseen: it ran, found nothing, and some objects could not be judged. skipped: what it needs could not be read. not-asked: it
 * needs a target and none was given.
 */
export type CheckState = 'passed' | 'found' | 'ignored' | 'unseen' | 'skipped' | 'not-asked';

/** One check's result. */
export interface CheckResult {
  readonly id: string;
  readonly title: string;
  /** Its page in the documentation, from the root of the package. */
  readonly page: string;
  readonly state: CheckState;
  /** The worst of its findings; null without findings. */
  readonly severity: Severity | null;
  /** Why it was skipped or not asked; '' otherwise. */
  readonly reason: string;
  readonly findings: readonly ReportedFinding[];
  readonly ignored: readonly IgnoredFinding[];
  readonly unseen: readonly { readonly object: FoundObject; readonly why: string }[];
}

/** Results of a family. */
export interface FamilyResult {
  readonly family: FamilyName;
  readonly title: string;
  readonly checks: readonly CheckResult[];
}

/** Sums over the report. */
export interface CheckCounts {
  /** Checks that were selected, by what became of them; the states add up to `checks`. */
  readonly checks: number;
  readonly passed: number;
  readonly found: number;
  readonly ignored: number;
  readonly unseen: number;
  readonly skipped: number;
  readonly notAsked: number;
  /** Findings that count, by severity, and those ignored. */
  readonly blocks: number;
  readonly warns: number;
  readonly informs: number;
  readonly ignoredFindings: number;
}

/** The target as the report names it. */
export interface ReportedTarget {
  readonly version: string;
  readonly strategy: 'revision' | 'in-place';
  readonly from: string | null;
  readonly hops: readonly { readonly from: string; readonly to: string; readonly notes: readonly string[] }[];
  /** Why nothing is known of it or no way leads there; null when all is well. */
  readonly problem: string | null;
  /** False: nothing is known of the version, and what needs a target was skipped. */
  readonly known: boolean;
}

/** The whole. */
export interface CheckReport {
  readonly apiVersion: 'meshlift.dev/v1alpha1';
  readonly kind: 'CheckReport';
  /** RFC 3339. */
  readonly takenAt: string;
  readonly toolVersion: string;
  readonly source: FactSource;
  readonly kubernetesVersion: string | null;
  /** Null when none was asked for. */
  readonly target: ReportedTarget | null;
  readonly knowledge: readonly { readonly name: string; readonly date: string }[];
  readonly counts: CheckCounts;
  readonly families: readonly FamilyResult[];
  /** Ignores that met no finding: a typing error, or what they were for is mended. */
  readonly unusedIgnores: readonly { readonly id: string; readonly object: string; readonly reason: string }[];
}
