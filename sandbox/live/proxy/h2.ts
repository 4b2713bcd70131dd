import {
  constants,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { tryEndpoints } from './attempts.ts';
import type { Cluster, Endpoint } from './cluster.ts';
import { attemptOf, endToEnd, type ProxySide } from './http1.ts';
import { localReplies, type Attempt, type LocalFailure } from './local-reply.ts';
import { Replay } from './replay.ts';

interface Call {
  readonly cluster: Cluster;
  readonly endpoint: Endpoint;
  readonly body: Replay;
  readonly headers: IncomingHttpHeaders;
  readonly mayRetry: boolean;
}

/** gRPC status UNAVAILABLE. */
const unavailable = '14';

/** Forwards one HTTP/2 stream (gRPC included) to a cluster, or answers it itself. */
export async function forwardStream(
  side: ProxySide,
  cluster: Cluster | undefined,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
): Promise<void> {
  const body = new Replay(stream);
  const failed = cluster
    ? await tryEndpoints(cluster, (endpoint, mayRetry) =>
        exchange(
          side,
          { cluster, endpoint, body, headers, mayRetry: mayRetry && cluster.retryOn.has('unavailable') },
          stream,
        ),
      )
    : 'NR';
  if (failed && !stream.destroyed) answer(stream, headers, failed);
}

async function exchange(side: ProxySide, call: Call, stream: ServerHttp2Stream): Promise<Attempt> {
  const end = call.cluster.begin(call.endpoint);
  try {
    const session = await side.upstreams.session(call.endpoint.uid);
    if (stream.destroyed) return 'answered';
    // It may have been sent away since it was opened.
    if (session.closed || session.destroyed) return 'unsent';
    const upstream = session.request(requestHeaders(call.headers));
    call.body.to(upstream);
    return await relay(call, upstream, stream);
  } catch (error) {
    return attemptOf(error);
  } finally {
    // A stream that goes on counts until it is closed.
    if (stream.destroyed) end();
    else stream.once('close', end);
  }
}

function requestHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const { ':method': method, ':path': path, ':authority': authority, te } = headers;
  const named: OutgoingHttpHeaders = {
    ':method': method ?? 'GET',
    ':path': path ?? '/',
    ':authority': authority ?? '',
    // Node allows only this value.
    ...(te === 'trailers' && { te: 'trailers' }),
  };
  return { ...endToEnd(headers), ...named };
}

function relay(call: Call, upstream: ClientHttp2Stream, stream: ServerHttp2Stream): Promise<Attempt> {
  const abandon = () => upstream.close(constants.NGHTTP2_CANCEL);
  stream.once('close', abandon);
  return new Promise((resolve) => {
    let answered = false;
    let ended = false;
    let unsent = false;
    const settle = (attempt: Attempt) => {
      stream.off('close', abandon);
      resolve(stream.destroyed ? 'answered' : attempt);
    };
    upstream.on('error', () => undefined);
    // A frame that could not be sent, because GOAWAY came while the request waited in the queue.
    upstream.on('frameError', () => (unsent = true));
    // Node ends the data also of a stream that was cut: only without an error code the answer is complete.
    upstream.on('end', () => (ended = upstream.rstCode === constants.NGHTTP2_NO_ERROR));
    upstream.on('response', (headers, flags) => {
      if (headers['grpc-status'] === unavailable && call.mayRetry && call.body.complete) {
        upstream.close();
        return settle('unavailable');
      }
      answered = true;
      resolve('answered');
      if (!stream.destroyed) pass(upstream, stream, headers, (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0);
    });
    upstream.on('close', () => {
      if (answered) return void (!ended && stream.close(constants.NGHTTP2_INTERNAL_ERROR));
      if (unsent || upstream.pending) return settle('unsent');
      settle(upstream.rstCode === constants.NGHTTP2_REFUSED_STREAM ? 'refused-stream' : 'terminated');
    });
  });
}

function pass(
  upstream: ClientHttp2Stream,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  endStream: boolean,
): void {
  const given = { ...endToEnd(headers), ':status': Number(headers[':status'] ?? 502) };
  if (endStream) return stream.respond(given, { endStream: true });
  let trailers: IncomingHttpHeaders = {};
  stream.respond(given, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers(endToEnd(trailers)));
  upstream.on('trailers', (received) => (trailers = received));
  upstream.on('end', () => {
    if (upstream.rstCode === constants.NGHTTP2_NO_ERROR) stream.end();
  });
  upstream.pipe(stream, { end: false });
}

function answer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, failed: LocalFailure): void {
  const { status, grpcStatus, text } = localReplies[failed];
  if (headers['content-type']?.startsWith('application/grpc')) {
    const trailers = { 'grpc-status': String(grpcStatus), 'grpc-message': encodeURI(text) };
    return stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...trailers }, { endStream: true });
  }
  stream.respond({ ':status': status, 'content-type': 'text/plain' });
  stream.end(text);
}
