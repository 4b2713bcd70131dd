import { configMapFact, namespaceFact } from '../fact-defaults.ts';
import { meta, read, service } from '../mesh-facts.ts';
import type { Facts, ServiceFact } from '../../src/mesh/facts.ts';
import { fires, silent, unseen, type CheckCase } from './case.ts';
import { endingCases } from './fitness-ending.ts';
import { limitCases } from './fitness-limits.ts';
import { numbers, web, type Web } from './fitness-mesh.ts';
import { managed } from './gateways-mesh.ts';
import { placementCases } from './fitness-placement.ts';

const object = 'Deployment shop/web';
const stateful = 'StatefulSet shop/web';
const to = { to: '1.30.3' };
const port = { name: 'http', port: 80, targetPort: '8080', nodePort: 0, protocol: 'TCP', appProtocol: '' };
const front = (over: Partial<ServiceFact> = {}): Partial<Facts> => ({
  services: read(service('shop', 'web', { app: 'web' }, over)),
});
const served = (different: Web = {}): Facts => web({ ...different, over: { ...front(), ...different.over } });
/** A Gateway selects the pods by the one label that their Service selects by: nothing is free for a hand-over. */
const taken: Partial<Facts> = {
  ...front(),
  istioGateways: read({ meta: meta('shop', 'public'), selector: { app: 'web' }, servers: [] }),
};
/** The namespace says nothing, so the template's own label decides. */
const bare: Partial<Facts> = { namespaces: read(namespaceFact(meta('', 'shop'))) };
const abrupt = { preStop: 'none' } as const;

const serving: readonly CheckCase[] = [
  fires('ML-F001', 'no probe', served({ fitness: { readiness: 'none' } }), [['warns', object]]),
  fires('ML-F001', 'a probe on one of two', served({ fitness: { readiness: 'some', containers: ['app', 'log'] } }), [
    ['informs', object],
  ]),
  silent('ML-F001', 'nobody sends it requests', web({ fitness: { readiness: 'none' } })),
  silent('ML-F001', 'a probe', served()),
  silent('ML-F001', 'it is on the target already', served({ fitness: { readiness: 'none' } }), { to: '1.29.6' }),
  silent(
    'ML-F001',
    'it is not in the mesh',
    served({ fitness: { readiness: 'none' }, pod: { proxy: null }, over: { namespaces: read() } }),
  ),
  fires('ML-F002', 'a StatefulSet without preStop', served({ kind: 'StatefulSet', fitness: abrupt }), [
    ['warns', stateful],
  ]),
  unseen('ML-F002', 'StatefulSets were not read', hidden(served({ kind: 'StatefulSet', fitness: abrupt }))),
  silent('ML-F002', 'with preStop', served({ kind: 'StatefulSet' })),
  silent('ML-F002', 'a Deployment is handed over', served({ fitness: abrupt })),
  silent('ML-F002', 'nobody sends it requests', web({ kind: 'StatefulSet', fitness: abrupt })),
  fires('ML-F003', 'a Gateway selects by its only label', web({ fitness: abrupt, over: taken }), [['warns', object]]),
  fires(
    'ML-F003',
    'its own label chooses the revision',
    served({ fitness: abrupt, template: { labels: { 'istio.io/rev': '1-29-6' } }, over: bare }),
    [['warns', object]],
    to,
  ),
  silent('ML-F003', 'the label is free', served({ fitness: abrupt })),
  silent('ML-F003', 'it ends gracefully', web({ over: taken })),
  silent(
    'ML-F003',
    'in place no label changes',
    served({ fitness: abrupt, template: { labels: { 'istio.io/rev': '1-29-6' } }, over: bare }),
    { ...to, strategy: 'in-place' },
  ),
  fires('ML-F008', 'a grace period of 5 s', web({ template: { gracePeriodSeconds: 5 } }), [['warns', object]]),
  fires(
    'ML-F008',
    'the mesh config drains for 30 s',
    web({ over: configured({ defaultConfig: { terminationDrainDuration: '30s' } }) }),
    [['warns', object]],
  ),
  fires(
    'ML-F008',
    'an annotation drains for a minute',
    web({ template: { proxyConfig: { terminationDrainDuration: '1m' } } }),
    [['warns', object]],
  ),
  silent('ML-F008', '6 s against the default of 5', web({ template: { gracePeriodSeconds: 6 } })),
  silent(
    'ML-F008',
    'it waits for connections, and the grace period bounds that',
    web({
      over: configured({
        defaultConfig: {
          terminationDrainDuration: '60s',
          proxyMetadata: { EXIT_ON_ZERO_ACTIVE_CONNECTIONS: 'true' },
        },
      }),
    }),
  ),
  unseen('ML-F008', 'no mesh config', web({ over: { configMaps: read() } })),
  fires('ML-F021', 'pods that are not ready get requests', web({ over: front({ publishNotReady: true }) }), [
    ['warns', 'Service shop/web'],
  ]),
  silent('ML-F021', 'a headless Service for peers', web({ over: front({ publishNotReady: true, headless: true }) })),
  silent('ML-F021', 'only ready ones', served()),
  fires('ML-F022', 'only pods of the node', web({ over: front({ internalTrafficPolicy: 'Local' }) }), [
    ['warns', 'Service shop/web'],
  ]),
  silent('ML-F022', 'any pod', served()),
  silent(
    'ML-F022',
    'a DaemonSet that starts the next one first',
    web({ kind: 'DaemonSet', fact: { maxSurge: '1' }, over: front({ internalTrafficPolicy: 'Local' }) }),
  ),
];

function hidden(facts: Facts): Facts {
  return { ...facts, statefulSets: { items: [], unread: '403 Forbidden' } };
}

function configured(mesh: Readonly<Record<string, unknown>>): Partial<Facts> {
  return { configMaps: read(configMapFact(meta('istio-system', 'istio-1-29-6'), { mesh })) };
}

const single = { ...numbers(1), maxSurge: '0', maxUnavailable: '25%' };
const ownLabel = { template: { labels: { 'istio.io/rev': '1-29-6' } }, over: bare } as const;

const strategy: readonly CheckCase[] = [
  fires('ML-F004', 'a StatefulSet of one', web({ kind: 'StatefulSet', fact: numbers(1) }), [['warns', stateful]]),
  fires('ML-F004', 'a Deployment without surge that rolls out', web({ fact: single, over: taken }), [
    ['warns', object],
  ]),
  silent('ML-F004', 'the same, handed over', web({ fact: single, fitness: abrupt, over: front() })),
  silent('ML-F004', 'one pod with surge', web({ fact: numbers(1), over: taken })),
  silent('ML-F004', 'a StatefulSet of two', web({ kind: 'StatefulSet', fact: numbers(2) })),
  unseen(
    'ML-F004',
    'whether it is handed over is not known',
    web({ fact: single, fitness: abrupt, over: { ...taken, sidecars: { items: [], unread: '403 Forbidden' } } }),
  ),
  fires('ML-F005', 'Recreate', web({ fact: { strategy: 'Recreate' } }), [['warns', object]]),
  silent('ML-F005', 'RollingUpdate', web()),
  silent('ML-F005', 'istiod renders it', managed({ fact: { strategy: 'Recreate' } })),
  fires(
    'ML-F006',
    'neither surge nor a whole pod less: Kubernetes takes one of two',
    web({ fact: { ...numbers(2), maxSurge: '0', maxUnavailable: '25%' }, over: taken }),
    [['warns', object]],
  ),
  fires('ML-F006', 'half of the pods', web({ fact: { ...numbers(2), maxUnavailable: '50%' }, over: taken }), [
    ['warns', object],
  ]),
  fires(
    'ML-F006',
    'one of two nodes',
    web({ kind: 'DaemonSet', fact: { ...numbers(2), maxUnavailable: '1', maxSurge: '0' } }),
    [['warns', 'DaemonSet shop/web']],
  ),
  silent('ML-F006', 'the same, handed over', web({ fact: { ...numbers(2), maxUnavailable: '50%' }, over: front() })),
  silent('ML-F006', 'a quarter of three rounds down to none', web({ fact: { maxUnavailable: '25%' }, over: taken })),
  silent('ML-F006', 'one of three', web({ fact: { maxUnavailable: '1' }, over: taken })),
  unseen(
    'ML-F006',
    'whether it is handed over is not known',
    web({ fact: { ...numbers(2), maxUnavailable: '1' }, over: { ...taken, sidecars: { items: [], unread: '403' } } }),
  ),
  fires('ML-F015', 'OnDelete', web({ kind: 'StatefulSet', fact: { strategy: 'OnDelete', updatedReplicas: null } }), [
    ['informs', stateful],
  ]),
  fires('ML-F015', 'a partition', web({ kind: 'StatefulSet', fact: { partition: 2 } }), [['informs', stateful]]),
  fires(
    'ML-F015',
    'a template label must change too',
    web({ kind: 'DaemonSet', fact: { strategy: 'OnDelete' }, ...ownLabel }),
    [['warns', 'DaemonSet shop/web']],
    to,
  ),
  silent('ML-F015', 'RollingUpdate', web({ kind: 'StatefulSet' })),
  fires('ML-F016', 'a paused Deployment', web({ fact: { paused: true } }), [['warns', object]]),
  fires('ML-F016', 'a paused Rollout', web({ kind: 'Rollout', fact: { paused: true } }), [
    ['warns', 'Rollout shop/web'],
  ]),
  silent('ML-F016', 'not paused', web()),
];

const named = (name: string, appProtocol = ''): Facts =>
  web({ over: front({ ports: [{ ...port, name, appProtocol }] }) });

const connections: readonly CheckCase[] = [
  fires('ML-F014', 'a database', named('tcp-postgres'), [['warns', object]]),
  fires('ML-F014', 'WebSockets by appProtocol', named('api', 'kubernetes.io/ws'), [['warns', object]]),
  fires('ML-F014', 'gRPC', named('grpc'), [['informs', object]]),
  silent('ML-F014', 'HTTP', named('http')),
  silent('ML-F014', 'gRPC-Web is HTTP', named('grpc-web')),
  silent('ML-F014', 'HTTP by appProtocol, whatever the name', named('tcp', 'http')),
  fires(
    'ML-F013',
    'the label of controller-runtime',
    web({ template: { labels: { 'control-plane': 'controller-manager' } } }),
    [['informs', object]],
  ),
  silent('ML-F013', 'another component', web({ template: { labels: { 'app.kubernetes.io/component': 'frontend' } } })),
];

/** Cases of this family's checks. */
export const fitnessCases: readonly CheckCase[] = [
  ...serving,
  ...strategy,
  ...connections,
  ...endingCases,
  ...placementCases,
  ...limitCases,
];
