import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { plan } from '../../test/planner/mesh.ts';
import { fromText, toText } from './document.ts';
import { isIntact } from './plan-upgrade.ts';
import type { UpgradePlan } from './plan.ts';

describe('the text of a plan', () => {
  const text = toText(plan);

  it('gives the plan again', () => {
    expect(fromText(text, 'plan.yaml')).toEqual(plan);
    expect(toText(fromText(text, 'plan.yaml'))).toBe(text);
    expect(isIntact(plan)).toBe(true);
  });

  it('may be written as JSON', () => {
    expect(fromText(JSON.stringify(plan), 'plan.json')).toEqual(plan);
  });

  it.each<[string, string, string]>([
    ['another version', text.replace('1.30.3', '1.30.2'), 'was edited after it was made'],
    ['a step less', stringify({ ...plan, stages: plan.stages.slice(1) }), 'was edited after it was made'],
    ['a field more', stringify({ ...plan, note: 'x' }), 'was edited after it was made'],
    ['another digest', stringify({ ...plan, digest: 'f'.repeat(64) }), 'was edited after it was made'],
    ['cut off between lines', text.slice(0, text.lastIndexOf('digest:')), 'is cut off'],
    ['of another kind', stringify({ ...plan, kind: 'UpgradePolicy' }), 'is no plan: its kind is "UpgradePolicy".'],
    ['without kind', 'a: 1', 'is no plan: its kind is null.'],
    [
      'of another version of meshlift',
      stringify({ ...plan, apiVersion: 'meshlift.dev/v2' }),
      'is a plan of another version of meshlift: "meshlift.dev/v2"',
    ],
    ['a list', '[]', 'is no plan of meshlift'],
    ['empty', '', 'is no plan of meshlift'],
    ['a text', 'hello', 'is no plan of meshlift'],
    ['no YAML', 'a: [', "can't be read"],
  ])('is refused when it is %s', (_name, given, words) => {
    const read = (): UpgradePlan => fromText(given, 'plan.yaml');
    expect(read).toThrow(words);
    expect(read).toThrow(/plan\.yaml/);
  });

  it('is refused wherever it is cut off', () => {
    const lines = text.split('\n');
    for (let count = 1; count < lines.length - 1; count += 7)
      expect(() => fromText(lines.slice(0, count).join('\n'), 'plan.yaml')).toThrow(/plan\.yaml/);
  });

  it('does not care for comments and layout', () => {
    expect(fromText(`# reviewed\n${stringify(parse(text))}`, 'plan.yaml')).toEqual(plan);
  });
});
