import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { IncomingHttpHeaders } from 'node:http2';
import type { Socket } from 'node:net';

/**
 * GOAWAY without error and with the highest stream number: "open no more streams here; what you have sent still counts"
 * (RFC 9113, 6.8). Node's own call names the last stream that has come, which is right only at the end.
 */
const goingAway = Buffer.from([0, 0, 8, 7, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0]);

/** The HTTP/2 side of a server: connections are handed in, and can be sent away without losing a stream. */
export class H2Side {
  readonly #server: Http2Server = createServer();
  readonly #links = new Map<object, Socket>();
  readonly #sessions = new Set<ServerHttp2Session>();
  #leaving = false;
  #onEmpty: () => void = () => undefined;

  constructor(onStream: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void) {
    this.#server.on('session', (session) => session.on('error', () => undefined));
    this.#server.on('stream', (stream, headers) => {
      stream.on('error', () => undefined);
      onStream(stream, headers);
    });
    // What is no HTTP/2 ends its own connection only.
    this.#server.on('sessionError', () => undefined);
  }

  /** Takes a connection over. */
  take(socket: Socket): void {
    socket.allowHalfOpen = false;
    this.#server.once('session', (session: ServerHttp2Session) => {
      // SETTINGS must be the first frame: nothing of ours goes out before the client has confirmed them.
      session.once('localSettings', () => {
        this.#links.set(session, socket);
        if (this.#leaving) this.#sendAway(session);
      });
      this.#sessions.add(session);
      session.on('close', () => {
        this.#links.delete(session);
        this.#sessions.delete(session);
        if (this.#sessions.size === 0) this.#onEmpty();
      });
    });
    this.#server.emit('connection', socket);
  }

  /** Sends GOAWAY on every connection, and on each later one as soon as it is up. Streams go on. */
  leave(): void {
    this.#leaving = true;
    for (const session of [...this.#links.keys()]) this.#sendAway(session);
  }

  /**
   * Sends the last GOAWAY, which names the last stream that has come: clients may send later ones elsewhere. Calls back once
   * all of them have left.
   */
  sayGoodbye(then: () => void): void {
    this.#onEmpty = then;
    if (this.#sessions.size === 0) return then();
    for (const session of this.#sessions) if (!session.destroyed) session.goaway();
  }

  #sendAway(session: object): void {
    const socket = this.#links.get(session);
    if (!socket) return;
    this.#links.delete(session);
    // Sessions write whole frames, so a frame of our own fits between them.
    if (!socket.destroyed) socket.write(goingAway);
  }
}
