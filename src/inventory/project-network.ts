/** Services, their endpoints, and gateways. */
import type { KubeObject } from '../kube/api.ts';
import type {
  EndpointFact,
  EndpointSliceFact,
  GatewayClassFact,
  GatewayFact,
  IstioGatewayFact,
  ServiceFact,
} from '../mesh/facts.ts';
import { count, record, records, text, type Json } from './json.ts';
import { condition, meta, spec, status, type Projection } from './project-meta.ts';

/** A Service. */
export function service(object: KubeObject, projection: Projection): ServiceFact {
  const wanted = spec(object);
  return {
    meta: meta(object, projection),
    type: text(wanted['type']) || 'ClusterIP',
    selector: projection.intern.map(wanted['selector']),
    ports: records(wanted['ports']).map((port) => ({
      name: text(port['name']),
      port: count(port['port']),
      targetPort: text(port['targetPort']),
    })),
    addresses: records(record(status(object)['loadBalancer'])['ingress']).map(
      (ingress) => text(ingress['ip']) || text(ingress['hostname']),
    ),
    externalTrafficPolicy: text(wanted['externalTrafficPolicy']),
  };
}

/** An EndpointSlice. */
export function endpointSlice(object: KubeObject, projection: Projection): EndpointSliceFact {
  const fact = meta(object, projection);
  return {
    meta: fact,
    service: fact.labels['kubernetes.io/service-name'] ?? '',
    endpoints: records(object['endpoints']).map(endpoint),
  };
}

// discovery.k8s.io/v1: an absent `ready` means true, an absent `serving` means the same as `ready`.
function endpoint(value: Json): EndpointFact {
  const conditions = record(value['conditions']);
  const ready = conditions['ready'] !== false;
  const target = record(value['targetRef']);
  return {
    ready,
    serving: typeof conditions['serving'] === 'boolean' ? conditions['serving'] : ready,
    terminating: conditions['terminating'] === true,
    pod: target['kind'] === 'Pod' ? text(target['name']) : '',
  };
}

/** A Gateway of the Gateway API. */
export function gateway(object: KubeObject, projection: Projection): GatewayFact {
  const programmed = condition(status(object), 'Programmed');
  return {
    meta: meta(object, projection),
    className: text(spec(object)['gatewayClassName']),
    addresses: records(status(object)['addresses']).map((address) => text(address['value'])),
    programmed: programmed === 'True' ? true : programmed === 'False' ? false : null,
    manual: records(spec(object)['addresses']).some((address) => address['type'] === 'Hostname'),
  };
}

/** A GatewayClass. */
export function gatewayClass(object: KubeObject, projection: Projection): GatewayClassFact {
  return { meta: meta(object, projection), controller: text(spec(object)['controllerName']) };
}

/** A Gateway of networking.istio.io. */
export function istioGateway(object: KubeObject, projection: Projection): IstioGatewayFact {
  return { meta: meta(object, projection), selector: projection.intern.map(spec(object)['selector']) };
}
