/** Cases of the checks about the end of proxies and about rolling restarts. */
import type { PodFact } from '../../src/mesh/facts.ts';
import { meta, read, service } from '../mesh-facts.ts';
import { fires, silent, type CheckCase } from './case.ts';
import { numbers, web, type Web } from './fitness-mesh.ts';
import { ingress } from './gateways-mesh.ts';

const object = 'Deployment shop/web';
const daemon = 'DaemonSet shop/web';
const abrupt = { preStop: 'none' } as const;
const serving = { services: read(service('shop', 'web', { app: 'web' })) };
const served = (different: Web = {}) => web({ ...different, over: { ...serving, ...different.over } });
const classic: Partial<PodFact> = {
  proxy: { image: 'istio/proxyv2:1.29.6', form: 'classic', role: 'sidecar', dials: '' },
};
const drain = (terminationDrainDuration: string) => ({ proxyConfig: { terminationDrainDuration } });
const untilIdle = { 'proxyMetadata.EXIT_ON_ZERO_ACTIVE_CONNECTIONS': 'true' };
/** A Gateway selects by the one label of the Service: no hand-over. */
const taken = { istioGateways: read({ meta: meta('shop', 'public'), selector: { app: 'web' }, servers: [] }) };
const edgeTaken = {
  istioGateways: read({ meta: meta('edge', 'public'), selector: { istio: 'ingress' }, servers: [] }),
};
/** The Service selects by a label that no Gateway selects by. */
const free = { services: read(service('edge', 'ingress', { app: 'ingress' })) };
const gateway = { labels: { app: 'ingress' }, over: free };

const ending: readonly CheckCase[] = [
  fires(
    'ML-F008',
    'handed over, so idle when it ends',
    served({ fitness: abrupt, template: { gracePeriodSeconds: 5 } }),
    [['informs', object]],
  ),
  fires('ML-F008', 'a classic sidecar that drains for a second', served({ template: drain('1s'), pod: classic }), [
    ['warns', object],
  ]),
  fires('ML-F008', 'a gateway that drains for a second', ingress({ template: drain('1s'), over: edgeTaken }), [
    ['warns', 'Deployment edge/ingress'],
  ]),
  silent('ML-F008', 'a native sidecar that drains for a second', served({ template: drain('1s') })),
  silent('ML-F008', 'a classic sidecar with the usual drain', served({ template: drain('5s'), pod: classic })),
  silent(
    'ML-F008',
    'a short drain until nothing is left',
    served({ template: { proxyConfig: { ...drain('1s').proxyConfig, ...untilIdle } }, pod: classic }),
  ),
  silent('ML-F008', 'a short drain, handed over', served({ fitness: abrupt, template: drain('1s'), pod: classic })),
];

const all = { maxUnavailable: '100%', maxSurge: '0' };

const together: readonly CheckCase[] = [
  fires(
    'ML-F004',
    'a DaemonSet on one node',
    served({ kind: 'DaemonSet', fact: { ...numbers(1), maxUnavailable: '1' } }),
    [['warns', daemon]],
  ),
  fires('ML-F004', 'a DaemonSet on all nodes at once', served({ kind: 'DaemonSet', fact: all }), [['warns', daemon]]),
  fires('ML-F004', 'all pods of a Deployment that rolls out', served({ fact: all, over: taken }), [['warns', object]]),
  fires(
    'ML-F004',
    'one pod that may go before its successor is ready',
    served({ fact: { ...numbers(1), maxUnavailable: '1' }, over: taken }),
    [['warns', object]],
  ),
  silent('ML-F004', 'all pods at once, handed over', served({ fact: all })),
  silent('ML-F004', 'nobody calls the DaemonSet', web({ kind: 'DaemonSet', fact: all })),
  silent('ML-F004', 'a DaemonSet, node by node', served({ kind: 'DaemonSet', fact: { maxUnavailable: '1' } })),
  silent(
    'ML-F004',
    'a DaemonSet with surge',
    served({ kind: 'DaemonSet', fact: { maxSurge: '1', maxUnavailable: '0' } }),
  ),
  silent(
    'ML-F003',
    'one of three away, and it ends gracefully',
    served({ fact: { maxUnavailable: '1' }, over: taken }),
  ),
  silent('ML-F006', 'all pods at once: nothing serves (ML-F004)', served({ kind: 'DaemonSet', fact: all })),
  fires('ML-F006', 'all pods at once, but nobody calls them', web({ kind: 'DaemonSet', fact: all }), [
    ['warns', daemon],
  ]),
];

const rolling: readonly CheckCase[] = [
  fires('ML-F023', 'no preStop hook', served({ fitness: abrupt }), [['informs', object]]),
  fires('ML-F023', 'all pods at once', served({ fact: all }), [['informs', object]]),
  fires('ML-F023', 'a gateway with the usual drain', ingress(gateway), [['informs', 'Deployment edge/ingress']]),
  silent('ML-F023', 'a gateway that drains for 30 s', ingress({ ...gateway, template: drain('30s') })),
  silent(
    'ML-F023',
    'a gateway that waits until nothing is left',
    ingress({ ...gateway, template: { proxyConfig: untilIdle } }),
  ),
  silent('ML-F023', 'a rolling restart loses nothing', served()),
  silent('ML-F023', 'one of three away, and it ends gracefully', served({ fact: { maxUnavailable: '1' } })),
  silent('ML-F023', 'it is rolled anyway (ML-F003)', served({ fitness: abrupt, over: taken })),
  silent('ML-F023', 'nobody sends it requests', web({ fitness: abrupt })),
  silent('ML-F023', 'a StatefulSet is not handed over (ML-F002)', served({ kind: 'StatefulSet', fitness: abrupt })),
];

/** Cases of ML-F003, ML-F004, ML-F006, ML-F008 and ML-F023 besides those of fitness.ts. */
export const endingCases: readonly CheckCase[] = [...ending, ...together, ...rolling];
