import { badRequest, methodNotAllowed, unknownResource } from '../store/failure.ts';
import { objectAt, textAt, type JsonObject } from '../store/json.ts';
import type { Subresource } from '../store/types.ts';
import { jsonAnswer, successAnswer, type Answer } from './answer.ts';
import type { Door } from './door.ts';
import { refOf, type NamedPlace } from './place.ts';
import { proxied } from './proxy.ts';
import { getOne } from './reading.ts';
import { objectBody, type ApiRequest } from './request.ts';
import { deleteOptions, patchOne, replaceOne } from './writing.ts';

type Handler = (door: Door, place: NamedPlace, request: ApiRequest) => Answer | Promise<Answer>;

/** Parts of objects, by name and method. */
const handlers: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  status: {
    GET: getOne,
    PUT: (door, place, request) => replaceOne(door, place, request, 'status'),
    PATCH: (door, place, request) => patchOne(door, place, request, 'status'),
  },
  scale: {
    GET: (door, place) => jsonAnswer(200, door.store.scale(refOf(place))),
    PUT: (door, place, request) => replaceOne(door, place, request, 'scale'),
    PATCH: (door, place, request) => patchOne(door, place, request, 'scale'),
  },
  finalize: { PUT: (door, place, request) => replaceOne(door, place, request, 'finalize') },
  eviction: { POST: evict },
  binding: { POST: bind },
};

/** Subresources that the store does not know, by 'plural/name'. */
const beyondTheStore: Readonly<Record<string, Handler>> = {
  'pods/proxy': proxied,
  'services/proxy': proxied,
  'pods/portforward': () => {
    throw badRequest('Upgrade request required: a WebSocket with protocol v4.channel.k8s.io or v5.channel.k8s.io');
  },
  'serviceaccounts/token': token,
};

/** A request to a part of an object. @throws ApiFailure 404 when the kind has no such part, 405 */
export function subresourceAnswer(
  door: Door,
  place: NamedPlace,
  subresource: string,
  request: ApiRequest,
): Answer | Promise<Answer> {
  const beyond = place.kind.group === '' ? beyondTheStore[`${place.kind.plural}/${subresource}`] : undefined;
  if (beyond) return beyond(door, place, request);
  if (!place.kind.subresources.includes(subresource as Subresource)) throw unknownResource();
  const handler = handlers[subresource]?.[request.method];
  if (!handler) throw methodNotAllowed();
  return handler(door, place, request);
}

function evict(door: Door, place: NamedPlace, request: ApiRequest): Answer {
  const body = objectBody(request);
  checkName(place, body, 'Eviction');
  const options = deleteOptions(request.query, objectAt(body, 'deleteOptions') ?? {}, request.user);
  door.store.evict(refOf(place), options);
  return successAnswer(201, { code: 201 });
}

function bind(door: Door, place: NamedPlace, request: ApiRequest): Answer {
  const body = objectBody(request);
  checkName(place, body, 'Binding');
  const node = textAt(body, 'target', 'name');
  if (!node) throw badRequest('target.name of a Binding is required');
  door.store.bind(refOf(place), node);
  return successAnswer(201, { code: 201 });
}

function checkName(place: NamedPlace, body: JsonObject, what: string): void {
  const name = textAt(body, 'metadata', 'name');
  if (name !== undefined && name !== place.name) throw badRequest(`name in URL does not match name in ${what} object`);
}

/** A token that names its account and proves nothing: the server lets everybody in. */
function token(door: Door, place: NamedPlace, request: ApiRequest): Answer {
  if (request.method !== 'POST') throw methodNotAllowed();
  const body = objectBody(request);
  const account = door.store.get(refOf(place));
  const seconds = objectAt(body, 'spec')?.['expirationSeconds'];
  const lifetime = typeof seconds === 'number' ? seconds : 3600;
  const expires = new Date(Date.parse(door.store.now()) + lifetime * 1000).toISOString();
  return jsonAnswer(201, {
    ...body,
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name: account.metadata.name, namespace: place.namespace, creationTimestamp: door.store.now() },
    status: {
      token: `sandbox.${place.namespace ?? ''}.${account.metadata.name}`,
      expirationTimestamp: `${expires.slice(0, 19)}Z`,
    },
  });
}
