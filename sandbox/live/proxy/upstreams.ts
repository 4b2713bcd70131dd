import { Agent, type ClientRequestArgs } from 'node:http';
import { connect as connectH2, type ClientHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Transient } from '../../../src/errors.ts';
import type { Dialed } from '../net/network.ts';

/** Opens a connection to an endpoint by its uid. */
export type Dial = (uid: string) => Promise<Dialed>;

/** A connection did not come about. */
export class DialFailed extends Transient {
  readonly kind: 'refused' | 'timeout';

  constructor(uid: string, kind: 'refused' | 'timeout') {
    super(`No connection to endpoint ${uid}: ${kind}.`, { object: `endpoint ${uid}`, remedy: 'Try another endpoint.' });
    this.kind = kind;
  }
}

/** Kept HTTP/1.1 connections; requests name the endpoint as their host. */
class EndpointAgent extends Agent {
  readonly #open: (uid: string) => Promise<Socket>;

  constructor(open: (uid: string) => Promise<Socket>) {
    super({ keepAlive: true, maxFreeSockets: 1024 });
    this.#open = open;
  }

  override createConnection(
    options: ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    this.#open(options.host ?? '').then(
      (socket) => callback?.(null, socket),
      (error: Error) => callback && Reflect.apply(callback, undefined, [error]),
    );
    return undefined;
  }
}

interface KeptSession {
  readonly opening: Promise<ClientHttp2Session>;
  /** True also while it is being opened. */
  usable: () => boolean;
}

/** All connections from a proxy to its endpoints. */
export class Upstreams {
  readonly agent: Agent;
  readonly #dial: Dial;
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Map<string, KeptSession>();

  constructor(dial: Dial) {
    this.#dial = dial;
    this.agent = new EndpointAgent((uid) => this.#closingWithPeer(uid));
  }

  /** A new connection. @throws DialFailed */
  async connect(uid: string): Promise<Socket> {
    const dialed = await this.#dial(uid);
    if (dialed.kind !== 'connected') throw new DialFailed(uid, dialed.kind);
    const { socket } = dialed;
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    return socket;
  }

  /** The HTTP/2 connection to an endpoint, a new one when there is none or it is leaving. @throws DialFailed */
  session(uid: string): Promise<ClientHttp2Session> {
    const present = this.#sessions.get(uid);
    if (present && present.usable()) return present.opening;
    const kept: KeptSession = { opening: this.#openSession(uid, () => kept), usable: () => true };
    this.#sessions.set(uid, kept);
    return kept.opening;
  }

  /** Ends all connections. */
  destroy(): void {
    this.agent.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** HTTP connections end when the peer ends them: a request must not go into one that is half closed. */
  async #closingWithPeer(uid: string): Promise<Socket> {
    const socket = await this.connect(uid);
    socket.allowHalfOpen = false;
    return socket;
  }

  async #openSession(uid: string, kept: () => KeptSession): Promise<ClientHttp2Session> {
    const forget = () => void (this.#sessions.get(uid) === kept() && this.#sessions.delete(uid));
    try {
      const socket = await this.#closingWithPeer(uid);
      const session = connectH2('http://endpoint', { createConnection: () => socket });
      session.on('error', () => undefined);
      session.on('close', forget);
      kept().usable = () => !session.closed && !session.destroyed;
      return session;
    } catch (error) {
      forget();
      throw error;
    }
  }
}
