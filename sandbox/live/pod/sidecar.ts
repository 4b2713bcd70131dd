import type { KubeObject } from '../../../src/kube/api.ts';
import { textAt } from '../../store/json.ts';
import { seededRandom, type Random } from '../../store/random.ts';
import { resources } from '../../store/resources.ts';
import type { Store } from '../../store/store.ts';
import type { ControlPlaneLink } from '../control-plane.ts';
import { dialPort, type Network } from '../net/network.ts';
import { Cluster, type Endpoint } from '../proxy/cluster.ts';
import { inboundRetries, outboundRetries } from '../proxy/local-reply.ts';
import { Proxy } from '../proxy/proxy.ts';
import { gatewayRoutes, routeFor, type GatewayRoute } from '../view/gateways.ts';
import { hostOf, keyOfPort, servicesView, type ServicePort, type ServicesView } from '../view/services.ts';

/** What the proxy of a pod works with. */
export interface SidecarHost {
  readonly store: Store;
  readonly network: Network;
  readonly link: ControlPlaneLink;
  /** Loopback port of the application beside it; 0 while there is none. */
  readonly appPort: () => number;
}

/**
 * The proxy of one pod, sidecar or gateway, with the configuration that the control plane gave it last. While no control
 * plane answers it goes on with what it has, dead addresses included.
 */
export class Sidecar {
  readonly proxy: Proxy;
  readonly #pod: KubeObject;
  readonly #host: SidecarHost;
  readonly #random: Random;
  readonly #inbound: Cluster;
  readonly #outbound = new Map<string, Cluster>();
  readonly #listeners = new Map<string, Promise<number>>();
  #services: ServicesView = new Map();
  #routes: readonly GatewayRoute[] = [];
  #configured = false;
  #onConfigured: () => void = () => undefined;

  /** @param port of the application, as `/clusters` names it */
  constructor(pod: KubeObject, port: number, host: SidecarHost) {
    this.#pod = pod;
    this.#host = host;
    // Each proxy draws its own numbers, the same in each run.
    this.#random = seededRandom(seedOf(pod.metadata.uid ?? ''));
    const local = () => [
      { uid: 'local', address: `${textAt(this.#current(), 'status', 'podIP') ?? '127.0.0.1'}:${port}` },
    ];
    this.#inbound = new Cluster(`inbound|${port}||`, inboundRetries, this.#random, local);
    this.proxy = new Proxy((uid) => (uid === 'local' ? dialPort(host.appPort()) : host.network.dial(uid)));
  }

  /** Takes the configuration of this moment, if a control plane answers. */
  refresh(): void {
    if (!this.#host.link.answers(this.#pod)) return;
    this.#services = servicesView(this.#host.store);
    this.#routes = gatewayRoutes(this.#host.store, this.#current().metadata.labels ?? {});
    this.#configured = true;
    this.#onConfigured();
  }

  /** Fulfils with the first configuration: before it a proxy is not ready. */
  async configured(): Promise<void> {
    this.refresh();
    if (!this.#configured) await new Promise<void>((resolve) => (this.#onConfigured = resolve));
  }

  /** Opens what the pod's address leads to. @returns its port */
  openInbound(isGateway: boolean): Promise<number> {
    if (!isGateway) return this.proxy.listen('inbound', { http: () => this.#inbound, tcp: () => this.#inbound });
    const http = (host: string, path: string) => {
      const route = routeFor(this.#routes, host, path);
      return route && this.#cluster(route.to);
    };
    return this.proxy.listen('inbound', { http, tcp: () => undefined });
  }

  /** Port on which the pod's own process finds a service, as iptables would redirect it. */
  openOutbound(service: ServicePort): Promise<number> {
    const key = keyOfPort(service);
    const cluster = this.#cluster(service);
    const opened =
      this.#listeners.get(key) ?? this.proxy.listen('outbound', { http: () => cluster, tcp: () => cluster });
    this.#listeners.set(key, opened);
    return opened;
  }

  /** All clusters with what is under way to each endpoint. */
  clusters(): readonly Cluster[] {
    return [this.#inbound, ...this.#outbound.values()];
  }

  #cluster(service: ServicePort): Cluster {
    const key = keyOfPort(service);
    const present = this.#outbound.get(key);
    if (present) return present;
    const endpoints = (): readonly Endpoint[] => this.#services.get(key)?.ready ?? [];
    const made = new Cluster(`outbound|${service.port}||${hostOf(service)}`, outboundRetries, this.#random, endpoints);
    this.#outbound.set(key, made);
    return made;
  }

  /** The pod with the labels that it has now; its last state when it is gone. */
  #current(): KubeObject {
    const { uid, name, namespace } = this.#pod.metadata;
    const found = this.#host.store.list(resources.pods, {
      ...(namespace !== undefined && { namespace }),
      fieldSelector: `metadata.name=${name}`,
    }).items[0];
    return found?.metadata.uid === uid && found ? found : this.#pod;
  }
}

function seedOf(text: string): number {
  return Buffer.from(text).reduce((sum, byte) => (Math.imul(sum, 31) + byte) | 0, 7);
}
