import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Cancel } from '../../clock/scheduler.ts';

/** Gives an answer in its time; `ms` is left out for the application's own latency. */
export type Answer = (ms: number | undefined, give: () => void) => Cancel;

const longestMs = 60_000;
const goingAway = 1001;

/** The latency that a request asks for by `?answerMs=N`. */
export function askedMs(path: string | undefined): number | undefined {
  const found = /[?&]answerMs=(\d{1,5})\b/.exec(path ?? '')?.[1];
  return found === undefined ? undefined : Math.min(Number(found), longestMs);
}

/** HTTP/1.1 with keep-alive, and WebSocket: text is sent back. */
export class Http1AndWebSocket {
  readonly #server: Server;
  readonly #webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, autoPong: false });
  #leaving = false;

  constructor(name: string, answer: Answer) {
    this.#server = createServer((request, response) => this.#serve(name, answer, request, response));
    this.#server.keepAliveTimeout = 0;
    this.#server.on('upgrade', (request, socket, head) =>
      this.#webSockets.handleUpgrade(request, socket, head, connect),
    );
    const connect = this.#echo(answer);
  }

  take(socket: Socket): void {
    this.#server.emit('connection', socket);
  }

  /** Every later answer says `Connection: close`. */
  leave(): void {
    this.#leaving = true;
  }

  /** Closes WebSockets with 1001. */
  sayGoodbye(): void {
    for (const client of this.#webSockets.clients) client.close(goingAway, 'going away');
  }

  #serve(name: string, answer: Answer, request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    const cancel = answer(askedMs(request.url), () => {
      if (this.#leaving) response.setHeader('connection', 'close');
      response.setHeader('content-type', 'text/plain');
      response.end(`${name}\n`);
    });
    response.on('close', cancel);
  }

  #echo(answer: Answer) {
    return (client: WebSocket) => {
      client.on('error', () => client.terminate());
      client.on('ping', (data) => answer(undefined, () => client.pong(data)));
      client.on('message', (data, isBinary) => answer(undefined, () => client.send(data, { binary: isBinary })));
    };
  }
}
