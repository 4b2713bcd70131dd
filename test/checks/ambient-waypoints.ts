import * as build from '../mesh-facts.ts';
import { gatewayFact } from '../fact-defaults.ts';
import type { Facts, Labels, WorkloadFact } from '../../src/mesh/facts.ts';
import { enrolled, world } from './ambient-mesh.ts';
import { fires, silent, type CheckCase } from './case.ts';

const wayDeployment = (ready: number): WorkloadFact =>
  build.workload('Deployment', 'shop', 'way', {
    meta: build.meta('shop', 'way', {
      ...{ 'gateway.istio.io/managed': 'istio.io-mesh-controller', 'gateway.networking.k8s.io/gateway-name': 'way' },
    }),
    readyReplicas: ready,
  });
const waypoint = (ready: number, labels: Labels): Facts =>
  world({
    given: {
      namespaces: build.read(enrolled('shop', labels)),
      deployments: build.read(wayDeployment(ready)),
      gateways: build.read(gatewayFact(build.meta('shop', 'way'), { className: 'istio-waypoint' })),
      gatewayClasses: build.read({ meta: build.meta('', 'istio-waypoint'), controller: 'istio.io/mesh-controller' }),
    },
  });
const uses = { 'istio.io/use-waypoint': 'way' };

/** Cases about waypoints and the labels that name them. */
export const waypointCases: readonly CheckCase[] = [
  fires('ML-A018', 'no pod is ready, and it is used', waypoint(0, uses), [['blocks', 'Gateway shop/way']]),
  fires('ML-A018', 'no pod is ready, and nothing uses it', waypoint(0, {}), [['warns', 'Gateway shop/way']]),
  silent('ML-A018', 'one is ready', waypoint(1, uses)),
  fires('ML-A019', 'the label names another', waypoint(1, { 'istio.io/use-waypoint': 'gone' }), [
    ['warns', 'Namespace shop'],
  ]),
  fires(
    'ML-A019',
    'one of another namespace that is not there',
    waypoint(1, { ...uses, 'istio.io/use-waypoint-namespace': 'infra' }),
    [['warns', 'Namespace shop']],
  ),
  silent('ML-A019', 'it is there', waypoint(1, uses)),
  silent('ML-A019', 'none is wanted', waypoint(1, { 'istio.io/use-waypoint': 'none' })),
];
