import type { ClientRequestArgs, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { failure, failureFromError, responseFlag } from '../taxonomy.ts';
import type { Failure } from '../taxonomy.ts';
import { authorityOf, nameOptions, tlsOptions } from './client.ts';
import type { ProbeClient, ProtocolContext } from './client.ts';
import { createEchoClient } from './echo-pool.ts';

/** WebSocket against a server that sends every text message back. */
export function wsClient(context: ProtocolContext): ProbeClient {
  return createEchoClient(context.connections, (events) => {
    const { socket } = openWebSocket(context, events.onEnd);
    socket.on('open', events.onReady);
    socket.on('message', (data) => events.onMessage(messageText(data)));
    socket.on('close', (code) => events.onEnd(failure('closed', `the WebSocket closed with code ${code}`)));
    return { write: (text) => socket.send(text), destroy: () => socket.terminate() };
  });
}

/** A WebSocket and, once it is known, the connection under it. */
export interface OpenedWebSocket {
  readonly socket: WebSocket;
  /** Called with the connection below when the handshake was answered. */
  onConnection(use: (connection: Socket) => void): void;
}

/** Opens a WebSocket; an error, also a refused handshake, goes to `onError`. Redirects are never followed. */
export function openWebSocket(context: ProtocolContext, onError: (why: Failure) => void): OpenedWebSocket {
  const { target, request } = context;
  const names: ClientRequestArgs = nameOptions(context);
  const socket = new WebSocket(urlOf(context), {
    ...names,
    ...(target.tls ? tlsOptions(context) : {}),
    headers: { ...request.headers, ...(request.host === undefined ? {} : { host: authorityOf(context) }) },
    followRedirects: false,
    perMessageDeflate: false,
  });
  socket.on('unexpected-response', (_request, response) => readRefusal(response, onError));
  socket.on('error', (error) => onError(failureFromError(error)));
  return {
    socket,
    onConnection: (use) => void socket.on('upgrade', (response) => use(response.socket)),
  };
}

function urlOf(context: ProtocolContext): string {
  const { target } = context;
  const host = target.hostname.includes(':') ? `[${target.hostname}]` : target.hostname;
  return `${target.tls ? 'wss' : 'ws'}://${host}:${target.port}${target.path}`;
}

function readRefusal(response: IncomingMessage, onError: (why: Failure) => void): void {
  let text = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => (text = `${text}${chunk}`.slice(0, 4096)));
  response.on('close', () => {
    const flag = responseFlag(response.headers, text);
    const code = String(response.statusCode ?? 0);
    onError(
      failure('status', `handshake answered ${code}: ${text}`, { code, ...(flag === undefined ? {} : { flag }) }),
    );
  });
}

function messageText(data: WebSocket.RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString();
  return Buffer.from(data as Buffer).toString();
}
