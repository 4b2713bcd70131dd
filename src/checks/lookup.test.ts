import { describe, expect, it } from 'vitest';
import { autoscalerFact, budgetFact } from '../../test/fact-defaults.ts';
import { facts, injected, meta, owned, owner, pod, read, service, workload } from '../../test/mesh-facts.ts';
import { buildMesh } from '../mesh/build.ts';
import type { Facts } from '../mesh/facts.ts';
import { createLookup } from './lookup.ts';

const web = workload('Deployment', 'shop', 'web');
const look = (given: Partial<Facts>) => {
  const all = facts(given);
  return createLookup(all, buildMesh(all));
};

describe('lookup', () => {
  it('finds the pods of a workload by its selector, only in its namespace and only while they live', () => {
    const labelled = (namespace: string, name: string, phase = 'Running') =>
      pod(namespace, name, { meta: meta(namespace, name, { app: 'web' }), phase });
    const pods = read(
      ...[labelled('shop', 'a'), labelled('shop', 'b', 'Pending'), labelled('shop', 'done', 'Succeeded')],
      ...[labelled('bank', 'c'), pod('shop', 'other')],
    );
    expect(
      look({ pods })
        .podsOf(web)
        .map((one) => one.meta.name),
    ).toEqual(['a', 'b']);
    expect(look({ pods }).podsOf({ ...web, selector: {} })).toEqual([]);
    expect(look({ pods }).pod('bank', 'c')?.meta.name).toBe('c');
    expect(look({ pods }).podsIn('nowhere')).toEqual([]);
  });

  it('finds what belongs to a workload', () => {
    const selector = { matchLabels: { app: 'web' }, matchExpressions: [] };
    const given = look({
      deployments: read(web),
      services: read(
        service('shop', 'web', { app: 'web' }),
        service('shop', 'headless', {}),
        service('bank', 'web', { app: 'web' }),
      ),
      budgets: read(budgetFact(meta('shop', 'web'), { selector }), budgetFact(meta('shop', 'nothing'))),
      autoscalers: read(autoscalerFact(meta('shop', 'x'), 'web'), autoscalerFact(meta('bank', 'y'), 'web')),
    });
    expect(given.servicesOf(web).map((one) => one.meta.name)).toEqual(['web']);
    expect(given.budgetsOf(web).map((one) => one.meta.name)).toEqual(['web']);
    expect(given.autoscalerOf(web)?.meta.name).toBe('x');
    expect(given.workloadFact({ kind: 'Deployment', namespace: 'shop', name: 'web' })).toBe(web);
    expect(given.workloadFact({ kind: 'StatefulSet', namespace: 'shop', name: 'web' })).toBeUndefined();
  });

  it('leads from a workload of the model to its facts and its proxies, and back', () => {
    const replicaSet = { meta: { ...meta('shop', 'web-1'), owner: owner('Deployment', 'web') } };
    const all = facts({
      deployments: read(web),
      replicaSets: read(replicaSet),
      pods: read(owned(injected('shop', 'web-1-a', '1.30.3'), owner('ReplicaSet', 'web-1'), { app: 'web' })),
    });
    const mesh = buildMesh(all);
    const given = createLookup(all, mesh);
    expect(given.meshWorkload(web)?.proxies).toBe(1);
    expect(given.proxiesOf(mesh.workloads.findIndex(({ name }) => name === 'web')).map((one) => one.pod)).toEqual([
      'web-1-a',
    ]);
    expect(given.meshWorkload(workload('Deployment', 'shop', 'gone'))).toBeUndefined();
  });
});
