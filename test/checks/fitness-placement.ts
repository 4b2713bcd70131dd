import { nodeFact } from '../fact-defaults.ts';
import { meta, read } from '../mesh-facts.ts';
import type { Facts, NodeFact } from '../../src/mesh/facts.ts';
import { fires, silent, unseen, type CheckCase } from './case.ts';
import { numbers, web, type Web } from './fitness-mesh.ts';

const object = 'Deployment shop/web';
const node = (name: string, over: Partial<NodeFact> = {}): NodeFact => nodeFact(meta('', name), over);
const nodes = (...items: NodeFact[]): Partial<Facts> => ({ nodes: read(...items) });
const [one, two, three] = [node('node-1'), node('node-2'), node('node-3')];
const twoPods = (different: Web): Facts =>
  web({ nodes: ['node-1', 'node-2'], ...different, fact: { ...numbers(2), maxUnavailable: '0', ...different.fact } });
const port = { hostPorts: [8443] } as const;
const apart = { mustSpread: ['kubernetes.io/hostname'] } as const;
const zones = { mustSpread: ['topology.kubernetes.io/zone'] } as const;
const claim = { claims: ['data'] } as const;

/** Cases about places for pods. */
export const placementCases: readonly CheckCase[] = [
  fires('ML-F009', 'a pod on every node', twoPods({ fitness: port, over: nodes(one, two) }), [['blocks', object]]),
  fires(
    'ML-F009',
    'the third node takes no pods',
    twoPods({ fitness: port, over: nodes(one, two, node('node-3', { taints: ['dedicated=db:NoSchedule'] })) }),
    [['blocks', object]],
  ),
  fires(
    'ML-F009',
    'an Argo Rollout may take one away first',
    twoPods({ kind: 'Rollout', fitness: port, fact: { maxUnavailable: '1' }, over: nodes(one, two) }),
    [['warns', 'Rollout shop/web']],
  ),
  silent('ML-F009', 'a free node', twoPods({ fitness: port, over: nodes(one, two, three) })),
  silent('ML-F009', 'no host port', twoPods({ over: nodes(one, two) })),
  silent(
    'ML-F009',
    'a StatefulSet ends a pod first',
    twoPods({ kind: 'StatefulSet', fitness: port, over: nodes(one, two) }),
  ),
  unseen(
    'ML-F009',
    'pinned to some nodes',
    twoPods({ fitness: { ...port, pinned: true }, over: nodes(one, two, three) }),
  ),
  fires('ML-F010', 'a pod on every node', twoPods({ fitness: apart, over: nodes(one, two) }), [['warns', object]]),
  fires(
    'ML-F010',
    'a pod in every zone',
    twoPods({
      fitness: zones,
      over: nodes(node('node-1', { zone: 'a' }), node('node-2', { zone: 'b' }), node('node-3', { zone: 'b' })),
    }),
    [['warns', object]],
  ),
  silent('ML-F010', 'a free node', twoPods({ fitness: apart, over: nodes(one, two, three) })),
  silent(
    'ML-F010',
    'two pods share a node: they may',
    web({ fitness: apart, nodes: ['node-1', 'node-2', 'node-2'], over: nodes(one, two) }),
  ),
  silent(
    'ML-F010',
    'it only should spread',
    twoPods({ fitness: { spread: ['kubernetes.io/hostname'] }, over: nodes(one, two) }),
  ),
  unseen(
    'ML-F010',
    'pinned to some nodes',
    twoPods({ fitness: { ...apart, pinned: true }, over: nodes(one, two, three) }),
  ),
  fires('ML-F011', 'one pod with a claim', web({ fact: numbers(1), fitness: claim, over: nodes(one, two) }), [
    ['warns', object],
  ]),
  silent('ML-F011', 'one node only', web({ fact: numbers(1), fitness: claim, over: nodes(one) })),
  silent('ML-F011', 'two pods share it already', twoPods({ fitness: claim, over: nodes(one, two) })),
  silent(
    'ML-F011',
    'a StatefulSet ends the pod first',
    web({ kind: 'StatefulSet', fact: numbers(1), fitness: claim, over: nodes(one, two) }),
  ),
  fires('ML-F012', 'all on one of two nodes', web({ over: nodes(one, two) }), [['informs', 'Namespace shop']]),
  fires(
    'ML-F012',
    'all in one of two zones',
    twoPods({
      over: nodes(node('node-1', { zone: 'a' }), node('node-2', { zone: 'a' }), node('node-3', { zone: 'b' })),
    }),
    [['informs', 'Namespace shop']],
  ),
  silent('ML-F012', 'on two nodes', twoPods({ over: nodes(one, two) })),
  silent('ML-F012', 'there is one node', web({ over: nodes(one) })),
];
