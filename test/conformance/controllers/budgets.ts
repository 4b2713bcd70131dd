import { expect } from 'vitest';
import {
  condition,
  failure,
  living,
  part,
  ref,
  types,
  type Body,
  type ControllerTarget,
  type Fields,
} from './harness.ts';
import { createWorkload, openUntilRolledOut, untilRolledOut } from './workloads.ts';

async function createBudget(target: ControllerTarget, spec: Fields): Promise<void> {
  const metadata = { name: 'web', namespace: target.namespace };
  await target.api.create(types.budgets, { metadata, spec: { selector: { matchLabels: { app: 'web' } }, ...spec } });
}

async function untilBudget(target: ControllerTarget, expected: Fields): Promise<void> {
  await target.eventually(`budget ${JSON.stringify(expected)}`, async () => {
    const budget = await target.api.get(ref(target, types.budgets, 'web'));
    const status = part(budget, 'status');
    return Object.entries(expected).every(([field, value]) => status[field] === value);
  });
}

/** A budget over a Deployment of so many pods must come out as given. */
function computes(says: string, replicas: number, spec: Fields, expected: Fields): Body {
  return {
    says,
    run: async (target) => {
      await createBudget(target, spec);
      await createWorkload(target, types.deployments, { replicas });
      await untilRolledOut(target, replicas);
      await untilBudget(target, {
        observedGeneration: 1,
        currentHealthy: replicas,
        expectedPods: replicas,
        ...expected,
      });
    },
  };
}

/** Budgets and evictions. Source: Kubernetes documentation, "Specifying a Disruption Budget" and "API-initiated Eviction". */
export const budgetBodies: readonly Body[] = [
  computes('allows what minAvailable leaves', 3, { minAvailable: 2 }, { desiredHealthy: 2, disruptionsAllowed: 1 }),
  computes(
    'rounds a percentage of minAvailable up',
    7,
    { minAvailable: '50%' },
    { desiredHealthy: 4, disruptionsAllowed: 3 },
  ),
  computes(
    'rounds a percentage of maxUnavailable up',
    7,
    { maxUnavailable: '30%' },
    { desiredHealthy: 4, disruptionsAllowed: 3 },
  ),
  computes(
    'allows nothing with maxUnavailable 0',
    2,
    { maxUnavailable: 0 },
    { desiredHealthy: 2, disruptionsAllowed: 0 },
  ),
  {
    says: 'counts a pod as unhealthy from its deletion on, however long it still serves',
    run: async (target) => {
      await createBudget(target, { minAvailable: 1 });
      const lifecycle = { preStop: { sleep: { seconds: 8 } } };
      const pod = { containers: [{ name: 'app', image: target.image, lifecycle }] };
      await createWorkload(target, types.deployments, { replicas: 2, gated: true, pod });
      await openUntilRolledOut(target, 2);
      await untilBudget(target, { currentHealthy: 2 });
      const [leaving] = await living(target);
      const place = ref(target, types.pods, leaving?.metadata.name ?? '');
      await target.api.delete(place);
      await untilBudget(target, { currentHealthy: 1, disruptionsAllowed: 0 });
      expect(condition(await target.api.get(place), 'Ready')['status']).toBe('True');
    },
  },
  {
    says: 'evicts one pod, refuses the next, and allows one again when the replacement is ready',
    run: async (target) => {
      await createBudget(target, { minAvailable: 2 });
      await createWorkload(target, types.deployments, { replicas: 3 });
      await untilRolledOut(target, 3);
      await untilBudget(target, { disruptionsAllowed: 1, currentHealthy: 3 });
      const [first, second] = await living(target);
      const evict = (name: string | undefined) => target.api.evict({ namespace: target.namespace, name: name ?? '' });
      await evict(first?.metadata.name);
      const refused = await failure(evict(second?.metadata.name));
      expect([refused.errorClass, refused.status]).toEqual(['Blocked', 429]);
      expect(refused.message).toContain("Cannot evict pod as it would violate the pod's disruption budget.");
      await untilBudget(target, { disruptionsAllowed: 1, currentHealthy: 3, disruptedPods: undefined });
      await evict(second?.metadata.name);
    },
  },
];
