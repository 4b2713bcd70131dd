import type { KubeApi, KubeObject } from '../src/kube/api.ts';
import type { LoadBalancerAddress } from './controllers/housekeeping/load-balancer.ts';
import type { EventPolicy } from './controllers/base/events.ts';
import type { PodRuntime } from './controllers/kubelet/runtime.ts';
import { defaultTiming, type Timing } from './controllers/kubelet/timing.ts';
import { virtualRuntime } from './controllers/kubelet/virtual-runtime.ts';
import { startControllers } from './controllers/start.ts';
import { inProcessApi } from './api/in-process.ts';
import type { PortCaller } from './api/ports.ts';
import { gatewayApiDefinitions } from './assembly/gateway-api.ts';
import { nodeObject, plainNodes, type NodeOptions } from './assembly/nodes.ts';
import type { Scheduler } from './clock/scheduler.ts';
import { createInstaller, type Installer } from './istio/installer/installer.ts';
import { followInstallations } from './istio/installer/requests.ts';
import { idleProxies } from './istio/runtime/proxy-admin.ts';
import { createIstio, type Istio, type ProxyStreams } from './istio/runtime/start.ts';
import type { BadPair } from './istio/runtime/xds.ts';
import { seededRandom } from './store/random.ts';
import { resources } from './store/resources.ts';
import { Store } from './store/store.ts';

/** What a cluster is made of. */
export interface ClusterOptions {
  /** Its time; a virtual one makes it repeatable. */
  readonly clock: Scheduler;
  /** Same seed and same calls, same cluster. */
  readonly seed: number;
  /** Nodes, or how many plain ones. Default 1; none when `restored` has nodes. */
  readonly nodes?: number | readonly NodeOptions[];
  /** Objects to start from, as a recording has them. Default: an empty cluster with the namespaces of Kubernetes. */
  readonly restored?: readonly KubeObject[];
  /** Lays something else over the model that runs pods. Default: the model alone. */
  readonly runtime?: (model: PodRuntime) => PodRuntime;
  /** How containers of the model behave. */
  readonly timing?: Timing;
  /** Which Events are written. Default 'all'. */
  readonly events?: EventPolicy;
  readonly loadBalancerAddress?: LoadBalancerAddress;
  /** Bundle version of the Gateway API whose definitions are there from the start, such as 'v1.4.1'. Default none. */
  readonly gatewayApi?: string;
  /** Versions of proxies and istiods that cannot work together. Default none. */
  readonly badPairs?: readonly BadPair[];
  /** Serves kind Installation, by which clients of the API have things installed. Default false. */
  readonly installations?: boolean;
  /** Processes in pods that answer HTTP besides istiod; asked when istiod refuses. Default: proxies without traffic. */
  readonly ports?: PortCaller;
}

/** A Kubernetes cluster in memory, with Istio as soon as one is installed. */
export interface Cluster {
  readonly api: KubeApi;
  readonly store: Store;
  readonly scheduler: Scheduler;
  readonly installer: Installer;
  /** Processes in pods: for a door that serves the cluster over HTTP. */
  readonly ports: PortCaller;
  /** Which proxies an istiod tells of changes. */
  readonly streams: ProxyStreams;
  /** Switches pairs of versions that cannot work together. */
  setBadPairs(pairs: readonly BadPair[]): void;
  /** Ends all controllers; the store stays readable. */
  close(): void;
}

const systemNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** Makes a cluster and starts it. Nothing happens before time passes on its clock. */
export function createCluster(options: ClusterOptions): Cluster {
  const { clock, seed } = options;
  // Sources of their own, so that a change in one part does not shuffle the names that another part gives.
  const istio = createIstio({
    scheduler: clock,
    random: seededRandom(seed + 2),
    ...(options.badPairs && { badPairs: options.badPairs }),
  });
  const store = new Store({ clock: () => clock.now(), random: seededRandom(seed), webhooks: istio.webhooks });
  fill(store, options);
  const controllers = startAll(store, options, istio);
  const ports = bothPorts(istio.ports, options.ports ?? idleProxies(store));
  const installer = createInstaller(store);
  const stopInstallations = options.installations
    ? followInstallations({ store, scheduler: clock, installer })
    : undefined;
  return {
    api: inProcessApi({ store, ports }),
    store,
    scheduler: clock,
    installer,
    ports,
    streams: istio.streams,
    setBadPairs: (pairs) => istio.setBadPairs(pairs),
    close: () => {
      stopInstallations?.();
      istio.stop();
      controllers.stop();
    },
  };
}

function startAll(store: Store, options: ClusterOptions, istio: Istio): { stop(): void } {
  const { clock, seed, events, loadBalancerAddress } = options;
  const random = seededRandom(seed + 1);
  const model = virtualRuntime(clock, options.timing ?? defaultTiming(random));
  const runtime = options.runtime?.(model) ?? model;
  istio.start(store);
  return startControllers(store, clock, {
    random,
    runtime: istio.runtime(runtime),
    ...(events && { events }),
    ...(loadBalancerAddress && { loadBalancerAddress }),
  });
}

function fill(store: Store, options: ClusterOptions): void {
  const { restored = [], gatewayApi } = options;
  store.restore(restored);
  const present = new Set([...store.all(resources.namespaces)].map(({ metadata }) => metadata.name));
  for (const name of systemNamespaces) {
    if (!present.has(name)) store.create(resources.namespaces, { metadata: { name } });
  }
  const hasNodes = [...store.all(resources.nodes)].length > 0;
  const nodes = options.nodes ?? (hasNodes ? [] : 1);
  const wanted = typeof nodes === 'number' ? plainNodes(nodes) : nodes;
  wanted.forEach((node, index) => store.create(resources.nodes, nodeObject(node, index + 1)));
  const definitions = gatewayApi === undefined ? [] : gatewayApiDefinitions(gatewayApi);
  for (const definition of definitions) store.create(resources.definitions, definition);
}

function bothPorts(istio: PortCaller, others: PortCaller): PortCaller {
  return {
    call: async (request) => {
      const reply = await istio.call(request);
      return reply.kind === 'refused' ? others.call(request) : reply;
    },
  };
}
