/** The report as JUnit XML, for CI systems: a suite for each family, a test for each check. */
import type { CheckReport, CheckResult, FamilyResult, ReportedFinding } from '../../checks/report.ts';
import { objectName } from '../../checks/selection.ts';

/** The XML text. What blocks or warns fails its test; what could not be seen is skipped; what informs is output. */
export function junit(report: CheckReport): string {
  const suites = report.families.map((family) => suite(family, report.takenAt));
  const totals = counts(report.families.flatMap(({ checks }) => checks));
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="meshlift check" ${totals}>\n${suites.join('')}</testsuites>\n`;
}

function suite({ family, title, checks }: FamilyResult, takenAt: string): string {
  const stamp = takenAt.replace(/\.\d+Z$/, 'Z').replace(/Z$/, '');
  const cases = checks.map((check) => testCase(check, family)).join('');
  return `  <testsuite name="${escape(title)}" ${counts(checks)} timestamp="${escape(stamp)}" time="0">\n${cases}  </testsuite>\n`;
}

function counts(checks: readonly CheckResult[]): string {
  const failures = checks.filter(fails).length;
  const skipped = checks.filter((check) => !fails(check) && isSkipped(check)).length;
  return `tests="${String(checks.length)}" failures="${String(failures)}" errors="0" skipped="${String(skipped)}"`;
}

function fails({ severity }: CheckResult): boolean {
  return severity === 'blocks' || severity === 'warns';
}

function isSkipped({ state }: CheckResult): boolean {
  return state === 'skipped' || state === 'not-asked' || state === 'unseen';
}

function testCase(check: CheckResult, family: string): string {
  const open = `    <testcase name="${escape(`${check.id} ${check.title}`)}" classname="${escape(family)}" time="0"`;
  const body = bodyOf(check);
  return body === '' ? `${open}/>\n` : `${open}>\n${body}    </testcase>\n`;
}

function bodyOf(check: CheckResult): string {
  const { findings, reason, unseen } = check;
  const text = findings.map(findingText).join('\n\n');
  if (fails(check)) {
    const [worst] = findings;
    const message = `${String(findings.length)} found; ${worst === undefined ? '' : worst.message}`;
    return `      <failure type="${check.severity ?? ''}" message="${escape(message)}">${escape(text)}</failure>\n`;
  }
  const why = reason === '' ? unseen.map(({ object, why: one }) => `${objectName(object)}: ${one}`).join('; ') : reason;
  if (isSkipped(check)) return `      <skipped message="${escape(why)}"/>\n`;
  return text === '' ? '' : `      <system-out>${escape(text)}</system-out>\n`;
}

function findingText({ severity, object, message, why, remedy }: ReportedFinding): string {
  return `${severity}: ${objectName(object)}: ${message}\n${why}\n${remedy}`;
}

// XML 1.0 has no way to write most control characters, not even as references.
function escape(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
