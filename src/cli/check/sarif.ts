/** The report as SARIF 2.1.0 (OASIS), for code-scanning dashboards. */
import type { Check, Family, Severity } from '../../checks/check.ts';
import type { CheckReport, CheckResult, ReportedFinding } from '../../checks/report.ts';
import { objectName } from '../../checks/selection.ts';

const levels: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  blocks: 'error',
  warns: 'warning',
  informs: 'note',
};

/** A SARIF log: one run; rules are the selected checks, ignored findings are suppressed results, skipped checks notifications. */
export function sarif(report: CheckReport, table: readonly Family[]): Readonly<Record<string, unknown>> {
  const results = report.families.flatMap(({ checks }) => checks);
  const known = new Map(table.flatMap(({ checks }) => checks.map((check) => [check.id, check] as const)));
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: { name: 'meshlift', version: report.toolVersion, rules: results.map((one) => rule(one, known)) },
        },
        invocations: [
          {
            executionSuccessful: true,
            endTimeUtc: report.takenAt,
            toolExecutionNotifications: results.flatMap(notifications),
          },
        ],
        results: results.flatMap(resultsOf),
      },
    ],
  };
}

function rule({ id, title }: CheckResult, known: ReadonlyMap<string, Check>): Readonly<Record<string, unknown>> {
  const check = known.get(id);
  return {
    id,
    shortDescription: { text: title },
    ...(check === undefined
      ? {}
      : {
          fullDescription: { text: check.why },
          help: { text: `${check.remedy}\n\nLooks at: ${check.looksAt}\nSource: ${check.source}` },
          defaultConfiguration: { level: levels[check.severities[0] ?? 'warns'] },
        }),
  };
}

function resultsOf({ id, findings, ignored }: CheckResult, ruleIndex: number): Readonly<Record<string, unknown>>[] {
  return [
    ...findings.map((finding) => resultOf(id, ruleIndex, finding)),
    ...ignored.map((finding) => ({
      ...resultOf(id, ruleIndex, finding),
      suppressions: [{ kind: 'external', justification: finding.reason }],
    })),
  ];
}

function resultOf(ruleId: string, ruleIndex: number, finding: ReportedFinding): Readonly<Record<string, unknown>> {
  const name = objectName(finding.object);
  return {
    ruleId,
    ruleIndex,
    level: levels[finding.severity],
    message: { text: `${name}: ${finding.message} ${finding.why} ${finding.remedy}` },
    locations: [
      {
        logicalLocations: [
          {
            name: finding.object.name,
            fullyQualifiedName: finding.field === '' ? name : `${name} ${finding.field}`,
            kind: 'object',
          },
        ],
      },
    ],
    partialFingerprints: { 'meshliftObject/v1': `${ruleId} ${name}` },
  };
}

function notifications({ id, reason, unseen }: CheckResult): Readonly<Record<string, unknown>>[] {
  const texts = [
    ...(reason === '' ? [] : [`${id} was not checked: ${reason}`]),
    ...unseen.map(({ object, why }) => `${id} could not judge ${objectName(object)}: ${why}`),
  ];
  return texts.map((text) => ({ level: 'warning', message: { text }, associatedRule: { id } }));
}
