import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http2';
import type { Socket } from 'node:net';
import { H2Side } from '../net/h2-server.ts';
import { listen, type Listener } from '../net/listener.ts';
import { detectProtocol } from '../net/protocol.ts';
import { splice } from '../net/splice.ts';
import { tryEndpoints } from './attempts.ts';
import type { Cluster } from './cluster.ts';
import { forwardStream } from './h2.ts';
import { attemptOf, forwardHttp1, forwardUpgrade } from './http1.ts';
import { Upstreams, type Dial } from './upstreams.ts';

/** Where a listener's traffic goes. */
export interface Route {
  /** The cluster of a request by host and path; undefined: no route, 404. */
  readonly http: (host: string, path: string) => Cluster | undefined;
  /** The cluster of what is no HTTP; undefined: the connection is closed. */
  readonly tcp: () => Cluster | undefined;
}

/** Which listeners: those before the pod's own application (or a gateway's), or those for what the pod calls. */
export type Direction = 'inbound' | 'outbound';

interface Opened {
  readonly listener: Listener;
  readonly direction: Direction;
  readonly drain: () => void;
}

/**
 * A stand-in for Envoy: listeners that route to clusters, connection by connection for TCP, request by request for HTTP,
 * with Istio's default retries, and draining.
 */
export class Proxy {
  readonly #upstreams: Upstreams;
  readonly #opened: Opened[] = [];
  readonly #draining = new Set<Direction>();
  #ended = false;

  constructor(dial: Dial) {
    this.#upstreams = new Upstreams(dial);
  }

  /** Whether it sends clients away. */
  get draining(): boolean {
    return this.#draining.size > 0;
  }

  /** Open client connections of a direction. */
  connections(direction: Direction): number {
    const sizes = this.#of(direction).map(({ listener }) => listener.connections);
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  /** Opens a listener. @returns its port; 0 when the proxy has ended meanwhile @throws Transient */
  async listen(direction: Direction, route: Route): Promise<number> {
    const side = { upstreams: this.#upstreams, draining: () => this.#draining.has(direction) };
    const clusterOf = (headers: IncomingHttpHeaders, path: string | undefined) =>
      route.http(headers[':authority'] ?? headers.host ?? '', path ?? '/');
    const http1 = createServer((request, response) => {
      void forwardHttp1(side, clusterOf(request.headers, request.url), request, response);
    });
    http1.keepAliveTimeout = 0;
    http1.on('upgrade', (request, socket: Socket, head: Buffer) => {
      socket.unshift(head);
      void forwardUpgrade(side, clusterOf(request.headers, request.url), request, socket);
    });
    const h2 = new H2Side((stream, headers) => {
      void forwardStream(side, clusterOf(headers, headers[':path']), stream, headers);
    });
    const listener = await listen((socket) =>
      detectProtocol(socket, (protocol) => {
        if (protocol === 'h2') return h2.take(socket);
        if (protocol === 'tcp') return void this.#forwardTcp(route.tcp(), socket);
        http1.emit('connection', socket);
        socket.resume();
      }),
    );
    if (this.#ended) listener.destroy();
    this.#opened.push({ listener, direction, drain: () => h2.leave() });
    if (this.#draining.has(direction)) h2.leave();
    return this.#ended ? 0 : listener.port;
  }

  /**
   * Sends clients away without closing anything: `Connection: close` on HTTP/1.1 answers, GOAWAY on HTTP/2. TCP and
   * WebSocket connections have no word for it and stay; new connections are still taken.
   */
  drain(...directions: readonly Direction[]): void {
    for (const direction of directions) {
      this.#draining.add(direction);
      for (const { drain } of this.#of(direction)) drain();
    }
  }

  /** Takes no new connections of a direction any more. */
  refuse(direction: Direction): void {
    for (const { listener } of this.#of(direction)) listener.refuse();
  }

  /** Cuts the present client connections of a direction with RST. */
  reset(direction: Direction): void {
    for (const { listener } of this.#of(direction)) listener.reset();
  }

  /** Ends with all that is under way. */
  end(): void {
    this.#ended = true;
    for (const { listener } of this.#opened) listener.destroy();
    this.#upstreams.destroy();
  }

  #of(direction: Direction): readonly Opened[] {
    return this.#opened.filter((opened) => opened.direction === direction);
  }

  async #forwardTcp(cluster: Cluster | undefined, downstream: Socket): Promise<void> {
    const failed =
      cluster &&
      (await tryEndpoints(cluster, async (endpoint) => {
        const end = cluster.begin(endpoint);
        try {
          splice(downstream, await this.#upstreams.connect(endpoint.uid), end);
          return 'answered';
        } catch (error) {
          end();
          return attemptOf(error);
        }
      }));
    if (!cluster || failed) downstream.destroy();
  }
}
