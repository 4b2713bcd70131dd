import { request as send, STATUS_CODES } from 'node:http';
import type {
  ClientRequest,
  IncomingHttpHeaders,
  IncomingMessage,
  OutgoingHttpHeaders,
  ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import { splice } from '../net/splice.ts';
import { tryEndpoints } from './attempts.ts';
import type { Cluster, Endpoint } from './cluster.ts';
import { localReplies, type Attempt, type LocalFailure } from './local-reply.ts';
import { Replay } from './replay.ts';
import { DialFailed, type Upstreams } from './upstreams.ts';

/** What a protocol needs of the proxy. */
export interface ProxySide {
  readonly upstreams: Upstreams;
  /** True once the proxy sends its clients away. */
  readonly draining: () => boolean;
}

/** Headers that belong to one connection (RFC 9110, 7.6.1). */
const hopByHop: readonly string[] = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
];

/** Headers of a message without those of its connection, and without those of HTTP/2. */
export function endToEnd(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !hopByHop.includes(name) && !name.startsWith(':')),
  );
}

/** Forwards a request to a cluster, or answers it itself. */
export async function forwardHttp1(
  side: ProxySide,
  cluster: Cluster | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = new Replay(request);
  const failed = cluster
    ? await tryEndpoints(cluster, (endpoint) => exchange(side, { cluster, endpoint, body }, request, response))
    : 'NR';
  if (failed && !response.destroyed) answer(side, response, failed);
}

interface Exchange {
  readonly cluster: Cluster;
  readonly endpoint: Endpoint;
  readonly body: Replay;
}

function exchange(
  side: ProxySide,
  { cluster, endpoint, body }: Exchange,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Attempt> {
  const end = cluster.begin(endpoint);
  const outgoing = sendTo(side, endpoint, request, endToEnd(request.headers));
  outgoing.on('socket', () => body.to(outgoing));
  // Node counts a client that has left as a broken request: it is nobody's failure.
  const abandon = () => outgoing.destroy();
  response.once('close', abandon);
  return new Promise((resolve) => {
    outgoing.on('close', () => {
      end();
      resolve('terminated');
    });
    outgoing.on('error', (error) => resolve(response.destroyed ? 'answered' : attemptOf(error)));
    outgoing.on('response', (incoming) => {
      resolve('answered');
      incoming.on('error', () => response.destroy());
      if (response.destroyed) return;
      response.writeHead(incoming.statusCode ?? 502, closing(side, endToEnd(incoming.headers)));
      incoming.pipe(response);
    });
  });
}

function sendTo(
  side: ProxySide,
  endpoint: Endpoint,
  request: IncomingMessage,
  headers: OutgoingHttpHeaders,
): ClientRequest {
  const { method, url } = request;
  return send({
    agent: side.upstreams.agent,
    host: endpoint.uid,
    headers,
    ...(method !== undefined && { method }),
    ...(url !== undefined && { path: url }),
  });
}

/** How an attempt ended that brought no answer. */
export function attemptOf(error: unknown): Attempt {
  return error instanceof DialFailed ? error.kind : 'terminated';
}

const closing = (side: ProxySide, headers: OutgoingHttpHeaders): OutgoingHttpHeaders =>
  side.draining() ? { ...headers, connection: 'close' } : headers;

function answer(side: ProxySide, response: ServerResponse, failed: LocalFailure): void {
  const { status, text } = localReplies[failed];
  response.writeHead(
    status,
    closing(side, { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(text) }),
  );
  response.end(text);
}

/** Forwards a request to change the protocol (WebSocket) and then joins both connections until one of them ends. */
export async function forwardUpgrade(
  side: ProxySide,
  cluster: Cluster | undefined,
  request: IncomingMessage,
  downstream: Socket,
): Promise<void> {
  const failed = cluster
    ? await tryEndpoints(cluster, (endpoint) => upgrade(side, cluster, endpoint, [request, downstream]))
    : 'NR';
  if (!failed || downstream.destroyed) return;
  const { status, text } = localReplies[failed];
  refuseUpgrade(downstream, status, text);
}

function upgrade(
  side: ProxySide,
  cluster: Cluster,
  endpoint: Endpoint,
  [request, downstream]: readonly [IncomingMessage, Socket],
): Promise<Attempt> {
  const end = cluster.begin(endpoint);
  const headers = { ...endToEnd(request.headers), connection: 'Upgrade', upgrade: request.headers.upgrade };
  const outgoing = sendTo(side, endpoint, request, headers);
  outgoing.end();
  return new Promise((resolve) => {
    outgoing.on('error', (error) => {
      end();
      resolve(downstream.destroyed ? 'answered' : attemptOf(error));
    });
    outgoing.on('response', (incoming) => {
      end();
      incoming.resume();
      resolve('answered');
      refuseUpgrade(downstream, incoming.statusCode ?? 502, '');
    });
    outgoing.on('upgrade', (incoming, upstream: Socket, head) => {
      resolve('answered');
      downstream.write(headOf(101, incoming.headers));
      if (head.length > 0) downstream.write(head);
      splice(downstream, upstream, end);
    });
  });
}

function headOf(status: number, headers: IncomingHttpHeaders): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n`;
}

function refuseUpgrade(downstream: Socket, status: number, text: string): void {
  const length = String(Buffer.byteLength(text));
  downstream.end(headOf(status, { connection: 'close', 'content-length': length }) + text);
}
