import { connect, type Socket } from 'node:net';
import type { Cancel, Scheduler } from '../../clock/scheduler.ts';
import { loopback } from './listener.ts';

/** What came of trying to connect: nobody listened, or no answer came in time. */
export type Dialed = { readonly kind: 'connected'; readonly socket: Socket } | { readonly kind: 'refused' | 'timeout' };

/** Where the pods listen. Stands for the network between them. */
export class Network {
  readonly #ports = new Map<string, number>();
  readonly #scheduler: Scheduler;
  readonly #connectTimeoutMs: number;
  readonly #waiting = new Set<() => void>();

  /** @param connectTimeoutMs how long a caller waits for an address that no pod has any more */
  constructor(scheduler: Scheduler, connectTimeoutMs: number) {
    this.#scheduler = scheduler;
    this.#connectTimeoutMs = connectTimeoutMs;
  }

  /** From now on the pod is reached at a loopback port. */
  attach(uid: string, port: number): void {
    this.#ports.set(uid, port);
  }

  /** The pod's address is nobody's from now on: what is sent to it gets no answer. */
  detach(uid: string): void {
    this.#ports.delete(uid);
  }

  /**
   * Connects to a pod. A pod that is there but does not listen refuses at once; the address of one that is gone swallows
   * everything until the time-out (a packet to an address that no node routes any more).
   */
  dial(uid: string): Promise<Dialed> {
    const port = this.#ports.get(uid);
    return port === undefined ? this.#swallow() : dialPort(port);
  }

  /** Gives up all waiting. */
  close(): void {
    this.#ports.clear();
    for (const give of [...this.#waiting]) give();
  }

  #swallow(): Promise<Dialed> {
    return new Promise((resolve) => {
      let cancel: Cancel = () => undefined;
      const give = () => {
        cancel();
        this.#waiting.delete(give);
        resolve({ kind: 'timeout' });
      };
      this.#waiting.add(give);
      cancel = this.#scheduler.after(this.#connectTimeoutMs, give);
    });
  }
}

/** Connects to a loopback port; port 0 stands for nobody. */
export function dialPort(port: number): Promise<Dialed> {
  if (port === 0) return Promise.resolve({ kind: 'refused' });
  return new Promise((resolve) => {
    const socket = connect({ host: loopback, port, noDelay: true, allowHalfOpen: true });
    const refused = () => resolve({ kind: 'refused' });
    socket.once('error', refused);
    socket.once('connect', () => {
      socket.off('error', refused);
      socket.on('error', () => undefined);
      resolve({ kind: 'connected', socket });
    });
  });
}
