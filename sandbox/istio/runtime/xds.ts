import type { KubeObject } from '../../../src/kube/api.ts';
import type { Cancel, Scheduler } from '../../clock/scheduler.ts';
import { keyOf, type ObjectChange } from '../../controllers/base/informer.ts';
import type { Random } from '../../store/random.ts';
import { textAt, without } from '../../store/json.ts';
import type { ConfigChanges } from './config-changes.ts';
import type { Istiod, Istiods, XdsConnection } from './istiods.ts';
import type { ServiceNetwork } from './network.ts';
import { isReady, runningSince } from './pod-state.ts';
import { proxyContainer, proxyFacts, subscriptions, type ProxyFacts } from './proxy.ts';

/** Proxies of a version that refuse the listeners of an istiod of a version; both by prefix, such as '1.22' or '1.30.3'. */
export interface BadPair {
  readonly proxy: string;
  readonly istiod: string;
}

/** Milliseconds. Envoy's retry is full jitter under a doubling ceiling; the others are the shape of measured ones. */
const times = {
  startLow: 100,
  startHigh: 400,
  retryFirst: 500,
  retryLongest: 30_000,
  answer: 40,
  longestStream: 1_800_000,
};

/** Milliseconds from a push to a proxy's answer. */
export const acknowledgeMs = times.answer;

interface Proxy {
  readonly facts: ProxyFacts;
  readonly startedAt: string;
  pod: KubeObject;
  istiod: Istiod | undefined;
  attempts: number;
  /** It took a whole configuration at least once. */
  configured: boolean;
  /** What it does next. */
  next: Cancel | undefined;
}

/** What the model of the proxies' streams needs. */
export interface XdsOptions {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly network: ServiceNetwork;
  readonly istiods: Pick<Istiods, 'at' | 'all'>;
  readonly changes: ConfigChanges;
  /** A proxy took its first whole configuration: from now on it can be ready. */
  readonly configured: (pod: KubeObject) => void;
  /** A proxy's stream came up or broke. */
  readonly streamChanged: () => void;
}

const listenerRejects = 'pilot_total_xds_rejects{type="lds"}';

/** The streams between proxies and istiods: who dials whom, when, and what becomes of them. */
export class XdsStreams {
  readonly #options: XdsOptions;
  readonly #proxies = new Map<string, Proxy>();
  #badPairs: readonly BadPair[] = [];

  constructor(options: XdsOptions) {
    this.#options = options;
  }

  /** Follows a pod. */
  podChanged({ old, now }: ObjectChange): void {
    const pod = now ?? old;
    if (pod === undefined) return;
    const uid = pod.metadata.uid ?? '';
    const known = this.#proxies.get(uid);
    const since = now === undefined ? undefined : runningSince(now, proxyContainer);
    if (known && since !== known.startedAt) this.#forget(uid, known);
    if (now === undefined || since === undefined) return;
    const proxy = this.#proxies.get(uid);
    if (proxy) proxy.pod = now;
    else this.#begin(uid, now, since);
  }

  /** An istiod's process ended: its streams break and every proxy tries anew. */
  istiodDown(istiod: Istiod): void {
    for (const uid of istiod.connections.keys()) this.#retry(uid);
    istiod.connections.clear();
  }

  /** Whether a proxy, by its pod's uid, is told of changes now: an istiod answers it, and it has taken a configuration. */
  follows(uid: string): boolean {
    const proxy = this.#proxies.get(uid);
    return proxy?.istiod !== undefined && proxy.configured;
  }

  /**
   * Every istiod has pushed everything anew: connected proxies that refuse the listeners refuse these too, and each refusal
   * counts (pilot/pkg/xds: every NACK adds to pilot_total_xds_rejects).
   */
  pushed(): void {
    if (this.#badPairs.length === 0) return;
    const { istiods, scheduler } = this.#options;
    for (const { connections, counters } of istiods.all()) {
      const refusing = [...connections].filter(([, { refuses }]) => refuses !== undefined).map(([uid]) => uid);
      const refuse = (uid: string) => connections.get(uid)?.refuses !== undefined && counters.add(listenerRejects);
      if (refusing.length > 0) scheduler.after(times.answer, () => refusing.forEach(refuse));
    }
  }

  /** Changes which versions cannot work together. Proxies that are connected keep the listeners that they have. */
  setBadPairs(pairs: readonly BadPair[]): void {
    this.#badPairs = pairs;
    const { full } = this.#options.changes;
    for (const istiod of this.#options.istiods.all()) {
      for (const [uid, connection] of istiod.connections) {
        const bad = this.#isBad(connection.facts, istiod);
        if (bad === (connection.refuses !== undefined)) continue;
        const rest = without(connection, 'refuses');
        istiod.connections.set(uid, bad ? { ...rest, refuses: full } : rest);
        if (!bad) this.#answered(uid);
      }
    }
    this.#options.changes.touch('full');
  }

  /** Takes back everything that is still to be done. */
  stop(): void {
    for (const proxy of this.#proxies.values()) proxy.next?.();
    this.#proxies.clear();
  }

  #begin(uid: string, pod: KubeObject, startedAt: string): void {
    const facts = proxyFacts(pod);
    if (facts === undefined) return;
    // A pod that is ready when it is first seen has had its configuration.
    const configured = isReady(pod);
    const proxy: Proxy = { facts, startedAt, pod, istiod: undefined, attempts: 0, configured, next: undefined };
    this.#proxies.set(uid, proxy);
    const wait = configured ? 0 : this.#between(times.startLow, times.startHigh);
    this.#plan(uid, wait, () => this.#dial(uid));
  }

  #forget(uid: string, proxy: Proxy): void {
    proxy.next?.();
    proxy.istiod?.connections.delete(uid);
    this.#proxies.delete(uid);
  }

  #plan(uid: string, ms: number, action: () => void): void {
    const proxy = this.#proxies.get(uid);
    if (proxy === undefined) return;
    proxy.next?.();
    proxy.next = this.#options.scheduler.after(ms, action);
  }

  #retry(uid: string): void {
    const proxy = this.#proxies.get(uid);
    if (proxy === undefined) return;
    proxy.istiod = undefined;
    this.#options.streamChanged();
    const ceiling = Math.min(times.retryFirst * 2 ** proxy.attempts, times.retryLongest);
    proxy.attempts += 1;
    this.#plan(uid, Math.ceil(this.#options.random() * ceiling), () => this.#dial(uid));
  }

  #dial(uid: string): void {
    const proxy = this.#proxies.get(uid);
    if (proxy === undefined) return;
    const { network, istiods, scheduler } = this.#options;
    const dialled = network.dial(proxy.facts.service);
    const istiod = dialled.kind === 'connected' ? istiods.at(keyOf(dialled.pod)) : undefined;
    if (istiod === undefined) return this.#retry(uid);
    const admittance = istiod.rate.admit(scheduler.now());
    if (admittance.kind === 'refused') return this.#retry(uid);
    this.#plan(uid, admittance.afterMs, () => this.#connect(uid, istiod));
  }

  #connect(uid: string, istiod: Istiod): void {
    const proxy = this.#proxies.get(uid);
    if (proxy === undefined) return;
    if (this.#options.istiods.at(istiod.key) !== istiod) return this.#retry(uid);
    const connection = this.#connection(proxy, istiod);
    istiod.connections.set(uid, connection);
    proxy.istiod = istiod;
    for (const type of subscriptions(proxy.facts.type))
      istiod.counters.add(`pilot_xds_pushes{type="${shortType(type)}"}`);
    if (!isReady(proxy.pod)) {
      istiod.counters.add('citadel_server_csr_count');
      istiod.counters.add('citadel_server_success_cert_issuance_count');
    }
    this.#plan(uid, times.answer, () => this.#answered(uid));
  }

  #connection(proxy: Proxy, istiod: Istiod): XdsConnection {
    const { name, namespace = '' } = proxy.pod.metadata;
    istiod.streams += 1;
    const port = 32_768 + Math.floor(this.#options.random() * 28_000);
    return {
      id: `${name}.${namespace}-${istiod.streams}`,
      proxy: `${name}.${namespace}`,
      facts: proxy.facts,
      since: this.#options.scheduler.now(),
      address: `${textAt(proxy.pod, 'status', 'podIP') ?? ''}:${port}`,
      ...(this.#isBad(proxy.facts, istiod) ? { refuses: 'none' as const } : {}),
    };
  }

  /** The proxy has answered the configuration that it got. */
  #answered(uid: string): void {
    const proxy = this.#proxies.get(uid);
    if (proxy?.istiod === undefined) return;
    proxy.attempts = 0;
    if (proxy.istiod.connections.get(uid)?.refuses === undefined) {
      proxy.configured = true;
      this.#options.configured(proxy.pod);
    } else proxy.istiod.counters.add(listenerRejects);
    this.#options.streamChanged();
    // keepaliveMaxServerConnectionAge, which gRPC spreads by a tenth either way.
    this.#plan(uid, times.longestStream * this.#between(0.9, 1.1), () => {
      proxy.istiod?.connections.delete(uid);
      this.#retry(uid);
    });
  }

  #isBad(facts: ProxyFacts, istiod: Istiod): boolean {
    return this.#badPairs.some(
      (pair) => facts.version.startsWith(pair.proxy) && istiod.facts.version.startsWith(pair.istiod),
    );
  }

  #between(low: number, high: number): number {
    return low + this.#options.random() * (high - low);
  }
}

const shortTypes: Readonly<Record<string, string>> = {
  Cluster: 'cds',
  ClusterLoadAssignment: 'eds',
  Listener: 'lds',
  RouteConfiguration: 'rds',
  Authorization: 'wads',
  Address: 'wds',
};

/** How metrics name a type of resources: 'envoy.config.cluster.v3.Cluster' → 'cds'. */
export function shortType(type: string): string {
  const name = type.slice(type.lastIndexOf('.') + 1);
  return shortTypes[name] ?? name;
}
