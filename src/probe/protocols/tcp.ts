import type { Socket } from 'node:net';
import { failure, failureFromError } from '../taxonomy.ts';
import type { Failure } from '../taxonomy.ts';
import type { ProbeClient, ProtocolContext } from './client.ts';
import { openSocket } from './connect.ts';
import { createEchoClient } from './echo-pool.ts';

/** A line without its end may grow to this before it is not the protocol. */
const LINE_LIMIT = 4096;

/** TCP or TLS against a server that sends every line back. */
export function tcpClient(context: ProtocolContext): ProbeClient {
  return createEchoClient(context.connections, (events) => {
    const socket = openSocket(context, [], events.onReady);
    readLines(socket, events.onMessage, events.onEnd);
    socket.on('end', () => events.onEnd(failure('closed', 'the server ended the connection')));
    socket.on('error', (error) => events.onEnd(failureFromError(error)));
    socket.on('close', () => events.onEnd(failure('closed', 'the connection closed')));
    return { write: (text) => socket.write(`${text}\n`), destroy: () => socket.destroy() };
  });
}

/** Calls `onLine` for every full line, without its end. */
export function readLines(socket: Socket, onLine: (line: string) => void, onBad: (why: Failure) => void): void {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    lines.forEach((line) => onLine(line.replace(/\r$/, '')));
    if (rest.length > LINE_LIMIT) onBad(failure('protocol', 'the server sends bytes without line ends'));
  });
}
