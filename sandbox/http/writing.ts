import type { KubeObject, PatchKind } from '../../src/kube/api.ts';
import { ApiFailure, badRequest, methodNotAllowed, unsupportedPatch } from '../store/failure.ts';
import { isObject, numberAt, objectAt, textAt, type JsonObject } from '../store/json.ts';
import type { Propagation, StoreDeleteOptions, StoreWriteOptions, Subresource } from '../store/types.ts';
import { jsonAnswer, successAnswer, warningHeaders, type Answer } from './answer.ts';
import type { Door } from './door.ts';
import { refOf, type NamedPlace, type Place } from './place.ts';
import { listOf, objectAnswer, selectionIn } from './reading.ts';
import { flagIn, objectBody, optionalBody, parseBody, type ApiRequest } from './request.ts';

/** POST to a collection. @throws ApiFailure as `createObject`, 405 without a namespace, 415 */
export function createOne(door: Door, place: Place, request: ApiRequest): Answer {
  if (place.kind.namespaced && place.namespace === undefined) throw methodNotAllowed();
  const object = placed(place, objectBody(request));
  const made = door.store.create(place.resource, object, writeOptions(request));
  return written(door, place, request, { status: 201, object: made });
}

/** PUT of an object or a part of it. @throws ApiFailure as `replaceObject`, 415 */
export function replaceOne(door: Door, place: NamedPlace, request: ApiRequest, part?: Subresource): Answer {
  const object = placed(place, objectBody(request));
  if (object.metadata.name !== place.name) {
    const text = `the name of the object (${object.metadata.name}) does not match the name on the URL (${place.name})`;
    throw badRequest(text);
  }
  const next = door.store.update(place.resource, object, {
    ...writeOptions(request),
    ...(part && { subresource: part }),
  });
  return written(door, place, request, { status: 200, object: next });
}

const patchKinds: Readonly<Record<string, PatchKind>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};

/** PATCH of an object or a part of it; an apply that creates answers 201. @throws ApiFailure as `patchObject`, 415 */
export function patchOne(door: Door, place: NamedPlace, request: ApiRequest, part?: Subresource): Answer {
  const how = patchKinds[request.contentType];
  if (!how) throw unsupportedPatch(Object.keys(patchKinds));
  const ref = refOf(place);
  const options = how === 'apply' ? applyOptions(request) : writeOptions(request);
  const status = how === 'apply' && !stored(door, place) ? 201 : 200;
  const next = door.store.patch(ref, how, parseBody(request), { ...options, ...(part && { subresource: part }) });
  return written(door, place, request, { status, object: next });
}

/** DELETE of one object: the object when it is still there, else a Status. @throws ApiFailure as `deleteObject` */
export function deleteOne(door: Door, place: NamedPlace, request: ApiRequest): Answer {
  const last = door.store.delete(refOf(place), deleteOptions(request.query, optionalBody(request), request.user));
  const isPod = place.kind.group === '' && place.kind.plural === 'pods';
  if (isPod || isLeaving(door, place, last)) return objectAnswer(door, place, request, { status: 200, object: last });
  const { group, plural } = place.kind;
  const details = { name: place.name, ...(group && { group }), kind: plural, uid: last.metadata.uid };
  return successAnswer(200, { details });
}

/** DELETE of a collection in one namespace. @throws ApiFailure 405 across namespaces */
export function deleteMany(door: Door, place: Place, request: ApiRequest): Answer {
  if (place.kind.namespaced && place.namespace === undefined) throw methodNotAllowed();
  const options = deleteOptions(request.query, optionalBody(request), request.user);
  const gone = door.store.deleteCollection(place.resource, selectionIn(place, request.query), options);
  return jsonAnswer(200, listOf(place, gone, { resourceVersion: door.store.resourceVersion }));
}

function isLeaving(door: Door, place: NamedPlace, last: KubeObject): boolean {
  const live = stored(door, place)?.metadata;
  return live !== undefined && live.uid === last.metadata.uid && live.deletionTimestamp !== undefined;
}

function stored(door: Door, place: NamedPlace): KubeObject | undefined {
  try {
    return door.store.get(refOf(place));
  } catch (error) {
    if (error instanceof ApiFailure && error.code === 404) return undefined;
    throw error;
  }
}

/** The body as an object of the place's namespace. @throws ApiFailure 400 when it says another */
function placed(place: Place, body: JsonObject): KubeObject {
  const metadata = body['metadata'] ?? {};
  if (!isObject(metadata)) throw badRequest('metadata is no object');
  const { namespace } = place;
  const own = metadata['namespace'];
  if (own !== undefined && own !== '' && own !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  const name = metadata['name'] ?? '';
  if (typeof name !== 'string') throw badRequest('metadata.name is no text');
  return { ...body, metadata: { ...metadata, name, ...(namespace !== undefined && { namespace }) } };
}

function written(
  door: Door,
  place: Place,
  request: ApiRequest,
  { status, object }: { status: number; object: KubeObject },
): Answer {
  return objectAnswer(door, place, request, { status, object, headers: warningHeaders(finalizerWarnings(object)) });
}

/** Source: Kubernetes 1.28 and later warn of finalizers without a domain. */
function finalizerWarnings(object: KubeObject): readonly string[] {
  const finalizers = object.metadata['finalizers'];
  if (!Array.isArray(finalizers)) return [];
  const wellKnown = ['orphan', 'foregroundDeletion', 'kubernetes'];
  return finalizers
    .map(String)
    .filter((name) => !name.includes('/') && !wellKnown.includes(name))
    .map(
      (name) =>
        `metadata.finalizers: "${name}": prefer a domain-qualified finalizer name including a path (/) ` +
        'to avoid accidental conflicts with other finalizer writers',
    );
}

/** How the query wants to write. Without fieldManager the program's name from User-Agent owns the fields. */
export function writeOptions(request: ApiRequest): StoreWriteOptions {
  const fromAgent = request.userAgent.split('/')[0]?.slice(0, 128) || 'unknown';
  return { ...applyOptions(request), fieldManager: request.query.get('fieldManager') || fromAgent };
}

function applyOptions({ query, user }: ApiRequest): StoreWriteOptions {
  const fieldManager = query.get('fieldManager');
  return {
    dryRun: dryRunIn(query.getAll('dryRun')),
    force: flagIn(query, 'force'),
    ...(fieldManager && { fieldManager }),
    ...(user !== undefined && { user }),
  };
}

function dryRunIn(values: readonly unknown[]): boolean {
  const wrong = values.find((value) => value !== 'All' && value !== '');
  if (wrong !== undefined)
    throw badRequest(`dryRun: Unsupported value: ${JSON.stringify(wrong)}: supported values: "All"`);
  return values.includes('All');
}

/** DeleteOptions of a body, which the query may complete. @throws ApiFailure 400 */
export function deleteOptions(query: URLSearchParams, body: JsonObject, user: string | undefined): StoreDeleteOptions {
  const preconditions = objectAt(body, 'preconditions');
  const [uid, resourceVersion] = [textAt(preconditions, 'uid'), textAt(preconditions, 'resourceVersion')];
  const propagation = propagationIn(query, body);
  const grace = numberAt(body, 'gracePeriodSeconds') ?? graceIn(query);
  const inBody: readonly unknown[] = Array.isArray(body['dryRun']) ? body['dryRun'] : [];
  return {
    dryRun: dryRunIn([...inBody, ...query.getAll('dryRun')]),
    ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { resourceVersion }),
    ...(propagation && { propagation }),
    ...(grace !== undefined && { gracePeriodSeconds: grace }),
    ...(user !== undefined && { user }),
  };
}

function graceIn(query: URLSearchParams): number | undefined {
  const text = query.get('gracePeriodSeconds');
  if (!text) return undefined;
  if (!/^\d{1,10}$/.test(text)) throw badRequest(`gracePeriodSeconds: ${JSON.stringify(text)} is no count of seconds`);
  return Number(text);
}

const propagations: readonly string[] = ['Background', 'Foreground', 'Orphan'] satisfies Propagation[];

function propagationIn(query: URLSearchParams, body: JsonObject): Propagation | undefined {
  const policy = textAt(body, 'propagationPolicy') ?? query.get('propagationPolicy');
  if (body['orphanDependents'] === true) return 'Orphan';
  if (!policy) return undefined;
  if (!propagations.includes(policy))
    throw badRequest(`propagationPolicy: Unsupported value: ${JSON.stringify(policy)}`);
  return policy as Propagation;
}
