/** Kubernetes over HTTP. */
import type { KubeApi } from './api.ts';
import type { Connection } from './connection.ts';
import { listPages } from './list.ts';
import { forwardedRequest, proxyGet } from './port-forward.ts';
import { type Transport, transport as makeTransport } from './transport.ts';
import { watchKind } from './watch.ts';
import { getObject, writer } from './write.ts';

/** How to talk to the server. */
export interface HttpOptions {
  /** Milliseconds for a call, its body and its retries together. Default 30,000. */
  readonly requestTimeoutMs?: number;
  /** Default 'meshlift'. */
  readonly userAgent?: string;
  /** Milliseconds since any fixed point. Default: the process's monotonic clock. */
  readonly now?: () => number;
  /** In [0, 1); spreads retries. Default Math.random. */
  readonly random?: () => number;
  /** Milliseconds; upper bound of the first back-off, which doubles. Default 250. */
  readonly backoffMs?: number;
  /** Milliseconds of silence after which a watch is opened anew. Default 150,000. */
  readonly watchIdleMs?: number;
  /** Requests a second and at once. Default 50 and 100. */
  readonly rate?: { readonly perSecond: number; readonly burst: number };
}

/** The `KubeApi` of a connection. Nothing is sent before the first call. */
export function httpKubeApi(connection: Connection, options: HttpOptions = {}): KubeApi {
  const backoffMs = options.backoffMs ?? 250;
  const times = { idleMs: options.watchIdleMs ?? 150_000, backoffMs };
  const transport = makeTransport(connection, {
    requestTimeoutMs: options.requestTimeoutMs ?? 30_000,
    userAgent: options.userAgent ?? 'meshlift',
    now: options.now ?? (() => performance.now()),
    random: options.random ?? Math.random,
    backoffMs,
    rate: options.rate ?? { perSecond: 50, burst: 100 },
  });
  return {
    server: connection.server,
    getRaw: async (path, call = {}) => getRaw(transport, path, call),
    list: (resource, list) => listPages(transport, resource, list),
    get: async (ref, call = {}) => getObject(transport, ref, call),
    ...writer(transport),
    watch: (resource, watch) => watchKind(transport, resource, watch, times),
    forwardedRequest: async (to, path, call = {}) => forwardedRequest(transport, to, path, call),
    proxyGet: async (to, path, call = {}) => proxyGet(transport, to, path, call),
    close: async () => transport.close(),
  };
}

async function getRaw(
  transport: Transport,
  path: string,
  options: NonNullable<Parameters<KubeApi['getRaw']>[1]>,
): Promise<string> {
  const answer = await transport.call({
    method: 'GET',
    path,
    attempt: { verb: 'get', object: path, right: `get ${path}`, server: transport.connection.server },
    signal: options.signal,
    deadlineMs: options.deadlineMs,
    ...(options.accept ? { accept: options.accept } : {}),
  });
  return answer.body.toString('utf8');
}
