import type { IncomingMessage } from 'node:http';
import { parse as parseYaml } from 'yaml';
import { ApiFailure, badRequest } from '../store/failure.ts';
import { isObject, type JsonObject } from '../store/json.ts';

/** A request that has arrived whole. */
export interface ApiRequest {
  readonly method: string;
  /** Still percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Value of Accept; '' without one. */
  readonly accept: string;
  /** Media type of the body, lower-case and without parameters; '' without one. */
  readonly contentType: string;
  readonly userAgent: string;
  /** Who is impersonated, if anyone. */
  readonly user: string | undefined;
  readonly body: string;
}

/** Bytes of a body that a real server takes (--max-request-bytes of etcd and the API server's own limit). */
const maxBodyBytes = 3 * 1024 * 1024;

/** Reads the request to its end. @throws ApiFailure 413 when the body is too large */
export async function readRequest(message: IncomingMessage): Promise<ApiRequest> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message) {
    size += (chunk as Buffer).length;
    if (size > maxBodyBytes) throw tooLarge();
    chunks.push(chunk as Buffer);
  }
  const { path, query } = targetOf(message);
  const { headers } = message;
  const user = headers['impersonate-user'];
  return {
    method: message.method ?? 'GET',
    path,
    query,
    accept: headers.accept ?? '',
    contentType: (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '',
    userAgent: headers['user-agent'] ?? '',
    user: typeof user === 'string' ? user : undefined,
    body: Buffer.concat(chunks).toString('utf8'),
  };
}

/** Path and query as they were sent; `URL` would resolve '..' and double slashes, which a proxied path may hold. */
export function targetOf(message: IncomingMessage): { readonly path: string; readonly query: URLSearchParams } {
  const url = message.url ?? '/';
  const mark = url.indexOf('?');
  if (mark < 0) return { path: url, query: new URLSearchParams() };
  return { path: url.slice(0, mark), query: new URLSearchParams(url.slice(mark + 1)) };
}

function tooLarge(): ApiFailure {
  const message = `Request entity too large: limit is ${maxBodyBytes}`;
  return new ApiFailure(413, 'RequestEntityTooLarge', message);
}

const jsonTypes: readonly string[] = ['', 'application/json'];
const yamlTypes: readonly string[] = ['application/yaml', 'application/apply-patch+yaml'];

/** The body of a create or update. @throws ApiFailure 415 for protobuf and other types, 400 when it is no object */
export function objectBody(request: ApiRequest): JsonObject {
  if (!jsonTypes.includes(request.contentType) && request.contentType !== 'application/yaml') {
    throw unsupportedBody(request.contentType);
  }
  const value = parseBody(request);
  if (!isObject(value)) throw badRequest('the object provided is unrecognized: the body is no object');
  return value;
}

/** Like `objectBody`, for a body that may be left out. */
export function optionalBody(request: ApiRequest): JsonObject {
  return request.body.trim() === '' ? {} : objectBody(request);
}

/** The body as JSON, or YAML when its type says so. @throws ApiFailure 400 */
export function parseBody(request: ApiRequest): unknown {
  try {
    return JSON.parse(request.body);
  } catch (error) {
    if (!yamlTypes.includes(request.contentType)) throw unreadable(error);
  }
  try {
    return parseYaml(request.body);
  } catch (error) {
    throw unreadable(error);
  }
}

function unreadable(error: unknown): ApiFailure {
  return badRequest(`the body cannot be read: ${error instanceof Error ? error.message : String(error)}`);
}

function unsupportedBody(type: string): ApiFailure {
  const accepted = 'accepted media types include: application/json, application/yaml';
  const message = `the body of the request was in an unknown format (${type}) - ${accepted}`;
  return new ApiFailure(415, 'UnsupportedMediaType', message);
}

/** A whole number of the query; undefined when it is not there. @throws ApiFailure 400 */
export function countIn(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^\d{1,15}$/.test(text)) throw badRequest(`${name}: ${JSON.stringify(text)} is no count`);
  return Number(text);
}

/** A truth value of the query as Go reads one; false when it is not there. */
export function flagIn(query: URLSearchParams, name: string): boolean {
  return ['1', 't', 'true'].includes((query.get(name) ?? '').toLowerCase());
}
