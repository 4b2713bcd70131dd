import { createServer as createHttp } from 'node:http';
import type { RequestListener, Server as HttpServer } from 'node:http';
import { createSecureServer, createServer as createH2 } from 'node:http2';
import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import { createServer as createHttps } from 'node:https';
import { createServer as createTcp } from 'node:net';
import type { Server, Socket } from 'node:net';
import { createServer as createTls } from 'node:tls';
import type { TlsOptions } from 'node:tls';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { loopbackCert, loopbackKey } from './certificate.ts';

/** A server on a free loopback port. */
export interface LoopbackServer {
  readonly port: number;
  /** Ends all connections, then the server. */
  close(): Promise<void>;
}

/** Listens on 127.0.0.1 and keeps track of the connections, so that closing never waits for a client. */
export async function listen(server: Server | HttpServer, port = 0): Promise<LoopbackServer> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

const tls = { cert: loopbackCert, key: loopbackKey };

/** HTTP/1.1. */
export function http1Server(handler: RequestListener): Promise<LoopbackServer> {
  return listen(createHttp(handler));
}

/** HTTP/1.1 over TLS. */
export function https1Server(handler: RequestListener, more: TlsOptions = {}): Promise<LoopbackServer> {
  return listen(createHttps({ ...tls, ...more }, handler));
}

/** Raw TLS; it names no protocol in the handshake. */
export function tlsServer(handler: (socket: Socket) => void): Promise<LoopbackServer> {
  return listen(createTls(tls, handler));
}

/** Raw TCP. */
export function tcpServer(handler: (socket: Socket) => void): Promise<LoopbackServer> {
  return listen(createTcp(handler));
}

/** HTTP/2, in clear text or over TLS. */
export function h2Server(
  onStream: (stream: ServerHttp2Stream) => void,
  options: { readonly secure?: boolean; readonly onSession?: (session: ServerHttp2Session) => void } = {},
): Promise<LoopbackServer> {
  const server = options.secure === true ? createSecureServer(tls) : createH2();
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.on('error', () => undefined);
    onStream(stream);
  });
  server.on('session', (session: ServerHttp2Session) => {
    session.on('error', () => undefined);
    options.onSession?.(session);
  });
  return listen(server);
}

/** The connection itself: what a session shows of it forbids to end it. */
export function socketOf(session: object = {}): Socket {
  const symbol = Object.getOwnPropertySymbols(session).find((key) => key.description === 'socket');
  const socket: unknown = symbol === undefined ? undefined : Reflect.get(session, symbol);
  if (socket === undefined) throw new Error('the session has no socket');
  return socket as Socket;
}

/** Answers a gRPC call with an empty message and the given status. */
export function answerGrpc(stream: ServerHttp2Stream, status = 0, message = ''): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': String(status), 'grpc-message': message }));
  stream.end(Buffer.alloc(5));
}

/** WebSocket; without a handler every message is sent back. */
export async function wsServer(
  handler: (socket: WebSocket, below: Socket) => void = echo,
  autoPong = true,
): Promise<LoopbackServer> {
  const http = createHttp();
  const sockets = new WebSocketServer({ server: http, autoPong });
  sockets.on('connection', (socket, request) => handler(socket, request.socket));
  return listen(http);
}

function echo(socket: WebSocket): void {
  socket.on('message', (data) => socket.send(data, { binary: false }));
}

/** A loopback port on which nobody listens. */
export async function closedPort(): Promise<number> {
  const server = await tcpServer(() => undefined);
  await server.close();
  return server.port;
}

/** Cuts a connection with RST alone: Node's resetAndDestroy sends FIN first, and which one a client sees is then luck. */
export function cutOff(socket: Socket): void {
  Reflect.set(socket, 'resetAndClosing', true);
  socket.destroy();
}
