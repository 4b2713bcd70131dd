import { describe, expect, it } from 'vitest';
import { facts, meta, owned, owner, pod, read, workload } from '../../test/mesh-facts.ts';
import type { Facts, MetaFact, PodFact } from './facts.ts';
import { workloadIndex } from './workload-index.ts';

const hash = { 'pod-template-hash': '7f9' };

function replicaSet(name: string, by: ReturnType<typeof owner> | null): { readonly meta: MetaFact } {
  return { meta: { ...meta('shop', name), owner: by } };
}

function ownerOfPod(one: PodFact, given: Partial<Facts> = {}) {
  const index = workloadIndex(facts({ pods: read(one), ...given }));
  const entry = index.entries[index.byPod.get(one) ?? -1];
  return entry && [entry.kind, entry.name, entry.ownerKind];
}

describe('top owner', () => {
  const one = pod('shop', 'web-7f9-abc');
  const ofSet = owned(one, owner('ReplicaSet', 'web-7f9'), hash);

  it.each([
    ['Deployment', 'Deployment'],
    ['Rollout', 'Rollout'],
  ])('of a ReplicaSet of a %s', (kind) => {
    const replicaSets = read(replicaSet('web-7f9', owner(kind, 'web')));
    expect(ownerOfPod(ofSet, { replicaSets })).toEqual([kind, 'web', kind]);
  });

  it('of a ReplicaSet without owner is the ReplicaSet', () => {
    expect(ownerOfPod(ofSet, { replicaSets: read(replicaSet('web-7f9', null)) })).toEqual([
      'ReplicaSet',
      'web-7f9',
      'ReplicaSet',
    ]);
  });

  it('of an unread ReplicaSet is the Deployment of its name, only if that exists', () => {
    const replicaSets = { items: [], unread: 'forbidden' };
    const deployments = read(workload('Deployment', 'shop', 'web'));
    expect(ownerOfPod(ofSet, { replicaSets, deployments })).toEqual(['Deployment', 'web', 'Deployment']);
    expect(ownerOfPod(ofSet, { replicaSets })).toEqual(['ReplicaSet', 'web-7f9', 'ReplicaSet']);
    const elsewhere = read(workload('Deployment', 'bank', 'web'));
    expect(ownerOfPod(ofSet, { replicaSets, deployments: elsewhere })?.[0]).toBe('ReplicaSet');
  });

  it('of a Job of a CronJob is the CronJob', () => {
    const job = workload('Job', 'shop', 'nightly-1', {
      meta: { ...meta('shop', 'nightly-1'), owner: owner('CronJob', 'nightly') },
    });
    const run = owned(pod('shop', 'nightly-1-x'), owner('Job', 'nightly-1'));
    expect(ownerOfPod(run, { jobs: read(job) })).toEqual(['CronJob', 'nightly', 'CronJob']);
    expect(ownerOfPod(run)).toEqual(['Job', 'nightly-1', 'Job']);
  });

  it('is the pod itself when it has none or is a static pod', () => {
    expect(ownerOfPod(one)).toEqual(['Pod', 'web-7f9-abc', 'Pod']);
    expect(ownerOfPod(owned(one, owner('Node', 'node-1')))).toEqual(['Pod', 'web-7f9-abc', 'Pod']);
  });

  it('of an unknown kind, or of a known kind in a foreign group, is Other', () => {
    expect(ownerOfPod(owned(one, owner('ReplicationController', 'web')))).toEqual([
      'Other',
      'web',
      'ReplicationController',
    ]);
    const kruise = { apiVersion: 'apps.kruise.io/v1', kind: 'StatefulSet', name: 'web' };
    const given = { statefulSets: read(workload('StatefulSet', 'shop', 'web')) };
    expect(ownerOfPod(owned(one, kruise), given)).toEqual(['Other', 'web', 'StatefulSet']);
  });
});

describe('list', () => {
  it('is sorted, holds templates without pods, and folds the runs of a CronJob', () => {
    const run = { ...meta('shop', 'nightly-1'), owner: owner('CronJob', 'nightly') };
    const index = workloadIndex(
      facts({
        deployments: read(
          workload('Deployment', 'shop', 'web'),
          workload('Deployment', 'bank', 'idle', { replicas: 0 }),
        ),
        statefulSets: read(workload('StatefulSet', 'shop', 'store')),
        cronJobs: read(workload('CronJob', 'shop', 'nightly')),
        jobs: read(workload('Job', 'shop', 'nightly-1', { meta: run }), workload('Job', 'shop', 'finished')),
        pods: read(
          owned(pod('shop', 'nightly-1-x', { phase: 'Succeeded' }), owner('Job', 'nightly-1')),
          owned(pod('shop', 'finished-x', { phase: 'Succeeded' }), owner('Job', 'finished')),
        ),
      }),
    );
    expect(index.entries.map((entry) => `${entry.namespace}/${entry.kind}/${entry.name}`)).toEqual([
      'bank/Deployment/idle',
      'shop/CronJob/nightly',
      'shop/Deployment/web',
      'shop/StatefulSet/store',
    ]);
    expect(index.byPod.size).toBe(0);
  });

  it('keeps a Job that runs, and finds workloads by their facts', () => {
    const job = workload('Job', 'shop', 'import');
    const web = workload('Deployment', 'shop', 'web');
    const pods = read(owned(pod('shop', 'import-x'), owner('Job', 'import')));
    const index = workloadIndex(facts({ jobs: read(job), deployments: read(web), pods }));
    expect(index.entries.map((entry) => entry.name)).toEqual(['web', 'import']);
    expect([index.position(web), index.position(job)]).toEqual([0, 1]);
    expect(index.position(workload('Deployment', 'shop', 'other'))).toBe(-1);
  });
});
