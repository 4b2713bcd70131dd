import { nodeFact } from '../fact-defaults.ts';
import { cluster, facts, injected, injector, meta, plane, pod, read, template, workload } from '../mesh-facts.ts';
import type { Facts, NodeFact, PodFact, WorkloadFact } from '../../src/mesh/facts.ts';
import { fires, silent, unseen, type CheckCase } from './case.ts';

const node = (name: string, over: Partial<NodeFact> = {}): NodeFact => nodeFact(meta('', name), over);
const nodes = (...items: readonly NodeFact[]): Facts => facts({ nodes: read(...items) });
const GiB = 2 ** 30;

const waiting = (over: Partial<PodFact>): Facts =>
  facts({ pods: read(injected('shop', 'web-0', '1.29.6', { phase: 'Pending', waiting: 'Unschedulable', ...over })) });

// A control plane that asks for two cores, on nodes of four.
const large = { cpuMillis: 2000, memoryBytes: 2 * GiB };

interface Fleet {
  readonly nodes: readonly NodeFact[];
  /** Requests of one more pod on node-1. */
  readonly busy?: number;
  readonly over?: Partial<WorkloadFact>;
}

function withPlane({ nodes: items, busy = 0, over = {} }: Fleet): Facts {
  const made = plane('1.29.6');
  const deployment = { ...made.deployment, ...over, template: { ...made.deployment.template, requests: large } };
  const own = { ...made.pod, requests: large };
  const other = pod('shop', 'busy', { requests: { cpuMillis: busy, memoryBytes: 0 } });
  return cluster([{ ...made, deployment, pod: own }], [injector('1.29.6')], {
    nodes: read(...items),
    pods: read(other),
  });
}

const istiod = 'Deployment istio-system/istiod-1-29-6';
const to = { to: '1.30.3' };
const tainted = ['node-role.kubernetes.io/control-plane:NoSchedule'];

// A workload with a sidecar whose pods ask for 1500m, on one node of four cores.
function surging(web: Partial<WorkloadFact>, busy: number, items: readonly NodeFact[] = [node('node-1')]): Facts {
  const size = { cpuMillis: 1500, memoryBytes: GiB };
  const labels = { app: 'web' };
  const made = injected('shop', 'web-0', '1.29.6', { requests: size });
  const mine = {
    ...made,
    meta: { ...made.meta, labels, owner: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
  };
  const base = plane('1.29.6');
  return cluster([base], [injector('1.29.6')], {
    nodes: read(...items),
    namespaces: read({ meta: meta('', 'shop', { 'istio.io/rev': '1-29-6' }), terminating: false }),
    pods: read(mine, pod('shop', 'busy', { requests: { cpuMillis: busy, memoryBytes: 0 } })),
    deployments: read(workload('Deployment', 'shop', 'web', { template: template({ labels }), ...web })),
  });
}

/** Cases about nodes and the room on them. */
export const nodeCases: readonly CheckCase[] = [
  fires(
    'ML-C004',
    'one not ready, one cordoned',
    nodes(node('a'), node('b', { ready: false }), node('c', { unschedulable: true })),
    [
      ['warns', 'Node b'],
      ['informs', 'Node c'],
    ],
  ),
  fires('ML-C004', 'none takes pods', nodes(node('a', { unschedulable: true }), node('b', { ready: false })), [
    ['blocks', 'Node a'],
  ]),
  silent('ML-C004', 'a taint is no trouble', nodes(node('a', { taints: tainted }), node('b'))),
  fires('ML-C005', 'a pod with a sidecar finds no node', waiting({}), [['warns', 'Namespace shop']]),
  silent('ML-C005', 'it is being started', waiting({ waiting: 'ContainerCreating' })),
  silent('ML-C005', 'it is not of the mesh', waiting({ proxy: null })),
  silent('ML-C005', 'it is on its way out', waiting({ deleting: true })),
  fires(
    'ML-C006',
    'the only node is full',
    withPlane({ nodes: [node('node-1')], busy: 500 }),
    [['blocks', istiod]],
    to,
  ),
  fires(
    'ML-C006',
    'the only node is full, but its pool may grow',
    withPlane({ nodes: [node('node-1', { meta: meta('', 'node-1', { 'karpenter.sh/nodepool': 'a' }) })], busy: 500 }),
    [['warns', istiod]],
    to,
  ),
  fires(
    'ML-C006',
    'in place the surge pod finds no room',
    withPlane({ nodes: [node('node-1')], busy: 500, over: { maxSurge: '100%' } }),
    [['blocks', istiod]],
    {
      ...{ to: '1.30.3', strategy: 'in-place' },
    },
  ),
  silent('ML-C006', 'exactly enough', withPlane({ nodes: [node('node-1')] }), to),
  silent('ML-C006', 'another node has room', withPlane({ nodes: [node('node-1'), node('node-2')], busy: 500 }), to),
  silent(
    'ML-C006',
    'in place without surge',
    withPlane({ nodes: [node('node-1')], busy: 500, over: { maxSurge: '0' } }),
    {
      ...{ to: '1.30.3', strategy: 'in-place' },
    },
  ),
  silent('ML-C006', 'there already', withPlane({ nodes: [node('node-1')], busy: 500 }), { to: '1.29.6' }),
  unseen(
    'ML-C006',
    'room only on a tainted node',
    withPlane({ nodes: [node('node-1'), node('node-2', { taints: tainted })], busy: 500 }),
    to,
  ),
  unseen(
    'ML-C006',
    'a node that does not say what it has',
    withPlane({ nodes: [node('node-1', { allocatable: { cpuMillis: 4000, memoryBytes: 0, pods: 110 } })] }),
    to,
  ),
  fires('ML-C007', 'one replica must surge and finds no room', surging({}, 2000), [['warns', 'Deployment shop/web']]),
  silent('ML-C007', 'there is room', surging({}, 1000)),
  silent('ML-C007', 'one pod may be away', surging({ replicas: 4 }, 2000)),
  silent('ML-C007', 'it does not surge', surging({ strategy: 'Recreate', maxSurge: '', maxUnavailable: '' }, 2000)),
  unseen(
    'ML-C007',
    'room only on a tainted node',
    surging({}, 2000, [node('node-1'), node('node-2', { taints: tainted })]),
  ),
];
