import { describe, expect, it } from 'vitest';
import { budgetFact } from '../../test/fact-defaults.ts';
import { facts, meta, pod, read, template, workload } from '../../test/mesh-facts.ts';
import type { Facts, WorkloadFact } from '../mesh/facts.ts';
import { availabilities, fallen, reachedAfter, rolledIn } from './floors.ts';

function deployment(given: Partial<WorkloadFact>): WorkloadFact {
  return workload('Deployment', 'shop', 'web', { availableReplicas: 4, replicas: 4, maxUnavailable: '0', ...given });
}

function floorOf(
  one: WorkloadFact,
  given: Partial<Facts> = {},
  rolled: ReadonlySet<string> = new Set(),
): number | undefined {
  const lists = {
    ...(one.kind === 'Deployment' && { deployments: read(one) }),
    ...(one.kind === 'StatefulSet' && { statefulSets: read(one) }),
    ...(one.kind === 'DaemonSet' && { daemonSets: read(one) }),
  };
  return availabilities(facts({ ...lists, ...given }), rolled)[0]?.floor;
}

describe('floors by strategy', () => {
  it.each<[string, Partial<WorkloadFact>, number]>([
    ['no pod may be missing', {}, 4],
    ['one may', { maxUnavailable: '1' }, 3],
    ['a share is rounded down', { maxUnavailable: '30%' }, 3],
    ['less than one pod is none', { maxUnavailable: '10%', maxSurge: '1' }, 4],
    ['but one when nothing may surge either', { maxUnavailable: '10%', maxSurge: '0' }, 3],
    ['a surge share is rounded up', { maxUnavailable: '0', maxSurge: '1%' }, 4],
    ['a share that binary fractions do not hold', { replicas: 100, maxUnavailable: '29%' }, 71],
    ['all may', { maxUnavailable: '100%' }, 0],
    ['more than all may', { maxUnavailable: '9' }, 0],
    ['Recreate takes all away', { strategy: 'Recreate' }, 0],
    ['nothing is wanted', { replicas: 0 }, 0],
  ])('Deployment: %s', (_name, given, floor) => {
    expect(floorOf(deployment(given))).toBe(floor);
  });

  it.each<[string, Partial<WorkloadFact>, number]>([
    ['StatefulSet: one at a time', { kind: 'StatefulSet', maxUnavailable: '' }, 3],
    ['StatefulSet: as many as it allows, rounded up', { kind: 'StatefulSet', maxUnavailable: '30%' }, 2],
    ['StatefulSet with OnDelete', { kind: 'StatefulSet', strategy: 'OnDelete' }, 3],
    ['DaemonSet: one at least', { kind: 'DaemonSet', maxUnavailable: '0' }, 3],
    ['DaemonSet: a share is rounded up', { kind: 'DaemonSet', maxUnavailable: '30%' }, 2],
    ['DaemonSet with OnDelete', { kind: 'DaemonSet', strategy: 'OnDelete', maxUnavailable: '50%' }, 3],
  ])('%s', (_name, given, floor) => {
    expect(floorOf(deployment(given))).toBe(floor);
  });
});

describe('floors by budget', () => {
  const one = deployment({ maxUnavailable: '50%' });
  const selector = { matchLabels: { app: 'web' }, matchExpressions: [] };
  const withBudget = (given: Parameters<typeof budgetFact>[1], namespace = 'shop') =>
    floorOf(one, { budgets: read(budgetFact(meta(namespace, 'b'), { selector, ...given })) });

  it.each<[string, Parameters<typeof budgetFact>[1], number]>([
    ['minAvailable', { minAvailable: '3' }, 3],
    ['a share of minAvailable, rounded up', { minAvailable: '70%' }, 3],
    ['maxUnavailable', { maxUnavailable: '1' }, 3],
    ['a share of maxUnavailable, rounded up', { maxUnavailable: '26%' }, 2],
    ['less than the strategy asks', { minAvailable: '1' }, 2],
    ['more than there are', { minAvailable: '9' }, 4],
    ['neither', { maxUnavailable: '' }, 2],
    ['other pods', { minAvailable: '4', selector: { matchLabels: { app: 'api' }, matchExpressions: [] } }, 2],
    ['nothing', { minAvailable: '4', selector: null }, 2],
  ])('%s', (_name, given, floor) => {
    expect(withBudget(given)).toBe(floor);
  });

  it('do not count for a rollout that the plan wants: its own strategy does', () => {
    const budgets = { budgets: read(budgetFact(meta('shop', 'b'), { selector, minAvailable: '4' })) };
    expect(floorOf(one, budgets, new Set(['Deployment shop/web']))).toBe(2);
    expect(floorOf(one, budgets, new Set(['StatefulSet shop/web', 'Deployment other/web']))).toBe(4);
    const owner = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway', name: 'web' };
    expect(floorOf({ ...one, meta: { ...one.meta, owner } }, budgets)).toBe(2);
    expect(floorOf({ ...one, meta: { ...one.meta, owner: { ...owner, kind: 'Other' } } }, budgets)).toBe(4);
  });

  it('of another namespace does not count', () => {
    expect(withBudget({ minAvailable: '4' }, 'other')).toBe(2);
  });
});

describe('availabilities', () => {
  const handedOver = (labels: Readonly<Record<string, string>>, given: Parameters<typeof pod>[2] = {}) =>
    pod('shop', 'web-old', {
      meta: meta('shop', 'web-old', { 'meshlift.dev/hand-over-of': 'web', ...labels }),
      ...given,
    });
  const available = (...pods: readonly ReturnType<typeof pod>[]) =>
    availabilities(
      facts({ deployments: read(deployment({ availableReplicas: 1 })), pods: read(...pods) }),
      new Set(),
    )[0];

  it('names workloads as a person would', () => {
    expect(available()).toMatchObject({ name: 'Deployment shop/web', available: 1 });
  });

  it('counts pods that were taken out of their workload and still serve', () => {
    expect(available(handedOver({}))).toMatchObject({ available: 2 });
    expect(available(handedOver({}, { ready: false }))).toMatchObject({ available: 1 });
    expect(available(handedOver({}, { deleting: true }))).toMatchObject({ available: 1 });
    expect(available(handedOver({ app: 'meshlift-leaving' }))).toMatchObject({ available: 1 });
    expect(available(pod('shop', 'other'))).toMatchObject({ available: 1 });
  });

  it('counts pods that serve, where the status of their workload lags behind them', () => {
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-abc' };
    const own = (name: string, given: Parameters<typeof pod>[2] = {}, labels = {}) =>
      pod('shop', name, {
        meta: { ...meta('shop', name, { 'pod-template-hash': 'abc', ...labels }), owner },
        ...given,
      });
    const both = [own('web-abc-1'), own('web-abc-2')];
    expect(available(...both)).toMatchObject({ available: 2 });
    expect(available(...both, own('web-abc-3', { ready: false }), own('web-abc-4', { deleting: true }))).toMatchObject({
      available: 2,
    });
    // One that was just taken out has its owner until the ReplicaSet has looked.
    const taken = own('web-abc-5', {}, { 'meshlift.dev/hand-over-of': 'web' });
    expect(available(...both, taken)).toMatchObject({ available: 3 });
    expect(available(own('web-abc-1'), taken)).toMatchObject({ available: 2 });
  });

  it('counts them for their own workload only', () => {
    expect(available(handedOver({ 'meshlift.dev/hand-over-of': 'api' }))).toMatchObject({ available: 1 });
    const elsewhere = { ...handedOver({}), meta: meta('other', 'web-old', { 'meshlift.dev/hand-over-of': 'web' }) };
    expect(available(elsewhere)).toMatchObject({ available: 1 });
  });

  it('reads the template labels, not those of the workload', () => {
    const one = deployment({ template: template({ labels: { app: 'web', tier: 'x' } }), maxUnavailable: '50%' });
    const selector = { matchLabels: { tier: 'x' }, matchExpressions: [] };
    expect(floorOf(one, { budgets: read(budgetFact(meta('shop', 'b'), { selector, minAvailable: '4' })) })).toBe(4);
  });
});

describe('what fell', () => {
  /** Names what is below in each look: pods available of those wanted, with a floor of one less than wanted. */
  function below(...looks: readonly (readonly [available: number, wanted: number])[]): readonly string[] {
    let reached = new Map<string, number>() as ReturnType<typeof reachedAfter>;
    return looks.map(([available, wanted]) => {
      const seen = [{ name: 'web', available, floor: wanted - 1, wanted }];
      const low = fallen(seen, reached).map(({ floor }) => `${available} of ${floor}`);
      reached = reachedAfter(reached, seen);
      return low.join();
    });
  }

  it.each<[string, [number, number][], string[]]>([
    [
      'nothing, while it comes up',
      [
        [0, 2],
        [0, 2],
        [2, 2],
      ],
      ['', '', ''],
    ],
    [
      'what was there',
      [
        [3, 3],
        [1, 3],
      ],
      ['', '1 of 2'],
    ],
    [
      'nothing above the floor',
      [
        [3, 3],
        [2, 3],
      ],
      ['', ''],
    ],
    [
      'as much as was there of what came up in part',
      [
        [2, 9],
        [1, 9],
      ],
      ['', '1 of 2'],
    ],
    [
      'nothing, when more are wanted',
      [
        [2, 2],
        [2, 6],
        [5, 6],
      ],
      ['', '', ''],
    ],
    [
      'but what was there before that',
      [
        [2, 2],
        [1, 6],
      ],
      ['', '1 of 2'],
    ],
    [
      'nothing, when fewer are wanted for a while',
      [
        [6, 6],
        [2, 2],
        [2, 6],
      ],
      ['', '', ''],
    ],
  ])('is %s', (_name, looks, wanted) => {
    expect(below(...looks)).toEqual(wanted);
  });
});

describe('rolledIn', () => {
  it('names what is renewed by a rollout, and not what is handed over', () => {
    const spec = (name: string, method: 'rollout' | 'hand-over') => ({
      ...({ kind: 'renew-workload', workload: 'Deployment', namespace: 'shop', name, method } as const),
      ...({ role: 'sidecar', revision: '', version: '', replicas: 1, width: 1, labels: {}, before: {} } as const),
      ...{ serviceLabel: '', readyMs: 0, drainMs: 0 },
    });
    const step = (name: string, method: 'rollout' | 'hand-over') => ({
      ...{ id: name, title: '', writes: [], back: '', reason: '', spec: spec(name, method) },
    });
    const steps = [step('web', 'rollout'), step('api', 'hand-over')];
    const stages = [{ id: 'wave-1', kind: 'wave' as const, title: '', gate: [], steps }];
    expect([...rolledIn({ stages })]).toEqual(['Deployment shop/web']);
  });
});
