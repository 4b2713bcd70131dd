import { describe, expect, it } from 'vitest';
import { budgetFact } from '../../test/fact-defaults.ts';
import { meta, pod, read, service, template } from '../../test/mesh-facts.ts';
import { made, planOf, request, shop, type Made } from '../../test/planner/request.ts';
import type { BudgetFact, Facts, ServiceFact, WorkloadFact } from '../mesh/facts.ts';
import type { Policy } from '../policy/policy.ts';

const labels = { app: 'agent' };
const behind = service('shop', 'agent', labels);
const consent: Partial<Policy> = { overrides: [{ select: {}, consent: true, reason: 'may be away' }] };

interface Case {
  readonly workload: Made;
  readonly services?: readonly ServiceFact[];
  readonly budgets?: readonly BudgetFact[];
  readonly given?: Partial<Facts>;
  readonly policy?: Partial<Policy>;
}

const agent = (given: Partial<WorkloadFact> = {}): Made =>
  made('DaemonSet', 'agent', '1.29.6', { maxSurge: '0', maxUnavailable: '1', replicas: 1, ...given });

function planned({ workload, services = [behind], budgets = [], given = {}, policy = consent }: Case) {
  const lists = { services: read(...services), budgets: read(...budgets), ...given };
  return planOf(request(shop([workload], undefined, lists), policy));
}

const codes = (one: Case): readonly string[] =>
  (planned(one).warnings ?? []).map(({ code, object }) => `${code} ${object}`);

describe('a gap behind a Service', () => {
  it('is foreseen for a DaemonSet of one pod that may have no second one', () => {
    const plan = planned({ workload: agent() });
    expect(plan.warnings).toEqual([
      {
        ...{ code: 'gap', object: 'DaemonSet shop/agent' },
        message:
          "Nobody is behind Service shop/agent for about 11 s: a node's pod ends before the next one starts there (no maxSurge).",
        remedy: expect.stringContaining('kubectl -n shop patch daemonset agent') as unknown,
      },
    ]);
    expect(plan.cost.lostRequests).toEqual([
      'requests to Service shop/agent for about 11 s while DaemonSet shop/agent is renewed',
    ]);
  });

  it.each<[string, Case]>([
    ['with a surge pod', { workload: agent({ maxSurge: '1', maxUnavailable: '0' }) }],
    ['with a surge pod in percent', { workload: agent({ maxSurge: '10%', maxUnavailable: '0' }) }],
    ['with a pod on another node', { workload: agent({ replicas: 2 }) }],
    ['without a Service', { workload: agent(), services: [] }],
    ['whose Service selects others', { workload: agent(), services: [service('shop', 'other', { app: 'other' })] }],
    ['whose Service is in another namespace', { workload: agent(), services: [service('else', 'agent', labels)] }],
    [
      'beside pods of something else behind the same Service',
      {
        workload: agent({ selector: { app: 'agent', name: 'mine' }, template: template({ labels: { app: 'agent' } }) }),
        given: { pods: read(pod('shop', 'other-1', { meta: meta('shop', 'other-1', labels) })) },
      },
    ],
  ])('is not, %s', (_what, one) => {
    const plan = planned(one);
    expect(plan.warnings).toBeUndefined();
    expect(plan.cost.lostRequests).toBeUndefined();
  });

  it('is foreseen node by node where clients only use the pod of their own node', () => {
    const local = { ...behind, internalTrafficPolicy: 'Local' };
    const plan = planned({ workload: agent({ replicas: 3 }), services: [local] });
    expect(plan.warnings?.[0]?.message).toContain('on the node whose pod is renewed for about');
    expect(plan.cost.lostRequests?.[0]).toContain('requests to Service shop/agent, node by node, for about');
  });

  it.each<[string, Made, string]>([
    ['StatefulSet', made('StatefulSet', 'agent', '1.29.6'), 'its only pod ends before the next one starts'],
    [
      'Deployment with Recreate',
      made('Deployment', 'agent', '1.29.6', { strategy: 'Recreate', replicas: 3 }),
      'its pods end before new ones start (strategy Recreate)',
    ],
    ['DaemonSet with OnDelete', agent({ strategy: 'OnDelete' }), "a node's pod ends before the next one"],
  ])('is foreseen for a %s that the policy consents to', (_kind, workload, why) => {
    expect(planned({ workload, policy: consent }).warnings?.[0]?.message).toContain(why);
  });

  it('is none for a hand-over', () => {
    const plan = planned({ workload: made('Deployment', 'agent', '1.29.6', { maxSurge: '0', maxUnavailable: '1' }) });
    expect(plan.stages.flatMap(({ steps }) => steps).find(({ id }) => id.startsWith('renew'))?.spec).toMatchObject({
      method: 'hand-over',
    });
    expect(plan.warnings).toBeUndefined();
  });
});

describe('a disruption budget', () => {
  const workload = agent({ replicas: 4 });
  const all = { disruptionsAllowed: 0, desiredHealthy: 4, expectedPods: 4 };
  const budget = (over: Partial<BudgetFact>): BudgetFact =>
    budgetFact(meta('shop', 'pdb'), { selector: { matchLabels: labels, matchExpressions: [] }, ...over });

  it('that a rolling update passes over is told', () => {
    const [warning] = planned({ workload, budgets: [budget(all)] }).warnings ?? [];
    expect(warning).toMatchObject({ code: 'below-budget', object: 'DaemonSet shop/agent' });
    expect(warning?.message).toContain('leaves 3 of 4 pods for a while');
    expect(warning?.message).toContain('PodDisruptionBudget pdb wants 4');
  });

  it.each<[string, Case]>([
    ['that allows one', { workload, budgets: [budget({ ...all, desiredHealthy: 3 })] }],
    ['that selects nothing', { workload, budgets: [budget({ ...all, selector: null })] }],
    ['of a workload with surge', { workload: agent({ replicas: 4, maxSurge: '1' }), budgets: [budget(all)] }],
  ])('%s is not', (_what, one) => expect(codes(one)).toEqual([]));
});
