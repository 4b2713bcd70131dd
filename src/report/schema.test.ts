import { describe, expect, it } from 'vitest';
import { readSchema, subschemas, understood, violations } from '../../test/json-schema.ts';
import { eventfulRun, planOf, reportOf, stateOf } from './story.test-helper.ts';

const schema = readSchema('run-report');
const report = reportOf(eventfulRun());

describe('JSON Schema of RunReport', () => {
  it('describes the report of a run that finished, of one that was killed, and of one without entries', () => {
    const entries = eventfulRun();
    for (let count = 0; count <= entries.length; count += 1) {
      const made = reportOf(entries.slice(0, count), planOf(), stateOf('running'));
      expect(violations(made, schema)).toEqual([]);
    }
  });

  it('describes nothing that a report does not have', () => {
    const text = JSON.stringify(report);
    const names = subschemas(schema).flatMap(({ properties = {} }) => Object.keys(properties));
    expect(names.filter((name) => !text.includes(`"${name}":`))).toEqual([]);
  });

  it('refuses a field that it does not describe, a missing one and a wrong value', () => {
    expect(violations({ ...report, novelty: 1 }, schema)).toEqual(['$.novelty: not described']);
    const { digest, ...rest } = report;
    expect(violations(rest, schema)).toEqual(['$: lacks digest']);
    expect(violations({ ...report, entries: [[digest]] }, schema)).toEqual(['$.entries[0]: 1 items']);
    expect(violations({ ...report, outcome: { ...report.outcome, status: 'fine' } }, schema)).toEqual([
      '$.outcome.status: fine is not in the enum',
    ]);
    const writes = report.writes.map((write) => ({ ...write, epoch: -1 }));
    expect(violations({ ...report, writes }, schema)[0]).toBe('$.writes[0].epoch: below the minimum');
  });

  it('describes every field in words, closes every object but the plan, and uses nothing that this test does not check', () => {
    for (const one of subschemas(schema)) {
      expect(Object.keys(one).filter((key) => !understood.has(key))).toEqual([]);
      if (one.$ref === undefined) expect(one.description, JSON.stringify(one)).toBeTruthy();
      if (one.properties === undefined) continue;
      expect(one.additionalProperties).toBe(false);
      expect(one.required).toEqual(Object.keys(one.properties));
    }
  });
});
