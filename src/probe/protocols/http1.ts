import { Agent as PlainAgent, request as plainRequest } from 'node:http';
import type { IncomingMessage, RequestOptions } from 'node:http';
import type { Socket } from 'node:net';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { failure, failureFromError, judgeAnswer } from '../taxonomy.ts';
import type { Failure } from '../taxonomy.ts';
import { authorityOf, plainOptions, tlsOptions } from './client.ts';
import type { ProbeClient, ProtocolContext } from './client.ts';

/** Bytes of a body that are looked at; the rest is read and dropped. */
const BODY_LIMIT = 1_048_576;

/** HTTP/1.1 over at most `connections` kept connections; a request that finds none free waits, and its wait is latency. */
export function http1Client(context: ProtocolContext): ProbeClient {
  const agent = http1Agent(context, context.connections);
  return {
    send: (settle) => http1Request(context, agent, (answer) => settle(answer.failed)),
    close: () => agent.destroy(),
  };
}

/** A keep-alive agent for the target. */
export function http1Agent(context: ProtocolContext, maxSockets: number): PlainAgent {
  const options = { keepAlive: true, maxSockets, maxFreeSockets: maxSockets, scheduling: 'fifo' as const };
  return context.target.tls ? new TlsAgent({ ...options, ...tlsOptions(context) }) : new PlainAgent(options);
}

/** The fate of one exchange. */
export interface Http1Answer {
  readonly failed?: Failure;
  /** The server announced with `Connection: close` that it ends the connection after this answer. */
  readonly announcedClose: boolean;
  /** A complete answer came, right or wrong. */
  readonly answered: boolean;
}

/**
 * One request through the agent; redirects are never followed. Answers what abandons it. `done` may be called more than
 * once; `onSocket` learns the connection that the request uses.
 */
export function http1Request(
  context: ProtocolContext,
  agent: PlainAgent,
  done: (answer: Http1Answer) => void,
  onSocket: (socket: Socket) => void = () => undefined,
): () => void {
  const { target, request } = context;
  const options: RequestOptions = {
    ...plainOptions(context),
    agent,
    method: request.method,
    path: target.path,
    headers: { ...request.headers, host: authorityOf(context) },
  };
  const outgoing = (target.tls ? tlsRequest : plainRequest)(options);
  outgoing.on('error', (error) => {
    done({ failed: failureFromError(error, outgoing.reusedSocket), announcedClose: false, answered: false });
  });
  outgoing.on('socket', onSocket);
  outgoing.on('response', (incoming) => readAnswer(context, incoming, outgoing.reusedSocket, done));
  outgoing.end();
  return () => outgoing.destroy();
}

function readAnswer(
  context: ProtocolContext,
  incoming: IncomingMessage,
  reused: boolean,
  done: (answer: Http1Answer) => void,
): void {
  const announcedClose = /\bclose\b/i.test(incoming.headers.connection ?? '');
  const chunks: Buffer[] = [];
  let size = 0;
  incoming.on('data', (chunk: Buffer) => {
    if (size < BODY_LIMIT) chunks.push(chunk);
    size += chunk.length;
  });
  incoming.on('error', (error) => done({ failed: failureFromError(error, reused), announcedClose, answered: false }));
  incoming.on('end', () => {
    const body = Buffer.concat(chunks).toString();
    const wrong = incoming.complete
      ? judgeAnswer(context.request, incoming.statusCode ?? 0, incoming.headers, body)
      : failure('closed', 'the connection ended inside the body');
    done({
      ...(wrong ? { failed: reused ? { ...wrong, reused } : wrong } : {}),
      announcedClose,
      answered: incoming.complete,
    });
  });
}
