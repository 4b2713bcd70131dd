import { describe, expect, test } from 'vitest';
import { Blocked, explain } from '../../src/errors.ts';
import type { KubeObject } from '../../src/kube/api.ts';
import { renewWorkload } from '../../src/steps/renew-workload.ts';
import type { RenewWorkload } from '../../src/steps/spec.ts';
import { workloadZoo } from '../../sandbox/scenarios/workload-zoo.ts';
import { resources as kube } from '../../src/kube/resources.ts';
import { resources } from '../../sandbox/store/resources.ts';
import type { WorkloadSpec } from '../../sandbox/scenarios/types.ts';
import { madeFor, podsOf, relabel, renew, renewal, shop, upgradeInPlace, view, worldOf, type World } from './world.ts';

const target = '1-30-3 1.30.3 ready';

const ways: readonly (readonly [string, WorkloadSpec, Partial<RenewWorkload>])[] = [
  ['a Deployment by rollout', { name: 'web', replicas: 3 }, { method: 'rollout' }],
  ['a Deployment by hand-over', { name: 'web', replicas: 3 }, { method: 'hand-over' }],
  [
    'a StatefulSet by rollout',
    { name: 'web', kind: 'StatefulSet', replicas: 3 },
    { method: 'rollout', workload: 'StatefulSet' },
  ],
  [
    'a StatefulSet with a budget pod by pod',
    { name: 'web', kind: 'StatefulSet', replicas: 3, strategy: { type: 'OnDelete' }, minAvailable: 2 },
    { method: 'by-pod', workload: 'StatefulSet' },
  ],
  [
    'a ReplicaSet pod by pod',
    { name: 'web', kind: 'ReplicaSet', replicas: 3 },
    { method: 'by-pod', workload: 'ReplicaSet' },
  ],
  ['a DaemonSet by rollout', { name: 'web', kind: 'DaemonSet' }, { method: 'rollout', workload: 'DaemonSet' }],
];

describe.each(ways)('%s', (_name, workload, given) => {
  const spec = renewal({ name: 'web', ...given });

  test('is renewed once, is verified, and is not touched again', async () => {
    const world = await shop(workload);
    expect(renewWorkload.observe(await view(world), spec)).toEqual({ state: 'ready' });
    expect(renewWorkload.verify(await view(world), spec).state).toBe('failed');
    await renew(world, spec);
    expect(podsOf(world, 'shop', 'web')).toEqual([target, target, target]);
    expect(madeFor(world, 'web')).toHaveLength(3);
    expect(renewWorkload.observe(await view(world), spec)).toEqual({ state: 'done' });
    world.clock.advance(5000);
    expect(renewWorkload.verify(await view(world), spec)).toEqual({ state: 'passed' });
    const written = world.writes.length;
    await renew(world, spec);
    await renew(world, spec, 'run-2');
    expect(world.writes).toHaveLength(written);
    const allowed = new Set(renewWorkload.writes(spec).map(({ verb }) => verb));
    expect(world.writes.filter(({ verb }) => !allowed.has(verb))).toEqual([]);
  });

  test('is refused before anything changes when nobody serves the revision of its namespace', async () => {
    const world = await shop(workload);
    relabel(world, '9-9-9');
    const before = world.cluster.store.resourceVersion;
    const error = await renew(world, spec).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Blocked);
    expect(String(error)).toContain('would get no proxy instead of revision 1-30-3, version 1.30.3');
    expect([world.writes, world.cluster.store.resourceVersion]).toEqual([[], before]);
  });
});

describe('the zoo, upgraded in place', () => {
  const inZoo = (name: string, given: Partial<RenewWorkload>): RenewWorkload =>
    renewal({ name, namespace: 'zoo', revision: 'default', version: '1.29.6', ...given });
  const zoo = async (): Promise<World> => {
    const world = await worldOf(workloadZoo);
    upgradeInPlace(world, '1.29.6');
    return world;
  };

  test('every kind that can be renewed is, pod for pod', async () => {
    const world = await zoo();
    const specs = [
      inZoo('rolling', { method: 'hand-over' }),
      inZoo('recreated', { replicas: 1 }),
      inZoo('paused', { method: 'hand-over', replicas: 2 }),
      inZoo('partitioned', { workload: 'StatefulSet', method: 'by-pod' }),
      inZoo('ancient', { workload: 'StatefulSet', method: 'by-pod', replicas: 1 }),
      inZoo('agent', { workload: 'DaemonSet', method: 'by-pod' }),
      inZoo('unowned', { workload: 'ReplicaSet', method: 'by-pod', replicas: 2 }),
    ];
    for (const spec of specs) await renew(world, spec);
    for (const { name, replicas } of specs) {
      expect([name, podsOf(world, 'zoo', name)]).toEqual([name, Array(replicas).fill('default 1.29.6 ready')]);
      expect([name, madeFor(world, name).length]).toEqual([name, replicas]);
    }
    // The highest ordinal first, the partition as it was.
    expect(madeFor(world, 'partitioned')).toEqual(['partitioned-2', 'partitioned-1', 'partitioned-0']);
    const ref = { resource: resources.statefulSets, namespace: 'zoo', name: 'partitioned' };
    expect(JSON.stringify(world.cluster.store.get(ref)['spec'])).toContain('"partition":2');
  });

  test.each([
    ['paused', { replicas: 2 }, 'it is paused'],
    ['agent', { workload: 'DaemonSet' }, 'its update strategy is OnDelete'],
    ['partitioned', { workload: 'StatefulSet' }, 'its partition 2 keeps pods back'],
    ['partitioned', { workload: 'StatefulSet', method: 'hand-over' }, 'only a ReplicaSet lets go of a pod'],
    ['bare', { workload: 'Pod', method: 'by-pod', replicas: 1 }, 'it is a bare pod'],
    ['pinned', { replicas: 1 }, 'would get a proxy of revision default, version 1.27.1 instead of'],
    [
      'on-delete',
      { workload: 'StatefulSet', method: 'by-pod', replicas: 2 },
      'nothing has changed for long; PodDisruptionBudget zoo/on-delete forbids the eviction of pod on-delete-1 (disruptionsAllowed: 0; minAvailable: 100%; 2 of 2 pods healthy, 2 wanted)',
    ],
  ] as const)('%s with %o is refused: %s', async (name, given, why) => {
    const world = await zoo();
    const spec = inZoo(name, given);
    const error = await renew(world, spec).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Blocked);
    expect(String(error)).toContain(why);
    expect([world.writes, madeFor(world, name)]).toEqual([[], []]);
  });

  const onDelete = inZoo('on-delete', { workload: 'StatefulSet', method: 'by-pod', replicas: 2 });
  const budget = (name: string) => ({ resource: kube.budgets, namespace: 'zoo', name });

  test('the command of a refusal is what lets it go on', async () => {
    const world = await zoo();
    const error = await renew(world, onDelete).catch((thrown: unknown) => thrown);
    const command = /kubectl -n zoo patch pdb on-delete --type merge -p '(.*)'; then meshlift resume/.exec(
      explain(error),
    );
    world.cluster.store.patch(budget('on-delete'), 'merge', JSON.parse(command?.[1] ?? '') as object);
    await renew(world, onDelete);
    expect(podsOf(world, 'zoo', 'on-delete')).toEqual(Array(2).fill('default 1.29.6 ready'));
  });

  test('several budgets on a pod are named at once', async () => {
    const world = await zoo();
    const { metadata, spec, ...rest } = world.cluster.store.get(budget('on-delete'));
    world.cluster.store.create(kube.budgets, {
      ...rest,
      metadata: { name: 'second', namespace: 'zoo' },
      spec,
    } as KubeObject);
    const began = world.clock.now();
    const error = await renew(world, onDelete).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain(
      `several PodDisruptionBudgets select pod on-delete-1, and Kubernetes then evicts none: zoo/${metadata.name} (minAvailable: 100%), zoo/second (minAvailable: 100%)`,
    );
    expect([world.writes, world.clock.now() - began < 10_000]).toEqual([[], true]);
  });

  test.each([
    [40, 20],
    [600, 300],
    [1200, 600],
  ])('with %i s in the policy it is given up after %i s without any change', async (limitSeconds, seconds) => {
    const world = await zoo();
    const began = world.clock.now();
    const error = await renew(world, onDelete, 'run-1', limitSeconds).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain('nothing has changed for long');
    const took = (world.clock.now() - began) / 1000;
    expect(took).toBeGreaterThanOrEqual(Math.max(seconds, 27));
    expect(took).toBeLessThan(Math.max(seconds, 27) + 10);
  });

  test('a CronJob waits for its next run, and an Argo Rollout is asked to restart', async () => {
    const world = await zoo();
    const cronJob = inZoo('report', { workload: 'CronJob', method: 'next-run', replicas: 1 });
    await renew(world, cronJob);
    expect(renewWorkload.observe(await view(world), cronJob)).toEqual({ state: 'ready' });
    expect([renewWorkload.verify(await view(world), cronJob).state, world.writes]).toEqual(['passed', []]);
    const rollout = inZoo('argo', { workload: 'Rollout', replicas: 2 });
    // There is no Argo here: nothing happens, and that is told.
    await expect(renew(world, rollout)).rejects.toThrow('2 pods are older than its restart');
    const object = world.cluster.store.get({
      resource: { ...resources.pods, group: 'argoproj.io', version: 'v1alpha1', plural: 'rollouts', kind: 'Rollout' },
      namespace: 'zoo',
      name: 'argo',
    });
    expect(JSON.stringify(object['spec'])).toContain('"restartAt":"2026-');
    expect(world.writes).toHaveLength(1);
  });
});
