import { at, numberAt, objectsAt, textAt, type JsonObject } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import type { Store } from '../../store/store.ts';
import type { Endpoint } from '../proxy/cluster.ts';

/** A port of a Service. */
export interface ServicePort {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

/** Endpoints of one port of a Service. */
export interface PortEndpoints {
  readonly ready: readonly Endpoint[];
  /** On their way out and still serving: what kube-proxy falls back to when none is ready (KEP-1669). */
  readonly serving: readonly Endpoint[];
}

/** All Services with their endpoints at one moment; keys by `keyOfPort`. */
export type ServicesView = ReadonlyMap<string, PortEndpoints>;

/** "namespace/name:port". */
export function keyOfPort({ namespace, name, port }: ServicePort): string {
  return `${namespace}/${name}:${port}`;
}

/** Name of a service in the cluster's DNS. */
export function hostOf({ namespace, name }: Pick<ServicePort, 'namespace' | 'name'>): string {
  return `${name}.${namespace}.svc.cluster.local`;
}

/** What the store knows of Services and EndpointSlices now. */
export function servicesView(store: Store): ServicesView {
  const slices = new Map<string, JsonObject[]>();
  for (const slice of store.all(resources.endpointSlices)) {
    const key = `${slice.metadata.namespace ?? ''}/${slice.metadata.labels?.['kubernetes.io/service-name'] ?? ''}`;
    slices.set(key, [...(slices.get(key) ?? []), slice]);
  }
  const view = new Map<string, PortEndpoints>();
  for (const service of store.all(resources.services)) {
    const { name, namespace = '' } = service.metadata;
    for (const port of objectsAt(service, 'spec', 'ports')) {
      const key = keyOfPort({ namespace, name, port: numberAt(port, 'port') ?? 0 });
      view.set(key, endpointsOf(slices.get(`${namespace}/${name}`) ?? [], textAt(port, 'name') ?? ''));
    }
  }
  return view;
}

function endpointsOf(slices: readonly JsonObject[], portName: string): PortEndpoints {
  const found = { ready: [] as Endpoint[], serving: [] as Endpoint[] };
  for (const slice of slices) {
    const port = objectsAt(slice, 'ports').find((entry) => (entry['name'] ?? '') === portName);
    const number = numberAt(port, 'port');
    if (number === undefined) continue;
    for (const endpoint of objectsAt(slice, 'endpoints')) {
      const uid = textAt(endpoint, 'targetRef', 'uid');
      const addresses = at(endpoint, 'addresses');
      const address = Array.isArray(addresses) ? String(addresses[0]) : '';
      if (uid === undefined) continue;
      const known = { uid, address: `${address}:${number}` };
      // Missing means ready (EndpointSlice API).
      if (at(endpoint, 'conditions', 'ready') !== false) found.ready.push(known);
      else if (at(endpoint, 'conditions', 'serving') === true) found.serving.push(known);
    }
  }
  return found;
}
