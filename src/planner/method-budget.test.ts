import { describe, expect, it } from 'vitest';
import { budgetFact } from '../../test/fact-defaults.ts';
import { facts, meta, read, service } from '../../test/mesh-facts.ts';
import { fact, labels, method, words, type Case } from '../../test/planner/method.ts';

describe('a budget that never lets a pod go', () => {
  const numbers = { disruptionsAllowed: 0, desiredHealthy: 4, expectedPods: 4 };
  const selector = { matchLabels: labels, matchExpressions: [] };
  const budget = budgetFact(meta('shop', 'pdb'), { selector, maxUnavailable: '0', ...numbers });
  const guarded = facts({ services: read(service('shop', 'web', labels)), budgets: read(budget) });
  const never = 'PodDisruptionBudget pdb wants all 4 pods at all times, so none can ever be evicted';

  it.each<[string, Case]>([
    ['OnDelete', { fact: fact('StatefulSet', { strategy: 'OnDelete' }) }],
    ['OnDelete', { fact: fact('DaemonSet', { strategy: 'OnDelete' }), override: { consent: true, reason: 'r' } }],
    ['partition 2', { fact: fact('StatefulSet', { partition: 2 }) }],
  ])('leaves out what is renewed by eviction (%s), whatever is consented to', (why, one) => {
    const found = method({ ...one, facts: guarded });
    expect(words(found)).toBe(`budget: its pods are renewed by eviction (${why}), and ${never}`);
    expect('remedy' in found && found.remedy).toContain('"type":"RollingUpdate"');
  });

  it.each<[string, Case, string]>([
    ['a rolling update', { fact: fact('StatefulSet') }, 'rollout 1 -: StatefulSet: one pod after the other'],
    ['a hand-over', {}, 'hand-over 1 app'],
  ])('is not asked by %s', (_what, one, way) => expect(words(method({ ...one, facts: guarded }))).toContain(way));

  it('lets an eviction happen when it allows one', () => {
    const one = { ...guarded, budgets: read({ ...budget, desiredHealthy: 3 }) };
    const found = method({ fact: fact('StatefulSet', { strategy: 'OnDelete' }), facts: one });
    expect(words(found)).toContain('by-pod 1 -');
  });
});
