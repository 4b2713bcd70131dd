import { describe, expect, it } from 'vitest';
import { made } from '../../test/planner/request.ts';
import { workload } from '../mesh/status.test-helper.ts';
import type { WorkloadSelector } from '../policy/policy.ts';
import type { Candidate } from './input.ts';
import { overrideFor } from './overrides.ts';

const one = made('Deployment', 'web-v1', '1.29.6');
const entry = {
  namespace: 'shop',
  kind: 'Deployment',
  name: 'web-v1',
  ownerKind: 'Deployment',
  fact: one.fact,
  pods: [],
} as const;
const candidate: Candidate = { workload: workload('web-v1', '1-29-6', '1.29.6'), entry };
const fits = (select: WorkloadSelector): boolean => overrideFor([{ select, group: 'x' }], candidate).group === 'x';

describe('overrideFor', () => {
  it.each<[string, WorkloadSelector, boolean]>([
    ['nothing', {}, true],
    ['the name', { names: ['web-v1'] }, true],
    ['one of the names', { names: ['api', 'web-v1'] }, true],
    ['no name', { names: [] }, false],
    ['a beginning without star', { names: ['web'] }, false],
    ['a beginning', { names: ['web*'] }, true],
    ['an end', { names: ['*-v1'] }, true],
    ['a middle', { names: ['*b-*'] }, true],
    ['both ends', { names: ['w*1'] }, true],
    ['everything', { names: ['*'] }, true],
    ['the star for nothing at all', { names: ['web-v1*'] }, true],
    ['another end', { names: ['*-v2'] }, false],
    ['a dot that is no wildcard', { names: ['web.v1'] }, false],
    ['a bracket that is no pattern', { names: ['web-v[0-9]'] }, false],
    ['the namespace', { namespaces: ['sh*'] }, true],
    ['another namespace', { namespaces: ['billing'] }, false],
    ['the kind', { kinds: ['Deployment'] }, true],
    ['another kind', { kinds: ['StatefulSet', 'DaemonSet'] }, false],
    ['a label', { labels: { app: 'web-v1' } }, true],
    ['another value', { labels: { app: 'api' } }, false],
    ['a label that it lacks', { labels: { app: 'web-v1', tier: 'x' } }, false],
    [
      'all that is given',
      { namespaces: ['shop'], names: ['web-v1'], kinds: ['Deployment'], labels: { app: 'web-v1' } },
      true,
    ],
    ['all but one', { namespaces: ['shop'], names: ['web-v1'], kinds: ['Job'] }, false],
  ])('selects by %s', (_name, select, expected) => {
    expect(fits(select)).toBe(expected);
  });

  it('takes the first that fits, whole', () => {
    const overrides = [
      { select: { names: ['api'] }, skip: true },
      { select: {}, group: 'first' },
      { select: { names: ['web-v1'] }, group: 'second', readyMs: 5 },
    ];
    expect(overrideFor(overrides, candidate)).toEqual({ select: {}, group: 'first' });
    expect(overrideFor([], candidate)).toEqual({ select: {} });
  });

  it('knows no labels of what has no template', () => {
    expect(
      overrideFor([{ select: { labels: { app: 'web-v1' } }, skip: true }], {
        ...candidate,
        entry: { ...entry, fact: null },
      }),
    ).toEqual({
      select: {},
    });
  });
});
