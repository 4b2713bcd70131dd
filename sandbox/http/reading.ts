import type { KubeObject } from '../../src/kube/api.ts';
import { encodeContinue } from '../store/continue.ts';
import { ApiFailure, badRequest, expired, invalid } from '../store/failure.ts';
import { joinApiVersion } from '../store/registry.ts';
import type { Selection, StoreListOptions } from '../store/types.ts';
import { jsonAnswer, type Answer } from './answer.ts';
import type { Door } from './door.ts';
import { formOf, metadataOf, type Form } from './form.ts';
import { refOf, type NamedPlace, type Place } from './place.ts';
import { columnsOf } from './printer-columns.ts';
import { countIn, type ApiRequest } from './request.ts';
import { tableOf, type TableLayout } from './table.ts';

/** GET of one object. @throws ApiFailure 404, 406 */
export function getOne(door: Door, place: NamedPlace, request: ApiRequest): Answer {
  return objectAnswer(door, place, request, { status: 200, object: door.store.get(refOf(place)) });
}

/** An object in the form that the request accepts. @throws ApiFailure 406 */
export function objectAnswer(
  door: Door,
  place: Place,
  request: ApiRequest,
  { status, object, headers = {} }: { status: number; object: KubeObject; headers?: Answer['headers'] },
): Answer {
  const form = formOf(request.accept, request.query.get('includeObject'));
  if (form.kind === 'object') return jsonAnswer(status, object, headers);
  if (form.kind === 'metadata') return jsonAnswer(status, metadataOf(object), headers);
  const { resourceVersion } = object.metadata;
  return jsonAnswer(status, tableOf(layoutOf(door, place, form), [object], { resourceVersion }), headers);
}

/** How a table of the place's kind is made now. */
export function layoutOf(door: Door, place: Place, form: Extract<Form, { kind: 'table' }>): TableLayout {
  const columns = columnsOf(door.store, place.kind, place.resource.version);
  return { columns, include: form.include, now: Date.parse(door.store.now()) };
}

/** GET of a collection. @throws ApiFailure 400, 406, 410, 422, 504 */
export function listAll(door: Door, place: Place, request: ApiRequest): Answer {
  const form = formOf(request.accept, request.query.get('includeObject'));
  const { items, ...page } = pinned(request.query, () =>
    door.store.list(place.resource, listOptions(place, request.query, Number(door.store.resourceVersion))),
  );
  const metadata = {
    resourceVersion: page.resourceVersion,
    ...(page.continue !== undefined && { continue: page.continue }),
    ...(page.remaining !== undefined && { remainingItemCount: page.remaining }),
  };
  if (form.kind === 'table') return jsonAnswer(200, tableOf(layoutOf(door, place, form), items, metadata));
  if (form.kind === 'object') return jsonAnswer(200, listOf(place, items, metadata));
  const partial = { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata };
  return jsonAnswer(200, { ...partial, items: items.map(metadataOf) });
}

/** A list as the kind's own type; as in Kubernetes the items of built-in kinds do not repeat their kind. */
export function listOf(place: Place, items: readonly KubeObject[], metadata: object): object {
  const { kind, resource } = place;
  return {
    kind: `${kind.kind}List`,
    apiVersion: joinApiVersion(resource.group, resource.version),
    metadata,
    items: kind.custom ? items : items.map((item) => ({ ...item, kind: undefined, apiVersion: undefined })),
  };
}

/** Namespace of the path, selectors of the query. */
export function selectionIn(place: Place, query: URLSearchParams): Selection {
  const labelSelector = query.get('labelSelector');
  const fieldSelector = query.get('fieldSelector');
  return {
    ...(place.namespace !== undefined && { namespace: place.namespace }),
    ...(labelSelector && { labelSelector }),
    ...(fieldSelector && { fieldSelector }),
  };
}

function listOptions(place: Place, query: URLSearchParams, current: number): StoreListOptions {
  const limit = countIn(query, 'limit');
  const token = query.get('continue') || exactToken(query, current);
  return {
    ...selectionIn(place, query),
    ...(limit !== undefined && limit > 0 && { limit }),
    ...(token !== undefined && { continue: token }),
  };
}

/**
 * The rules of `resourceVersion` and `resourceVersionMatch` for lists. Everything but an exact version is answered with
 * the latest state, which is never older than what was asked for. Source: Kubernetes documentation, "API Concepts".
 * @returns a token that lists the exact version from its beginning
 */
function exactToken(query: URLSearchParams, current: number): string | undefined {
  const version = query.get('resourceVersion') ?? '';
  const match = query.get('resourceVersionMatch') ?? '';
  if (match !== '' && match !== 'Exact' && match !== 'NotOlderThan') {
    throw matchRefused(`Unsupported value: ${JSON.stringify(match)}: supported values: "Exact", "NotOlderThan"`);
  }
  if (version === '') {
    if (match !== '')
      throw matchRefused('Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided');
    return undefined;
  }
  const revision = revisionOf(version);
  if (match === 'Exact' && revision === 0) {
    throw matchRefused('Forbidden: resourceVersionMatch "Exact" is forbidden for resourceVersion "0"');
  }
  if (revision > current) throw tooLarge(revision, current);
  return match === 'Exact' ? encodeContinue({ revision, after: '' }) : undefined;
}

function pinned<T>(query: URLSearchParams, list: () => T): T {
  const version = query.get('resourceVersion');
  if (query.get('continue') && version && version !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue');
  }
  try {
    return list();
  } catch (error) {
    const isExact = !query.get('continue') && error instanceof ApiFailure && error.code === 410;
    throw isExact ? expired('The resourceVersion for the provided list is too old.') : error;
  }
}

/** A resourceVersion as a number. @throws ApiFailure 400 */
export function revisionOf(text: string): number {
  if (!/^\d{1,15}$/.test(text))
    throw badRequest(`Invalid value: ${JSON.stringify(text)}: resourceVersion is no number`);
  return Number(text);
}

function tooLarge(asked: number, current: number): ApiFailure {
  const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }];
  const message = `Timeout: Too large resource version: ${asked}, current: ${current}`;
  return new ApiFailure(504, 'Timeout', message, { causes, retryAfterSeconds: 1 });
}

/** 422 of the option resourceVersionMatch; `text` is what follows the field. */
export function matchRefused(text: string): ApiFailure {
  const options = { group: 'meta.k8s.io', plural: 'listoptions', kind: 'ListOptions' };
  return invalid(options, '', [{ field: 'resourceVersionMatch', reason: 'FieldValueForbidden', text }]);
}
