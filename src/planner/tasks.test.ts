import { describe, expect, it } from 'vitest';
import { budgetFact } from '../../test/fact-defaults.ts';
import { meta, read } from '../../test/mesh-facts.ts';
import { ends, made, request, shop } from '../../test/planner/request.ts';
import type { Labels } from '../mesh/facts.ts';
import { defaultPolicy } from '../policy/policy.ts';
import { classify } from './classify.ts';
import { limitsOf, taskOf } from './tasks.ts';

const workloads = ['web', 'api'].map((name) => made('Deployment', name, '1.29.6', { replicas: 2 }));

/** Groups of web and api under budgets of these selectors. */
function groups(namespace: string, ...selectors: readonly (Labels | null)[]): readonly (readonly string[])[] {
  const budgets = selectors.map((labels, index) => {
    const selector = labels === null ? null : { matchLabels: labels, matchExpressions: [] };
    return budgetFact(meta(namespace, `b${index}`), { selector });
  });
  const asked = request(shop(workloads, undefined, { budgets: read(...budgets) }));
  const { moves } = classify(asked, ends(asked));
  const byName = new Map(moves.map(({ spec }) => [spec.name, taskOf(spec.name, spec, asked.view.facts).groups ?? []]));
  return ['web', 'api'].map((name) => byName.get(name) ?? ['no task']);
}

describe('taskOf', () => {
  it('keeps workloads apart whose pods share a disruption budget', () => {
    expect(groups('shop', {})).toEqual([['budget shop/b0'], ['budget shop/b0']]);
    expect(groups('shop', { app: 'web' }, { app: 'api' })).toEqual([['budget shop/b0'], ['budget shop/b1']]);
  });

  it('knows no budget of other namespaces, of other pods, or over nothing', () => {
    expect(groups('other', {})).toEqual([[], []]);
    expect(groups('shop', { app: 'db' }, null)).toEqual([[], []]);
  });
});

describe('limitsOf', () => {
  it('are those of the policy, and what istiod admits by replica', () => {
    const { surgePods, startsPerSecond, maxWorkloads } = defaultPolicy.pace;
    expect(limitsOf(defaultPolicy, 2)).toEqual({ surgePods, startsPerSecond, maxWorkloads, admissionsPerSecond: 56 });
    expect(limitsOf(defaultPolicy, 0)).toMatchObject({ admissionsPerSecond: 28 });
  });
});
