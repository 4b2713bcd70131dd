import type { IncomingHttpHeaders } from 'node:http2';
import { setDeadline } from '../clock.ts';
import { endOfFailure, everyInterval } from '../held.ts';
import type { EndCause, HoldEvents, OpenHold } from '../held.ts';
import type { ProtocolContext } from '../protocols/client.ts';
import { EMPTY_MESSAGE, grpcHeaders } from '../protocols/grpc.ts';
import { openH2 } from '../protocols/h2-link.ts';
import type { H2Link } from '../protocols/h2-link.ts';
import { failure } from '../taxonomy.ts';

/** One HTTP/2 connection with a PING per interval. */
export const holdH2: OpenHold = (context, events) => holdSession(context, events, () => false);

/**
 * One gRPC stream on its own connection with a PING per interval. The method must be server-streaming; without a path in
 * the URL it is the Watch of the health service.
 */
export const holdGrpc: OpenHold = (context, events) =>
  holdSession(context, events, (link) => {
    openStream(context, events, link);
    return true;
  });

/** `onConnect` answers whether something is under way that an end of the connection would lose. */
function holdSession(context: ProtocolContext, events: HoldEvents, onConnect: (link: H2Link) => boolean): () => void {
  let busy = false;
  let waiting = false;
  const endedByPeer = (): EndCause =>
    endOfFailure(link.broken ?? failure('closed', 'the server ended the connection without GOAWAY'), busy);
  const deadline = (what: string): (() => void) =>
    setDeadline(context.clock, context.timeoutMs, () => events.onEnd(endOfFailure(failure('timeout', what), true)));
  let cancelDeadline = deadline('no HTTP/2 connection');
  const link = openH2(context);
  link.session.on('goaway', (code) => {
    events.onEnd({ how: 'goaway', graceful: code === 0, code, detail: `GOAWAY with code ${code}` });
  });
  link.session.on('close', () => events.onEnd(endedByPeer()));
  // The connection is up when the server has said so in HTTP/2, not when TCP is.
  link.session.once('remoteSettings', () => {
    cancelDeadline();
    events.onOpen();
    busy = onConnect(link);
  });
  const stop = everyInterval(context, () => {
    if (waiting || link.session.connecting || link.session.destroyed) return;
    waiting = true;
    cancelDeadline = deadline('a PING was not answered');
    link.session.ping((error) => {
      if (error) return;
      waiting = false;
      cancelDeadline();
    });
  });
  return () => {
    stop();
    cancelDeadline();
    link.session.destroy();
  };
}

function openStream(context: ProtocolContext, events: HoldEvents, link: H2Link): void {
  const stream = link.session.request(grpcHeaders(context, '/grpc.health.v1.Health/Watch'));
  let ending: IncomingHttpHeaders = {};
  stream.on('response', (headers) => (ending = headers));
  stream.on('trailers', (trailers) => (ending = trailers));
  // An error is followed by "close", which tells more.
  stream.on('error', () => undefined);
  stream.on('close', () => {
    if (link.session.destroyed || link.goaway !== undefined) return;
    events.onEnd(endOfStream(ending['grpc-status'], stream.rstCode));
  });
  stream.resume();
  stream.end(EMPTY_MESSAGE);
}

function endOfStream(status: unknown, rstCode: number | undefined): EndCause {
  if (status === undefined) {
    return {
      how: 'rst',
      graceful: false,
      code: rstCode ?? 0,
      detail: `the stream ended with code ${rstCode}, no status`,
    };
  }
  const code = Number(status);
  return {
    how: 'stream-end',
    graceful: code === 0,
    code,
    detail: `the server ended the stream with grpc-status ${code}`,
  };
}
