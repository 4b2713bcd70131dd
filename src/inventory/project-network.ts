/** Services, their endpoints, and gateways. */
import type { KubeObject } from '../kube/api.ts';
import type {
  EndpointFact,
  EndpointSliceFact,
  GatewayClassFact,
  GatewayFact,
  IstioGatewayFact,
  ListenerFact,
  ServiceFact,
} from '../mesh/facts.ts';
import { count, isRecord, record, records, text, texts, type Json } from './json.ts';
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
      nodePort: count(port['nodePort']),
      protocol: text(port['protocol']) || 'TCP',
      appProtocol: text(port['appProtocol']),
    })),
    addresses: records(record(status(object)['loadBalancer'])['ingress']).map(
      (ingress) => text(ingress['ip']) || text(ingress['hostname']),
    ),
    externalTrafficPolicy: text(wanted['externalTrafficPolicy']),
    uid: text(object.metadata.uid),
    internalTrafficPolicy: text(wanted['internalTrafficPolicy']),
    publishNotReady: wanted['publishNotReadyAddresses'] === true,
    sessionAffinity: text(wanted['sessionAffinity']) || 'None',
    headless: wanted['clusterIP'] === 'None',
    externalName: text(wanted['externalName']),
    loadBalancerIP: text(wanted['loadBalancerIP']),
    loadBalancerClass: text(wanted['loadBalancerClass']),
    healthCheckNodePort: count(wanted['healthCheckNodePort']),
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
    listeners: records(spec(object)['listeners']).map((one) => listener(one, status(object))),
    parameters: parameters(record(record(spec(object)['infrastructure'])['parametersRef'])),
  };
}

function listener(value: Json, state: Json): ListenerFact {
  const seen = records(state['listeners']).find((one) => one['name'] === value['name'])?.['attachedRoutes'];
  const tls = value['tls'];
  return {
    name: text(value['name']),
    port: count(value['port']),
    protocol: text(value['protocol']),
    hostname: text(value['hostname']),
    tlsMode: isRecord(tls) ? text(tls['mode']) || 'Terminate' : '',
    attachedRoutes: typeof seen === 'number' ? seen : null,
  };
}

function parameters(reference: Json): string {
  return text(reference['name']) === '' ? '' : `${text(reference['kind'])}/${text(reference['name'])}`;
}

/** A GatewayClass. */
export function gatewayClass(object: KubeObject, projection: Projection): GatewayClassFact {
  return { meta: meta(object, projection), controller: text(spec(object)['controllerName']) };
}

/** A Gateway of networking.istio.io. */
export function istioGateway(object: KubeObject, projection: Projection): IstioGatewayFact {
  return {
    meta: meta(object, projection),
    selector: projection.intern.map(spec(object)['selector']),
    servers: records(spec(object)['servers']).map((server) => ({
      port: count(record(server['port'])['number']),
      protocol: text(record(server['port'])['protocol']),
      hosts: texts(server['hosts']),
      tlsMode: isRecord(server['tls']) ? text(server['tls']['mode']) || 'SIMPLE' : '',
    })),
  };
}
