import type { PodPort } from '../../src/kube/api.ts';
import { ApiFailure, notFound } from '../store/failure.ts';
import { at, numberAt, objectsAt, textAt, type JsonObject } from '../store/json.ts';
import { resources } from '../store/resources.ts';
import type { Store } from '../store/store.ts';

/** A request to a port of a pod. */
export interface PortRequest {
  readonly to: PodPort;
  readonly path: string;
  readonly method: 'GET' | 'POST';
  /** 'port-forward' arrives from 127.0.0.1 inside the pod, 'proxy' from the API server's address. */
  readonly via: 'port-forward' | 'proxy';
}

/** What came of it. `refused` carries why nobody answered. */
export type PortReply =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  | { readonly kind: 'refused'; readonly error: string };

/** The processes in the pods, as far as they answer HTTP. Without one every port refuses. */
export interface PortCaller {
  call(request: PortRequest): PortReply | Promise<PortReply>;
}

/**
 * The pod that a service's port leads to: the first endpoint that is ready, as the API server's proxy picks one.
 * @throws ApiFailure 404 without the service or its port, 503 without a ready endpoint
 */
export function podBehindService(store: Store, namespace: string, name: string, port: number): PodPort {
  const service = store.get({ resource: resources.services, namespace, name });
  const served = objectsAt(service, 'spec', 'ports').find((entry) => entry['port'] === port);
  if (!served) throw notFound(resources.services, `${name}:${port}`);
  const labelSelector = `kubernetes.io/service-name=${name}`;
  for (const slice of store.list(resources.endpointSlices, { namespace, labelSelector }).items) {
    const target = numberAt(
      objectsAt(slice, 'ports').find((entry) => samePort(entry, served)),
      'port',
    );
    const endpoint = objectsAt(slice, 'endpoints').find((entry) => at(entry, 'conditions', 'ready') !== false);
    const pod = textAt(endpoint, 'targetRef', 'name');
    if (target !== undefined && pod !== undefined) return { namespace, pod, port: target };
  }
  throw new ApiFailure(503, 'ServiceUnavailable', `no endpoints available for service "${name}"`);
}

const samePort = (slicePort: JsonObject, servicePort: JsonObject) =>
  (slicePort['name'] ?? '') === (servicePort['name'] ?? '');
