import * as build from '../mesh-facts.ts';
import { fit } from '../fact-defaults.ts';
import type { PodFact } from '../../src/mesh/facts.ts';
import { agentPods, at, cni, inMesh, onZtunnel, surging, system, to, withEnv, world, ztunnel } from './ambient-mesh.ts';
import { fires, silent, type CheckCase } from './case.ts';

const many = (count: number): readonly PodFact[] =>
  Array.from({ length: count }, (_unused, index) => inMesh('enabled', 'shop', { uid: String(index) }));
const large = world({ istiod: '1.30.3', pods: [...agentPods, ...many(31_000)] });
const istiod30 = 'Deployment istio-system/istiod-1-30-3';
const quota = (hard: string, used: string, namespace = system) => ({
  ...{ meta: build.meta(namespace, 'critical'), hard: { pods: hard }, used: { pods: used }, scoped: true },
});
const unimportant = ztunnel('1.29.6');
const noPriority = { ...unimportant, template: { ...unimportant.template, fitness: fit } };

/** Cases about what happens while pods of ztunnel are replaced. */
export const replacingCases: readonly CheckCase[] = [
  fires('ML-A003', 'ztunnel will be another', world(), [['warns', onZtunnel]], to),
  silent('ML-A003', 'it is of the target already', at('1.29.6', '1.29.6', '1.30.3'), to),
  silent('ML-A003', 'no pod is in the ambient mesh', world({ pods: agentPods }), to),
  fires('ML-A004', 'no surge', surging({ maxSurge: '0', maxUnavailable: '1' }), [['blocks', onZtunnel]]),
  fires('ML-A004', 'OnDelete', surging({ strategy: 'OnDelete', maxSurge: '' }), [['warns', onZtunnel]]),
  silent('ML-A004', 'a surge of one', world()),
  fires('ML-A020', 'no priority class', world({ sets: [cni('1.29.6'), noPriority] }), [['warns', onZtunnel]]),
  silent('ML-A020', 'that of the charts', world()),
  fires('ML-A021', 'the quota is the number of nodes', world({ given: { quotas: build.read(quota('2', '2')) } }), [
    ['warns', 'ResourceQuota istio-system/critical'],
  ]),
  silent('ML-A021', 'one more fits', world({ given: { quotas: build.read(quota('3', '2')) } })),
  silent(
    'ML-A021',
    'the quota of another namespace',
    world({ given: { quotas: build.read(quota('2', '2', 'shop')) } }),
  ),
  fires('ML-A015', 'very many pods', large, [['blocks', istiod30]], { ...to, to: '1.31.1' }),
  silent('ML-A015', 'the limit was raised', withEnv({ ISTIO_GPRC_MAXRECVMSGSIZE: '33554432' }, large), {
    ...to,
    to: '1.31.1',
  }),
  silent('ML-A015', 'a small mesh', world({ istiod: '1.30.3' }), { ...to, to: '1.31.1' }),
  silent('ML-A015', 'the target is older', large, { ...to, to: '1.30.5' }),
];
