import { autoscalerFact, budgetFact } from '../fact-defaults.ts';
import { meta, pod, read } from '../mesh-facts.ts';
import type { AutoscalerFact, BudgetFact, Facts } from '../../src/mesh/facts.ts';
import { fires, silent, type CheckCase } from './case.ts';
import { numbers, web, type Web } from './fitness-mesh.ts';

const object = 'Deployment shop/web';
const selector = { matchLabels: { app: 'web' }, matchExpressions: [] };
const strict = {
  minAvailable: '3',
  maxUnavailable: '',
  disruptionsAllowed: 0,
  currentHealthy: 3,
  desiredHealthy: 3,
  expectedPods: 3,
};
const budget = (over: Partial<BudgetFact>, different: Web = {}): Facts =>
  web({ ...different, over: { budgets: read(budgetFact(meta('shop', 'web'), { selector, ...over })) } });
const scaler = (over: Partial<AutoscalerFact>): Facts =>
  web({
    over: { autoscalers: read(autoscalerFact(meta('shop', 'web'), 'web', { min: 2, max: 3, current: 3, ...over })) },
  });
const onDelete = { kind: 'StatefulSet', fact: { strategy: 'OnDelete', updatedReplicas: null } } as const;
const left = (labels: Readonly<Record<string, string>>, phase = 'Running'): Facts =>
  web({ over: { pods: read(pod('shop', 'web-old', { meta: meta('shop', 'web-old', labels), phase })) } });
const handedOver = { 'meshlift.dev/hand-over': 'to-1-30-3-abc', 'meshlift.dev/hand-over-of': 'web' };

/** Cases about what holds a renewal up. */
export const limitCases: readonly CheckCase[] = [
  fires('ML-F007', 'all pods are needed', budget(strict), [['informs', 'PodDisruptionBudget shop/web']]),
  fires('ML-F007', 'and its pods must be evicted', budget(strict, onDelete), [
    ['blocks', 'PodDisruptionBudget shop/web'],
  ]),
  silent('ML-F007', 'one may go', budget({ disruptionsAllowed: 1, desiredHealthy: 2, expectedPods: 3 })),
  silent(
    'ML-F007',
    'none may go now, because one is missing',
    budget({ disruptionsAllowed: 0, currentHealthy: 2, desiredHealthy: 2, expectedPods: 3 }),
  ),
  silent('ML-F007', 'it selects others', budget({ ...strict, selector: { ...selector, matchLabels: { app: 'api' } } })),
  fires(
    'ML-F017',
    'the probe begins after the deadline',
    web({ fact: { progressDeadlineSeconds: 60 }, fitness: { readinessDelaySeconds: 90 } }),
    [['warns', object]],
  ),
  silent(
    'ML-F017',
    'before it',
    web({ fact: { progressDeadlineSeconds: 60 }, fitness: { readinessDelaySeconds: 30 } }),
  ),
  silent(
    'ML-F017',
    'a StatefulSet has none',
    web({ kind: 'StatefulSet', fact: { progressDeadlineSeconds: 0 }, fitness: { readinessDelaySeconds: 90 } }),
  ),
  fires('ML-F018', 'two of three ready', web({ fact: { readyReplicas: 2 } }), [['warns', object]]),
  fires('ML-F018', 'a rollout is under way', web({ fact: { updatedReplicas: 1 } }), [['warns', object]]),
  fires(
    'ML-F018',
    'its pods are refused',
    web({ fact: { troubles: [{ type: 'ReplicaFailure', reason: 'FailedCreate' }] } }),
    [['warns', object]],
  ),
  fires('ML-F018', 'its controller lags behind', web({ fact: { observed: false } }), [['warns', object]]),
  silent('ML-F018', 'whole', web()),
  silent('ML-F018', 'OnDelete does not count updates', web(onDelete)),
  fires('ML-F019', 'at its maximum', scaler({}), [['warns', 'HorizontalPodAutoscaler shop/web']]),
  silent('ML-F019', 'below it', scaler({ current: 2 })),
  silent('ML-F019', 'it always has as many', scaler({ min: 3 })),
  silent('ML-F019', 'it does not work, so its numbers say nothing', scaler({ active: false })),
  fires('ML-F020', 'a run was interrupted', left(handedOver), [['warns', 'Pod shop/web-old']]),
  silent('ML-F020', 'it has ended', left(handedOver, 'Succeeded')),
  silent('ML-F020', 'a pod of a ReplicaSet', web({ fact: numbers(2) })),
];
