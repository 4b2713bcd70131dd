import type { Socket } from 'node:net';
import type { Cancel, Scheduler } from '../../clock/scheduler.ts';
import { H2Side } from '../net/h2-server.ts';
import { listen, type Listener } from '../net/listener.ts';
import { detectProtocol } from '../net/protocol.ts';
import type { AppBehaviour } from './behaviour.ts';
import { GrpcAndH2 } from './h2.ts';
import { Http1AndWebSocket } from './http1.ts';
import { Pace } from './pace.ts';
import { TcpEcho } from './tcp.ts';

/**
 * The process of an application: HTTP/1.1, WebSocket echo, HTTP/2 and gRPC in clear text, and TCP echo of lines, all on one
 * loopback port. HTTP answers carry the pod's name.
 */
export class AppServer {
  readonly #behaviour: AppBehaviour;
  readonly #scheduler: Scheduler;
  readonly #pace: Pace;
  readonly #http1: Http1AndWebSocket;
  readonly #grpc: GrpcAndH2;
  readonly #h2: H2Side;
  readonly #tcp: TcpEcho;
  #listener: Listener | undefined;
  #cancelServing: Cancel = () => undefined;
  #cancelClosing: Cancel = () => undefined;
  #ended = false;

  constructor(name: string, behaviour: AppBehaviour, scheduler: Scheduler) {
    this.#behaviour = behaviour;
    this.#scheduler = scheduler;
    this.#pace = new Pace(scheduler);
    const answer = (ms: number | undefined, give: () => void) => this.#pace.answer(ms ?? behaviour.answerMs, give);
    this.#http1 = new Http1AndWebSocket(name, answer);
    this.#grpc = new GrpcAndH2(name, answer);
    this.#h2 = new H2Side((stream, headers) => this.#grpc.serve(stream, headers));
    this.#tcp = new TcpEcho(answer);
  }

  /** Starts to listen. @returns the loopback port; 0 when it was killed meanwhile @throws Transient */
  async open(): Promise<number> {
    const listener = await listen((socket) => this.#take(socket));
    this.#listener = listener;
    if (!this.#ended) return listener.port;
    listener.destroy();
    return 0;
  }

  /** SIGTERM. `done` is called when the process has ended. */
  terminate(done: () => void): void {
    if (this.#behaviour.onTerm === 'exit') {
      this.kill();
      return done();
    }
    this.#http1.leave();
    this.#h2.leave();
    this.#cancelServing = this.#scheduler.after(this.#behaviour.serveMs, () => this.#close(done));
  }

  /** SIGKILL, or a crash: the kernel closes what is open. */
  kill(): void {
    this.#ended = true;
    this.#cancelServing();
    this.#cancelClosing();
    this.#pace.stop();
    this.#listener?.destroy();
  }

  /** Answers nothing until `thaw`, as under SIGSTOP: connections still come about, and wait. */
  freeze(): void {
    this.#pace.freeze();
  }

  /** Goes on, first with what has waited. */
  thaw(): void {
    this.#pace.thaw();
  }

  #take(socket: Socket): void {
    detectProtocol(socket, (protocol) => {
      if (protocol === 'h2') return this.#h2.take(socket);
      if (protocol === 'http1') this.#http1.take(socket);
      else this.#tcp.take(socket);
      socket.resume();
    });
  }

  /**
   * Refuses new connections, lets what is under way be answered, says goodbye where the protocol has a word for it, and ends
   * when HTTP/2 clients have left; at the latest after as long as a Go server waits for them.
   */
  #close(done: () => void): void {
    this.#listener?.refuse();
    this.#pace.whenIdle(() => {
      this.#http1.sayGoodbye();
      this.#grpc.sayGoodbye();
      this.#tcp.sayGoodbye();
      const end = () => {
        this.kill();
        done();
      };
      const endSoon = () => {
        this.#cancelClosing();
        // The words still have to leave, and clients to answer them.
        this.#cancelClosing = this.#scheduler.after(farewellMs, end);
      };
      this.#cancelClosing = this.#scheduler.after(goAwayMs, end);
      this.#h2.sayGoodbye(endSoon);
    });
  }
}

const farewellMs = 50;
/** goAwayTimeout of Go's HTTP/2 server. */
const goAwayMs = 1000;
