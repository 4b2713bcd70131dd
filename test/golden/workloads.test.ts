import { describe, expect, it } from 'vitest';
import { mixedLabels } from '../../sandbox/scenarios/mixed-labels.ts';
import { workloadZoo } from '../../sandbox/scenarios/workload-zoo.ts';
import { resources } from '../../sandbox/store/resources.ts';
import { defaultPolicy } from '../../src/policy/policy.ts';
import { planOn } from '../upgrade/plan.ts';
import { readView } from '../upgrade/world.ts';
import { goOn, staged, type Stage } from './mesh.ts';

type Revisions = Readonly<Record<string, string>>;

/** 'namespace/name' of each workload, with the revision that injects new pods of it, and that of its proxies: '' for none. */
async function revisions({
  cluster,
  clock,
}: Stage): Promise<{ readonly predicted: Revisions; readonly seen: Revisions }> {
  const { mesh } = await readView(cluster.api, clock);
  const rows = mesh.workloads.flatMap(({ namespace, name, injection }, index) => {
    if (namespace === 'istio-system') return [];
    const proxy = mesh.proxies.find(({ workload }) => workload === index);
    return [[`${namespace}/${name}`, injection.revision ?? '', proxy?.revision ?? ''] as const];
  });
  return {
    predicted: Object.fromEntries(rows.map(([name, predicted]) => [name, predicted])),
    seen: Object.fromEntries(rows.map(([name, , seen]) => [name, seen])),
  };
}

function restartAll({ cluster }: Stage): void {
  for (const { metadata } of [...cluster.store.all(resources.pods)]) {
    const { name, namespace = '' } = metadata;
    if (namespace !== 'istio-system') cluster.store.delete({ resource: resources.pods, namespace, name });
  }
}

describe('G2', () => {
  it('the revision that is predicted for each workload is the one that its pods get', async () => {
    const stage = await staged(mixedLabels);
    const { predicted } = await revisions(stage);
    expect(predicted).toEqual({
      ...{ 'both/web': '1-29-6', 'podrev/web': '1-29-6', 'podonly/web': '1-29-6', 'gw/edge': '1-30-3' },
      ...{ 'disabled/web': '', 'ghost/web': '' },
    });

    // What was injected by another rule moves when its label goes.
    const both = { apiVersion: 'v1', kind: 'Namespace', name: 'both' };
    await goOn(stage, [{ do: 'patch', object: both, patch: { metadata: { labels: { 'istio-injection': null } } } }]);
    const moved = (await revisions(stage)).predicted;
    expect(moved).toEqual({ ...predicted, 'both/web': '1-30-3' });
    restartAll(stage);
    await goOn(stage, []);
    expect((await revisions(stage)).seen).toEqual(moved);
  });
});

const zoo = [
  ...['CronJob zoo/report', 'DaemonSet zoo/agent', 'Deployment by-hand/kube-injected', 'Deployment zoo/paused'],
  ...['Deployment zoo/pinned', 'Deployment zoo/recreated', 'Deployment zoo/rolling', 'Pod zoo/bare'],
  ...['ReplicaSet zoo/unowned', 'Rollout zoo/argo', 'StatefulSet zoo/ancient', 'StatefulSet zoo/on-delete'],
  'StatefulSet zoo/partitioned',
];

describe('G3', () => {
  it('the inventory is complete', async () => {
    const { cluster, clock } = await staged(workloadZoo);
    const { mesh } = await readView(cluster.api, clock);
    const names = mesh.workloads.map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`);
    expect(names.filter((name) => / (zoo|by-hand)\//.test(name)).sort()).toEqual([...zoo].sort());
  });

  it('the plan says of each what becomes of it, and renews nothing that needs consent without it', async () => {
    const stage = await staged(workloadZoo);
    const { leftOut, stages } = await planOn(stage, '1.30.3');
    const left = leftOut.map(({ workload, namespace, name }) => `${workload} ${namespace}/${name}`);
    const renewed = stages.flatMap(({ steps }) =>
      steps.flatMap(({ id }) => (id.startsWith('renew/') ? [id.replace(/^renew\/(\w+)\//, '$1 ')] : [])),
    );
    expect([...left, ...renewed].sort()).toEqual([...zoo].sort());
    const code = (wanted: string) => leftOut.find(({ name }) => name === wanted)?.code;
    expect([code('bare'), code('recreated'), code('paused')]).toEqual(['bare-pod', 'no-consent', 'no-consent']);
  });

  it('with consent what can be renewed is', async () => {
    const stage = await staged(workloadZoo);
    const overrides = [{ select: { names: ['recreated'] }, consent: true, reason: 'may be away' }];
    const { leftOut } = await planOn(stage, '1.30.3', { ...defaultPolicy, overrides });
    expect(leftOut.map(({ name }) => name)).not.toContain('recreated');
  });
});
