import type { KubeObject } from '../../../src/kube/api.ts';
import type { PortCaller } from '../../api/ports.ts';
import type { Scheduler } from '../../clock/scheduler.ts';
import { WorkQueue } from '../../clock/work-queue.ts';
import { Informer } from '../../controllers/base/informer.ts';
import type { PodRuntime } from '../../controllers/kubelet/runtime.ts';
import { ApiFailure } from '../../store/failure.ts';
import type { Random } from '../../store/random.ts';
import { resources } from '../../store/resources.ts';
import type { Store } from '../../store/store.ts';
import type { WebhookCaller } from '../../store/types.ts';
import { CniAgents } from './cni-agents.ts';
import { ConfigChanges } from './config-changes.ts';
import { Gateways } from './gateways.ts';
import { Istiods, type Istiod } from './istiods.ts';
import { leadsNamespaces, takeLeadership } from './leadership.ts';
import { countPush, type MetricsFacts } from './metrics.ts';
import { writeAuthority, writeRoot } from './namespaces.ts';
import { ServiceNetwork } from './network.ts';
import { istiodPorts } from './ports.ts';
import { proxyReadiness } from './readiness.ts';
import { rootBundle } from './trust.ts';
import { WebhookPatcher } from './webhook-patcher.ts';
import { IstioWebhooks } from './webhooks.ts';
import { XdsStreams, type BadPair, type XdsOptions } from './xds.ts';

/** How Istio is to behave. */
export interface IstioOptions {
  readonly scheduler: Scheduler;
  readonly random: Random;
  /** Versions that cannot work together. Default none. */
  readonly badPairs?: readonly BadPair[];
  /** base64 of the root's PEM that webhook configurations get. Default: that of the simulated authority. */
  readonly caBundle?: string;
}

/** Which proxies are told of changes. */
export interface ProxyStreams {
  /** Whether the proxy of this pod has a configuration, and an istiod that tells it of changes. */
  answers(pod: KubeObject): boolean;
  /** Calls back when that may have changed for some proxy. @returns what ends it */
  onChange(listener: () => void): () => void;
}

/**
 * The parts of Istio that run: whatever pods of istiod and proxies the store has come to life. `webhooks` is needed to
 * make the store and `runtime` to start its controllers; nothing answers before `start`.
 */
export interface Istio {
  readonly webhooks: WebhookCaller;
  readonly ports: PortCaller;
  readonly streams: ProxyStreams;
  /** Makes proxies ready only when they have had their configuration; see `proxyReadiness`. Call it once. */
  runtime(inner: PodRuntime): PodRuntime;
  /** Starts on a store, once. */
  start(store: Store): void;
  /** Changes which versions cannot work together; those that are connected keep what they have. */
  setBadPairs(pairs: readonly BadPair[]): void;
  stop(): void;
}

/** Makes a simulated Istio. */
export function createIstio(options: IstioOptions): Istio {
  let running: RunningIstio | undefined;
  let configured = (_pod: KubeObject): void => undefined;
  const listeners = new Set<() => void>();
  const streamChanged = () => listeners.forEach((listener) => listener());
  return {
    webhooks: {
      call: (target, request) =>
        running?.webhooks.call(target, request) ?? {
          kind: 'unreachable',
          error: 'dial tcp: connect: network is unreachable',
        },
    },
    ports: {
      call: (request) => running?.ports.call(request) ?? { kind: 'refused', error: 'connect: connection refused' },
    },
    streams: {
      answers: (pod) => running?.xds.follows(pod.metadata.uid ?? '') === true,
      onChange: (listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
    runtime: (inner) => {
      const readiness = proxyReadiness(inner);
      configured = readiness.configured;
      return readiness.runtime;
    },
    start: (store) => {
      running = new RunningIstio(store, options, { configured: (pod) => configured(pod), streamChanged });
    },
    setBadPairs: (pairs) => running?.xds.setBadPairs(pairs),
    stop: () => running?.stop(),
  };
}

/** For how long a lock of istiod's elections is good without renewal. */
const leaseMs = 30_000;

class RunningIstio {
  readonly webhooks: WebhookCaller;
  readonly ports: PortCaller;
  readonly xds: XdsStreams;
  readonly #store: Store;
  readonly #istiods: Istiods;
  readonly #patcher: WebhookPatcher;
  readonly #gateways: Gateways;
  readonly #chores: WorkQueue;
  readonly #namespaces = new Informer(resources.namespaces);
  readonly #stops: (() => void)[];
  readonly #scheduler: Scheduler;
  /** When the istiods that are no more ended, by pod. */
  readonly #gone = new Map<string, number>();

  constructor(store: Store, options: IstioOptions, told: Pick<XdsOptions, 'configured' | 'streamChanged'>) {
    const { scheduler, random } = options;
    this.#store = store;
    this.#scheduler = scheduler;
    const pods = new Informer(resources.pods);
    const network = new ServiceNetwork(pods, random);
    const changes = new ConfigChanges(scheduler, (what) => {
      for (const istiod of this.#istiods.all())
        countPush(istiod, what === 'full' ? ['cds', 'eds', 'lds', 'rds'] : ['eds']);
      if (what === 'full') this.xds.pushed();
    });
    const istiods = new Istiods(pods, { changed: () => this.#lookAgain(), down: (istiod) => this.#down(istiod) });
    this.#istiods = istiods;
    this.xds = new XdsStreams({ scheduler, random, network, istiods, changes, ...told });
    this.xds.setBadPairs(options.badPairs ?? []);
    this.#patcher = new WebhookPatcher({ store, scheduler, istiods, caBundle: options.caBundle ?? rootBundle });
    this.#gateways = new Gateways({ store, scheduler, istiods, network });
    const retries = (error: unknown): boolean => error instanceof ApiFailure;
    this.#chores = new WorkQueue(scheduler, (key) => this.#chore(key), { delayMs: 50, retries });
    this.webhooks = new IstioWebhooks({ store, network, istiods });
    const view = () => ({ pushed: changes, now: scheduler.now() });
    this.ports = istiodPorts({ istiods, view, facts: () => metricsFacts(store, network, scheduler) });
    pods.onChange((change) => this.xds.podChanged(change));
    const agents = new CniAgents({ store, scheduler, pods, namespaces: this.#namespaces });
    this.#namespaces.onChange(({ now }) => now && this.#chores.add(`namespace ${now.metadata.name}`));
    const follow = [pods.follow(store), network.follow(store), this.#namespaces.follow(store)];
    changes.follow(store, network);
    this.#patcher.follow();
    this.#gateways.follow();
    const parts = [this.xds, this.#patcher, this.#gateways, this.#chores, changes, agents];
    this.#stops = [...follow, ...parts.map((part) => () => part.stop())];
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  #lookAgain(): void {
    this.#chores.add('leaders');
    this.#patcher.lookAgain();
    this.#gateways.lookAgain();
  }

  #down(istiod: Istiod): void {
    this.xds.istiodDown(istiod);
    this.#gone.set(istiod.key, this.#scheduler.now());
    this.#chores.addAfter('leaders', leaseMs);
    this.#lookAgain();
  }

  /** An istiod that ends gives nothing back: its locks are good until they run out. */
  #holdsLocks(namespace: string, pod: string): boolean {
    const key = `${namespace}/${pod}`;
    const gone = this.#gone.get(key);
    return this.#istiods.at(key) !== undefined || (gone !== undefined && this.#scheduler.now() - gone < leaseMs);
  }

  #chore(key: string): void {
    const store = this.#store;
    if (key === 'leaders') return this.#elect();
    const namespace = this.#namespaces.get(key.replace('namespace ', ''));
    if (namespace && this.#istiods.all().some((istiod) => leadsNamespaces(store, istiod))) writeRoot(store, namespace);
  }

  #elect(): void {
    const istiods = this.#istiods.all();
    const isAlive = (namespace: string, pod: string) => this.#holdsLocks(namespace, pod);
    for (const istiod of istiods) {
      writeAuthority(this.#store, istiod.facts.namespace);
      takeLeadership(this.#store, istiod, isAlive);
    }
    for (const { metadata } of this.#namespaces.all()) this.#chores.add(`namespace ${metadata.name}`);
  }
}

function metricsFacts(store: Store, network: ServiceNetwork, scheduler: Scheduler): MetricsFacts {
  const virtualServices = [...store.all({ group: 'networking.istio.io', plural: 'virtualservices' })].length;
  return { now: scheduler.now(), services: [...network.services.all()].length, virtualServices };
}
