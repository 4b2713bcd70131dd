import type { Random } from '../../store/random.ts';
import type { RetryPolicy } from './local-reply.ts';

/** Where a proxy can send a request. */
export interface Endpoint {
  /** Of the pod; 'local' for the application beside the proxy. */
  readonly uid: string;
  /** As the proxy knows it: address and port. */
  readonly address: string;
}

interface Count {
  readonly address: string;
  active: number;
  total: number;
}

/** An Envoy cluster of one proxy: endpoints, balancing, and what is under way to each. */
export class Cluster {
  /** As in Envoy's `/clusters`: 'inbound|8080||', 'outbound|80||web.shop.svc.cluster.local'. */
  readonly name: string;
  /** When another endpoint is tried. */
  readonly retryOn: RetryPolicy;
  readonly #endpoints: () => readonly Endpoint[];
  readonly #random: Random;
  readonly #counts = new Map<string, Count>();

  constructor(name: string, retryOn: RetryPolicy, random: Random, endpoints: () => readonly Endpoint[]) {
    this.name = name;
    this.retryOn = retryOn;
    this.#random = random;
    this.#endpoints = endpoints;
  }

  /**
   * One of those that were not tried yet, else any, by Istio's default LEAST_REQUEST: of two drawn at random, which may be
   * the same one, the one with less under way (Envoy, "Weighted least request").
   */
  pick(tried: ReadonlySet<string>): Endpoint | undefined {
    const all = this.#endpoints();
    const fresh = all.filter((endpoint) => !tried.has(endpoint.uid));
    const candidates = fresh.length > 0 ? fresh : all;
    const draw = () => candidates[Math.floor(this.#random() * candidates.length)];
    const [one, other] = [draw(), draw()];
    return one && other && this.#active(other.uid) < this.#active(one.uid) ? other : one;
  }

  /** Counts a request or connection as under way until the answer is called. */
  begin(endpoint: Endpoint): () => void {
    const count = this.#counts.get(endpoint.uid) ?? { address: endpoint.address, active: 0, total: 0 };
    this.#counts.set(endpoint.uid, count);
    count.active += 1;
    count.total += 1;
    let ended = false;
    return () => {
      if (!ended) count.active -= 1;
      ended = true;
      if (count.active === 0 && !this.#endpoints().some(({ uid }) => uid === endpoint.uid)) {
        this.#counts.delete(endpoint.uid);
      }
    };
  }

  /** Each endpoint that is known or still has something under way. */
  report(): readonly { readonly address: string; readonly active: number; readonly total: number }[] {
    const known = this.#endpoints().map(({ uid, address }) => [uid, { address, active: 0, total: 0 }] as const);
    return [...new Map([...known, ...this.#counts]).values()];
  }

  #active(uid: string): number {
    return this.#counts.get(uid)?.active ?? 0;
  }
}
