/** Facts of one gateway in a mesh of a version: injected, written by an installer, or rendered for a Gateway API Gateway. */
import type { Facts, GatewayFact, PodFact, ServiceFact, TemplateFact, WorkloadFact } from '../../src/mesh/facts.ts';
import { configMapFact, fit, gatewayFact, namespaceFact } from '../fact-defaults.ts';
import {
  cluster,
  injected,
  injector,
  meta,
  owned,
  owner,
  plane,
  read,
  revisionOf,
  service,
  template,
  workload,
} from '../mesh-facts.ts';
import { numbers } from './fitness-mesh.ts';

/** What differs from a gateway of three pods behind a ClusterIP Service. */
export interface Edge {
  readonly version?: string;
  readonly fact?: Partial<WorkloadFact>;
  readonly template?: Partial<TemplateFact>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly service?: Partial<ServiceFact>;
  readonly gateway?: Partial<GatewayFact>;
  readonly over?: Partial<Facts>;
}

const noApp = { ...fit, readiness: 'none', preStop: 'none', containers: [] } as const;
const auto = { image: 'auto', form: 'classic', role: '', dials: '' } as const;

function made(edge: Edge, fact: WorkloadFact, gateways: readonly GatewayFact[]): Facts {
  const version = edge.version ?? '1.29.6';
  const replicaSet = { meta: { ...meta('edge', 'ingress-1'), owner: owner('Deployment', 'ingress') } };
  const pods = Array.from({ length: fact.replicas }, (_unused, index): PodFact => {
    const pod = injected('edge', `ingress-${String(index)}`, version);
    const proxy = { image: `istio/proxyv2:${version}`, form: 'classic', role: 'router', dials: '' } as const;
    return owned({ ...pod, proxy }, owner('ReplicaSet', 'ingress-1'), fact.template.labels);
  });
  return cluster([plane(version)], [injector(version)], {
    namespaces: read(namespaceFact(meta('', 'edge', { 'istio.io/rev': revisionOf(version) }))),
    configMaps: read(configMapFact(meta('istio-system', `istio-${revisionOf(version)}`), { mesh: {} })),
    services: read(service('edge', 'ingress', { istio: 'ingress' }, edge.service)),
    replicaSets: read(replicaSet),
    gateways: read(...gateways),
    ...edge.over,
    deployments: read(fact),
    pods: read(...pods),
  });
}

function deployment(edge: Edge, over: Partial<TemplateFact>, labels: Readonly<Record<string, string>>): WorkloadFact {
  const all = { istio: 'ingress', ...labels, ...edge.labels };
  return workload('Deployment', 'edge', 'ingress', {
    ...numbers(3),
    selector: { istio: 'ingress' },
    ...edge.fact,
    template: template({ fitness: noApp, ...over, ...edge.template, labels: all }),
  });
}

/** Deployment edge/ingress of the gateway chart. */
export function ingress(edge: Edge = {}): Facts {
  const annotations = { 'inject.istio.io/templates': 'gateway' };
  return made(edge, deployment(edge, { proxy: auto, annotations }, {}), []);
}

/** The same as an istioctl profile makes it: the proxy is in the template. */
export function legacy(edge: Edge = {}): Facts {
  const version = edge.version ?? '1.29.6';
  const dials = `istiod-${revisionOf(version)}.istio-system.svc`;
  const proxy = { image: `istio/proxyv2:${version}`, form: 'classic', role: 'router', dials } as const;
  return made(edge, deployment(edge, { proxy }, {}), []);
}

/** Gateway edge/public of the Gateway API, or a waypoint, and its Deployment. */
export function managed(edge: Edge = {}): Facts {
  const isWaypoint = edge.gateway?.className === 'istio-waypoint';
  const controller = isWaypoint ? 'istio.io-mesh-controller' : 'istio.io-gateway-controller';
  const labels = { 'gateway.networking.k8s.io/gateway-name': 'public', 'gateway.istio.io/managed': controller };
  const fact = deployment(edge, { proxy: { ...auto, image: `istio/proxyv2:${edge.version ?? '1.29.6'}` } }, labels);
  const own = { ...fact, meta: meta('edge', 'ingress', { ...labels, ...edge.fact?.meta?.labels }) };
  const classes = [
    { meta: meta('', 'istio'), controller: 'istio.io/gateway-controller' },
    { meta: meta('', 'istio-waypoint'), controller: 'istio.io/mesh-controller' },
  ];
  const over = { gatewayClasses: read(...classes), ...edge.over };
  return made({ ...edge, over }, own, [gatewayFact(meta('edge', 'public'), edge.gateway)]);
}
