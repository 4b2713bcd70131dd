import { describe, expect, it } from 'vitest';
import { budgetFact } from '../../test/fact-defaults.ts';
import { meta, workload } from '../../test/mesh-facts.ts';
import type { BudgetFact, WorkloadFact, WorkloadKind } from '../mesh/facts.ts';
import { awayAtOnce, neverEvicted } from './room.ts';

// Kubernetes documentation: Deployment rounds maxUnavailable down and maxSurge up; DaemonSet rounds both up.
describe('pods away at once', () => {
  it.each<[number, WorkloadKind, 'rollout' | 'by-pod' | 'hand-over', Partial<WorkloadFact>]>([
    [0, 'Deployment', 'hand-over', { replicas: 4, maxSurge: '0', maxUnavailable: '2' }],
    [0, 'Deployment', 'rollout', { replicas: 4, maxSurge: '1', maxUnavailable: '0' }],
    [1, 'Deployment', 'rollout', { replicas: 4, maxSurge: '0', maxUnavailable: '0' }],
    [1, 'Deployment', 'rollout', { replicas: 7, maxSurge: '25%', maxUnavailable: '25%' }],
    [3, 'Deployment', 'rollout', { replicas: 3, strategy: 'Recreate' }],
    [1, 'StatefulSet', 'rollout', { replicas: 5, maxUnavailable: '' }],
    [2, 'StatefulSet', 'rollout', { replicas: 5, maxUnavailable: '25%' }],
    [3, 'StatefulSet', 'rollout', { replicas: 3, maxUnavailable: '100%' }],
    [29, 'Deployment', 'rollout', { replicas: 100, maxSurge: '1', maxUnavailable: '29%' }],
    [1, 'StatefulSet', 'by-pod', { replicas: 5 }],
    [2, 'DaemonSet', 'rollout', { replicas: 7, maxSurge: '0', maxUnavailable: '25%' }],
    [0, 'DaemonSet', 'rollout', { replicas: 7, maxSurge: '1', maxUnavailable: '0' }],
    [1, 'Rollout', 'rollout', { replicas: 4, maxSurge: '1', maxUnavailable: '0' }],
  ])('are %i of a %s by %s', (away, kind, method, given) => {
    expect(awayAtOnce(workload(kind, 'shop', 'web', given), method)).toBe(away);
  });
});

describe('a pod that can never be evicted', () => {
  const budget = (over: Partial<BudgetFact>, name = 'pdb'): BudgetFact =>
    budgetFact(meta('shop', name), { minAvailable: '', maxUnavailable: '', ...over });
  const unseen = { desiredHealthy: 0, expectedPods: 0 };

  it.each<[string, readonly BudgetFact[], RegExp | null]>([
    ['has no budget', [], null],
    ['has one that allows one', [budget({ desiredHealthy: 1, expectedPods: 2 })], null],
    ['has one that wants all by its status', [budget({ desiredHealthy: 2, expectedPods: 2 })], /pdb wants all 2 pods/],
    ['has maxUnavailable 0 and no status', [budget({ ...unseen, maxUnavailable: '0' })], /wants all 3 pods/],
    ['has minAvailable 100% and no status', [budget({ ...unseen, minAvailable: '100%' })], /wants all 3 pods/],
    ['has minAvailable of all and no status', [budget({ ...unseen, minAvailable: '3' })], /wants all 3 pods/],
    ['has minAvailable of fewer and no status', [budget({ ...unseen, minAvailable: '2' })], null],
    ['has a budget that says nothing', [budget(unseen)], null],
    ['has two', [budget({}), budget({}, 'other')], /several PodDisruptionBudgets select its pods \(pdb, other\)/],
  ])('%s', (_what, budgets, words) => {
    const found = neverEvicted(budgets, 3);
    if (words === null) expect(found).toBeNull();
    else expect(found).toMatch(words);
  });
});
