import { connect, constants } from 'node:http2';
import type { ClientHttp2Session, IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { failure, failureFromError } from '../taxonomy.ts';
import type { Failure } from '../taxonomy.ts';
import { authorityOf } from './client.ts';
import type { ProtocolContext } from './client.ts';
import { openSocket } from './connect.ts';

/** Bytes of a body that are kept; the rest is read and dropped. */
const BODY_LIMIT = 1_048_576;

/** Type of the frame that opens a stream (RFC 9113, 6.2). */
const HEADERS_FRAME = 1;

/** A complete answer. */
export interface H2Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** An HTTP/2 connection with what became known about its end. */
export interface H2Link {
  readonly session: ClientHttp2Session;
  readonly socket: Socket;
  /** Error code of a GOAWAY that came (0: leaving in peace); undefined while none came. */
  goaway: number | undefined;
  /** The highest stream that the server may have processed, as its last GOAWAY says; Infinity while none came. */
  lastStreamId: number;
  /** Why the connection broke. */
  broken: Failure | undefined;
  streams: number;
}

/** Opens an HTTP/2 connection: with TLS and ALPN "h2", or with prior knowledge. */
export function openH2(context: ProtocolContext): H2Link {
  const socket = openSocket(context, ['h2'], () => {
    if (!context.target.tls || (socket as TLSSocket).alpnProtocol === 'h2') return;
    link.broken = failure('protocol', 'the server did not choose h2 in the TLS handshake (ALPN)');
    session.destroy();
  });
  const scheme = context.target.tls ? 'https' : 'http';
  const session = connect(`${scheme}://${authorityOf(context)}`, { createConnection: () => socket });
  const link: H2Link = { session, socket, goaway: undefined, lastStreamId: Infinity, broken: undefined, streams: 0 };
  const broke = (error: unknown): void => void (link.broken ??= failureFromError(error));
  session.on('goaway', (code, lastStreamId) => Object.assign(link, { goaway: code, lastStreamId }));
  session.on('error', broke);
  socket.on('error', broke);
  return link;
}

/** True while new requests may go over the connection. */
export function isUsable(link: H2Link): boolean {
  return !link.session.closed && !link.session.destroyed && link.goaway === undefined && link.broken === undefined;
}

/** Headers of a request to the target. */
export function h2Headers(context: ProtocolContext, method: string, path: string): OutgoingHttpHeaders {
  return {
    ...context.request.headers,
    ':method': method,
    ':path': path,
    ':scheme': context.target.tls ? 'https' : 'http',
    ':authority': authorityOf(context),
  };
}

/** A request: its headers, and its body when it has one. */
export interface H2Request {
  readonly headers: OutgoingHttpHeaders;
  readonly payload?: Buffer;
}

/** A request that got no answer. */
export interface H2Lost {
  readonly failed: Failure;
  /**
   * GOAWAY came, and no server can have processed the request: it never left this machine, its stream is above the last
   * one that the GOAWAY names (RFC 9113, 6.8), or was refused (8.7). It may be sent again on another connection.
   */
  readonly unprocessed: boolean;
}

/** Sends one request on the connection; answers what abandons it. `done` may be called more than once. */
export function h2Exchange(link: H2Link, request: H2Request, done: (result: H2Answer | H2Lost) => void): () => void {
  const { headers, payload } = request;
  const reused = link.streams > 0;
  link.streams += 1;
  let unsent = false;
  const fail = (error?: unknown): void => {
    const above = stream.id !== undefined && stream.id > link.lastStreamId;
    const refused = stream.rstCode === constants.NGHTTP2_REFUSED_STREAM;
    const unprocessed = !answer && link.goaway !== undefined && (unsent || stream.pending || above || refused);
    done({ failed: streamFailure(link, stream.rstCode, error, reused), unprocessed });
  };
  const stream = link.session.request(headers, { endStream: payload === undefined });
  const chunks: Buffer[] = [];
  let size = 0;
  let answer: IncomingHttpHeaders | undefined;
  let trailers: IncomingHttpHeaders = {};
  let ended = false;
  // The frame with the headers was still queued when the GOAWAY came.
  stream.on('frameError', (type) => (unsent ||= type === HEADERS_FRAME));
  stream.on('response', (received) => (answer = received));
  stream.on('trailers', (received) => (trailers = received));
  stream.on('data', (chunk: Buffer) => {
    if (size < BODY_LIMIT) chunks.push(chunk);
    size += chunk.length;
  });
  stream.on('end', () => (ended = true));
  stream.on('error', fail);
  stream.on('close', () => {
    if (!answer || !ended || stream.rstCode !== constants.NGHTTP2_NO_ERROR) return fail();
    done({ status: Number(answer[':status'] ?? 0), headers: answer, trailers, body: Buffer.concat(chunks) });
  });
  if (payload) stream.end(payload);
  return () => stream.close(constants.NGHTTP2_CANCEL);
}

function streamFailure(link: H2Link, rstCode: number | undefined, error: unknown, reused: boolean): Failure {
  const more = reused ? { reused } : {};
  if (link.goaway !== undefined && (link.goaway !== 0 || rstCode === constants.NGHTTP2_REFUSED_STREAM)) {
    return failure('goaway', `the server left with GOAWAY code ${link.goaway} before it answered`, more);
  }
  if (link.broken) return { ...link.broken, ...more };
  if (rstCode !== undefined && rstCode !== 0 && rstCode !== constants.NGHTTP2_CANCEL) {
    return failure('reset', `the stream was reset with code ${rstCode}`, more);
  }
  if (error !== undefined && !/CANCEL|canceled/.test(String(error))) return failureFromError(error, reused);
  return failure('closed', 'the connection ended before the answer was complete', more);
}
