import { rawDocument } from '../api/discovery.ts';
import { textAt, type JsonObject } from '../store/json.ts';
import { pageNotFound, type Answer } from './answer.ts';
import { groupOf, groupResources, isReviewGroup, withHttpOnly } from './discovery-additions.ts';
import type { Door } from './door.ts';
import { openApiDocument } from './openapi.ts';
import type { ApiRequest } from './request.ts';

/** The answer to a GET of a path that names no kind: version, health, discovery, OpenAPI. Undefined for all others. */
export function documentAnswer(door: Door, request: ApiRequest): Answer | undefined {
  if (request.method !== 'GET') return undefined;
  const { path } = request;
  const kinds = [...door.store.kinds()];
  if (path.startsWith('/openapi/')) return openApiDocument(kinds, door.gitVersion, path) ?? pageNotFound();
  const [, root, group = '', version = '', ...more] = path.split('/');
  if (root === 'apis' && isReviewGroup(group) && more.length === 0) return ofReviewGroup(group, version);
  const aggregated = aggregatedVersion(request.accept);
  const accept = aggregated === undefined ? '' : 'as=APIGroupDiscoveryList';
  const document = rawDocument({ kinds, gitVersion: door.gitVersion }, path, accept);
  if (!document) return undefined;
  if (!document.contentType.startsWith('application/json')) return { status: 200, ...document };
  const parsed = JSON.parse(document.body) as JsonObject;
  return discoveryAnswer(path, parsed, aggregated ?? 'v2');
}

/** The first form of the Accept header: the version of aggregated discovery, or undefined for the legacy documents. */
function aggregatedVersion(accept: string): 'v2' | 'v2beta1' | undefined {
  for (const range of accept.split(',')) {
    const parts = range.split(';').map((part) => part.trim());
    if (parts[0] !== 'application/json' && parts[0] !== '*/*') continue;
    if (!parts.includes('as=APIGroupDiscoveryList')) return undefined;
    if (parts.includes('v=v2')) return 'v2';
    if (parts.includes('v=v2beta1')) return 'v2beta1';
  }
  return undefined;
}

function discoveryAnswer(path: string, parsed: JsonObject, version: 'v2' | 'v2beta1'): Answer {
  const body = withHttpOnly(path.replace(/\/$/, ''), parsed);
  if (textAt(parsed, 'kind') !== 'APIGroupDiscoveryList') return ok('application/json', body);
  // kubectl falls back to a walk over every group unless the type is repeated.
  const type = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
  return ok(type, { ...body, apiVersion: `apidiscovery.k8s.io/${version}` });
}

function ofReviewGroup(group: string, version: string): Answer {
  if (version === '') return ok('application/json', { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(group) });
  if (version !== 'v1') return pageNotFound();
  const resources = groupResources(group);
  return ok('application/json', { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: `${group}/v1`, resources });
}

const ok = (contentType: string, value: unknown): Answer => ({ status: 200, contentType, body: JSON.stringify(value) });
