import type { Socket } from 'node:net';
import type { Cancel, Scheduler } from '../clock/scheduler.ts';
import type { Store } from '../store/store.ts';
import { listen, reset, type Listener } from './net/listener.ts';
import type { Network } from './net/network.ts';
import { splice } from './net/splice.ts';
import { followConfiguration } from './view/follow.ts';
import { keyOfPort, servicesView, type ServicePort, type ServicesView } from './view/services.ts';

/**
 * The Services of a cluster as kube-proxy serves them: each new connection goes to the next ready endpoint, or when none is
 * ready to one that still serves on its way out (KEP-1669); present connections stay where they are. It learns of changes
 * late. A connection that no endpoint takes is cut with RST: a loopback port has accepted before that is known.
 */
export class Balancers {
  readonly #store: Store;
  readonly #network: Network;
  readonly #stop: Cancel;
  readonly #listeners = new Map<string, Promise<Listener>>();
  #services: ServicesView;
  #turn = 0;

  constructor(store: Store, network: Network, scheduler: Scheduler, delayMs: number) {
    this.#store = store;
    this.#network = network;
    this.#services = servicesView(store);
    this.#stop = followConfiguration(store, scheduler, delayMs, () => (this.#services = servicesView(this.#store)));
  }

  /** Port of a Service on loopback. @throws Transient */
  async open(service: ServicePort): Promise<number> {
    const key = keyOfPort(service);
    const opened = this.#listeners.get(key) ?? listen((socket) => void this.#forward(key, socket));
    this.#listeners.set(key, opened);
    return (await opened).port;
  }

  async close(): Promise<void> {
    this.#stop();
    for (const listener of await Promise.all(this.#listeners.values())) listener.destroy();
  }

  async #forward(key: string, client: Socket): Promise<void> {
    const { ready = [], serving = [] } = this.#services.get(key) ?? {};
    const endpoints = ready.length > 0 ? ready : serving;
    this.#turn += 1;
    const endpoint = endpoints[this.#turn % Math.max(1, endpoints.length)];
    const dialed = endpoint ? await this.#network.dial(endpoint.uid) : undefined;
    if (dialed?.kind === 'connected') splice(client, dialed.socket);
    else reset(client);
  }
}
