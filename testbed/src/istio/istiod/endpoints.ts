import type { KubeObject } from '../../../../src/kube/api.ts';
import { at, numberAt, objectsAt, textAt, type JsonObject } from '../../../../sandbox/store/json.ts';
import type { Endpoint } from './envoy.ts';

/** Services, and the EndpointSlices that say who serves for them. */
export interface Network {
  readonly services: readonly KubeObject[];
  readonly slices: readonly KubeObject[];
}

/** A Service's port, by number. */
export interface ServicePort {
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
}

/**
 * Who is not ready gets nothing; nor, by that, who is on its way out (endpointHealthStatus in Istio's
 * pilot/pkg/serviceregistry/kube/controller/endpointslice.go; draining for persistent sessions is left out).
 */
const serves = (endpoint: JsonObject): boolean => at(endpoint, 'conditions', 'ready') !== false;

function portName({ services }: Network, { namespace, service, port }: ServicePort): string | undefined {
  const found = services.find(({ metadata }) => metadata.namespace === namespace && metadata.name === service);
  if (found === undefined) return undefined;
  const own = objectsAt(found, 'spec', 'ports').find((one) => numberAt(one, 'port') === port);
  return own === undefined ? undefined : (textAt(own, 'name') ?? '');
}

/** Who serves at that port, each address once, sorted. A Service that nobody knows has none. */
export function endpointsOf(network: Network, wanted: ServicePort): readonly Endpoint[] {
  const name = portName(network, wanted);
  if (name === undefined) return [];
  const own = network.slices.filter(
    ({ metadata }) =>
      metadata.namespace === wanted.namespace && metadata.labels?.['kubernetes.io/service-name'] === wanted.service,
  );
  const found = own.flatMap((slice) => {
    const port = objectsAt(slice, 'ports').find((one) => (textAt(one, 'name') ?? '') === name);
    const number = numberAt(port, 'port');
    if (number === undefined) return [];
    const addresses = objectsAt(slice, 'endpoints')
      .filter(serves)
      .flatMap((one) => (one['addresses'] as readonly string[] | undefined) ?? []);
    return addresses.map((address) => [`${address}:${number}`, { address, port: number }] as const);
  });
  return [...new Map(found.sort(([a], [b]) => (a < b ? -1 : 1))).values()];
}
