import type { PodPort } from '../../src/kube/api.ts';
import { podBehindService } from '../api/ports.ts';
import { ApiFailure, badRequest, methodNotAllowed, notFound } from '../store/failure.ts';
import { numberAt, objectsAt } from '../store/json.ts';
import { resources } from '../store/resources.ts';
import type { Store } from '../store/store.ts';
import { textAnswer, type Answer } from './answer.ts';
import type { Door } from './door.ts';
import type { NamedPlace } from './place.ts';
import type { ApiRequest } from './request.ts';

/**
 * A request to a port of a pod, or of the pod behind a service, as the API server's proxy passes it on. The name on the
 * path is NAME, NAME:PORT or SCHEME:NAME:PORT; a service's port may be a name.
 * @throws ApiFailure 404, 405 for methods other than GET and POST, 503 when nothing answers
 */
export async function proxied(door: Door, place: NamedPlace, request: ApiRequest): Promise<Answer> {
  const { method } = request;
  if (method !== 'GET' && method !== 'POST') throw methodNotAllowed();
  const to = targetOf(door.store, place);
  const query = request.query.toString();
  const path = `${place.rest === '' ? '/' : place.rest}${query === '' ? '' : `?${query}`}`;
  const reply = await door.ports.call({ to, path, method, via: 'proxy' });
  if (reply.kind === 'answered') return textAnswer(reply.status, reply.body);
  throw new ApiFailure(503, 'ServiceUnavailable', `error trying to reach service: ${reply.error}`);
}

function targetOf(store: Store, place: NamedPlace): PodPort {
  const namespace = place.namespace ?? '';
  const { name, port } = split(place.name);
  if (place.kind.plural === 'services') {
    return podBehindService(store, namespace, name, servicePort(store, namespace, name, port));
  }
  const pod = store.get({ resource: resources.pods, namespace, name });
  return { namespace, pod: name, port: port === '' ? firstPort(pod) : portNumber(port) };
}

function split(text: string): { readonly name: string; readonly port: string } {
  const parts = text.split(':');
  const [first = '', second = '', third = ''] = parts;
  if (parts.length === 1) return { name: first, port: '' };
  return parts.length === 2 ? { name: first, port: second } : { name: second, port: third };
}

/** A proxied pod without a port on the path means its first declared one, else 80. */
const firstPort = (pod: unknown) =>
  numberAt(objectsAt(objectsAt(pod, 'spec', 'containers')[0], 'ports')[0], 'containerPort') ?? 80;

function portNumber(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw badRequest(`invalid port ${JSON.stringify(text)}`);
  return port;
}

function servicePort(store: Store, namespace: string, name: string, port: string): number {
  if (/^\d+$/.test(port)) return portNumber(port);
  const service = store.get({ resource: resources.services, namespace, name });
  const ports = objectsAt(service, 'spec', 'ports');
  const chosen = port === '' && ports.length === 1 ? ports[0] : ports.find((entry) => (entry['name'] ?? '') === port);
  const found = numberAt(chosen, 'port');
  if (found === undefined) throw notFound(resources.services, `${name}:${port}`);
  return found;
}
