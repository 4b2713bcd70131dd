import { describe, expect, it } from 'vitest';
import { allCases } from '../../test/checks/all.ts';
import { isFinding } from './check.ts';
import { runChecks } from './runner.ts';
import { objectName } from './selection.ts';
import { families } from './table.ts';
import { viewOf } from './view.ts';

const checks = families.flatMap((family) => family.checks);

describe('cases', () => {
  it.each(allCases.map((one) => [one.id, one.name, one] as const))('%s: %s', (id, _name, one) => {
    const check = checks.find((entry) => entry.id === id);
    if (check === undefined) throw new Error(`${id} is not in the table`);
    const { view, target } = viewOf(one.facts, one.knowledge, one.today, one.target);
    const [family] = runChecks({
      ...{ table: families, view, target, selection: { families: [], ids: [id] }, ignores: [] },
      ...{ takenAt: '2026-09-01T00:00:00Z', toolVersion: '0.0.0' },
    }).families;
    const result = family?.checks[0];
    expect(result?.reason).toBe('');
    const found = result?.findings.map(({ severity, object }) => `${severity} ${objectName(object)}`).sort();
    const wanted = one.expect === 'unseen' ? [] : one.expect.map((entry) => entry.join(' ')).sort();
    expect(found).toEqual(wanted);
    if (one.expect === 'unseen') expect(result?.unseen).not.toEqual([]);
    else if (wanted.length === 0) expect(result?.unseen).toEqual([]);
  });

  it.each(checks.map((check) => [check.id, check] as const))(
    '%s has a case that fires and a near miss',
    (id, check) => {
      const own = allCases.filter((one) => one.id === id);
      expect(own.filter((one) => one.expect !== 'unseen' && one.expect.length > 0).length).toBeGreaterThan(0);
      expect(own.filter((one) => one.expect !== 'unseen' && one.expect.length === 0).length).toBeGreaterThan(0);
      expect(new Set(own.map((one) => one.name)).size).toBe(own.length);
      const severities = own.flatMap((one) =>
        one.expect === 'unseen' ? [] : one.expect.map(([severity]) => severity),
      );
      expect([...new Set(severities)].sort()).toEqual([...check.severities].sort());
    },
  );

  it.each(allCases.map((one) => [one.id, one.name, one] as const))('%s: %s: every word is there', (id, _name, one) => {
    const check = checks.find((entry) => entry.id === id);
    const { view } = viewOf(one.facts, one.knowledge, one.today, one.target);
    for (const finding of check?.run(view).filter(isFinding) ?? []) {
      expect(finding.message).toMatch(/^[A-Z0-9].*\.$/s);
      expect(finding.why).toMatch(/^[A-Z0-9].*\.$/s);
      expect(finding.remedy.length).toBeGreaterThan(10);
    }
  });
});
