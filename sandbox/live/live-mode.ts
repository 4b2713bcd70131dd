import { InvalidInput, NotFound } from '../../src/errors.ts';
import type { KubeObject } from '../../src/kube/api.ts';
import type { PortCaller, PortReply } from '../api/ports.ts';
import type { Scheduler } from '../clock/scheduler.ts';
import { containersOf } from '../controllers/kubelet/containers.ts';
import type { ContainerReport, PodReport, PodRuntime } from '../controllers/kubelet/runtime.ts';
import { numberAt, objectsAt } from '../store/json.ts';
import { resources } from '../store/resources.ts';
import type { Store } from '../store/store.ts';
import { callProxy } from './admin.ts';
import { Balancers } from './balancer.ts';
import { alwaysThere, type ControlPlaneLink } from './control-plane.ts';
import { loopback } from './net/listener.ts';
import { Network } from './net/network.ts';
import { LivePod } from './pod/live-pod.ts';
import { isLive, planOf } from './pod/plan.ts';
import { Timers } from './pod/timers.ts';
import { defaultLiveTiming, type LiveTiming } from './timing.ts';
import { followConfiguration } from './view/follow.ts';
import type { ServicePort } from './view/services.ts';

/** What live mode is made of. */
export interface LiveOptions {
  readonly store: Store;
  /** Real time: sockets know no other. */
  readonly scheduler: Scheduler;
  /** Runs the pods that are not live (see `takes`): a model. */
  readonly others: PodRuntime;
  /** Answers the ports that are no proxy's. Default: they refuse. */
  readonly ports?: PortCaller;
  /** Default: a control plane that always answers. */
  readonly link?: ControlPlaneLink;
  /** Which pods are live; always the same answer for a pod. Default: `isLive` of their plan. */
  readonly takes?: (pod: KubeObject) => boolean;
  readonly timing?: Partial<LiveTiming>;
}

/** Name of a pod. */
export interface PodName {
  readonly namespace: string;
  readonly name: string;
}

/** Where a probe can be pointed at. */
export interface LiveAddress {
  readonly host: string;
  readonly port: number;
}

/** Pods with real sockets; see `startLiveMode`. */
export interface LiveMode {
  /** For the kubelets. */
  readonly runtime: PodRuntime;
  /** The ports inside pods, for port-forwards: a proxy's 15000 and 15021, and what `ports` answers. */
  readonly ports: PortCaller;
  /** A Service as a caller without a proxy reaches it. @throws NotFound when the Service does not have this port */
  serviceAddress(service: ServicePort): Promise<LiveAddress>;
  /** A Service as the application of a pod with a proxy reaches it. @throws NotFound, InvalidInput without a proxy */
  meshAddress(from: PodName, service: ServicePort): Promise<LiveAddress>;
  /** The application of a pod answers nothing until `thaw`, as if stopped by SIGSTOP. @throws NotFound */
  freeze(pod: PodName): void;
  thaw(pod: PodName): void;
  /** The application of a pod dies without a word and is started again. @throws NotFound */
  crash(pod: PodName): void;
  /** Cuts every connection into a pod with RST. Only for pods with a proxy. @throws NotFound, InvalidInput */
  cut(pod: PodName): void;
  /** Ends every server and connection. Pods that are still there are told nothing. */
  close(): Promise<void>;
}

/** Runs the pods of a cluster as real servers on loopback, and its Services as real balancers. */
export function startLiveMode(options: LiveOptions): LiveMode {
  const { store, scheduler, link = alwaysThere, takes = isLive } = options;
  const timing: LiveTiming = { ...defaultLiveTiming, ...options.timing };
  const network = new Network(scheduler, timing.connectTimeoutMs);
  const balancers = new Balancers(store, network, scheduler, timing.serviceDelayMs);
  const pods = new Map<string, { readonly key: string; readonly live: LivePod }>();
  const timers = new Timers(scheduler);
  const refresh = () => pods.forEach(({ live }) => live.sidecar?.refresh());
  const stops = [followConfiguration(store, scheduler, timing.pushDelayMs, refresh), link.onChange(refresh)];
  const find = ({ namespace, name }: PodName) =>
    [...pods.values()].findLast(({ key }) => key === `${namespace}/${name}`)?.live;
  const get = (pod: PodName): LivePod =>
    find(pod) ?? missing(`Pod ${pod.namespace}/${pod.name}`, 'does not run in live mode');

  const runtime: PodRuntime = {
    start: (pod, report) => {
      if (!takes(pod)) return options.others.start(pod, report);
      const live = makePod(pod, { store, network, link, scheduler, timing, report });
      if (!live) return;
      const key = `${pod.metadata.namespace ?? ''}/${pod.metadata.name}`;
      pods.set(pod.metadata.uid ?? '', { key, live });
      live.start();
    },
    stop: (pod, graceSeconds, done) => {
      if (!takes(pod)) return options.others.stop(pod, graceSeconds, done);
      const uid = pod.metadata.uid ?? '';
      const found = pods.get(uid);
      if (!found) return done();
      found.live.stop(graceSeconds, () => {
        pods.delete(uid);
        done();
      });
    },
  };
  const call = (request: Parameters<PortCaller['call']>[0]): PortReply | Promise<PortReply> => {
    const live = find({ namespace: request.to.namespace, name: request.to.pod });
    const reply = live && callProxy({ pod: live, after: (ms, action) => timers.after(ms, action) }, request);
    const error = `dial tcp4 127.0.0.1:${request.to.port}: connect: connection refused`;
    return reply ?? options.ports?.call(request) ?? { kind: 'refused', error };
  };
  return {
    runtime,
    ports: { call },
    serviceAddress: async (service) => {
      checkService(store, service);
      return { host: loopback, port: await balancers.open(service) };
    },
    meshAddress: async (from, service) => {
      checkService(store, service);
      return { host: loopback, port: await sidecarOf(get(from), from).openOutbound(service) };
    },
    freeze: (pod) => get(pod).freeze(),
    thaw: (pod) => get(pod).thaw(),
    crash: (pod) => get(pod).crash(),
    cut: (pod) => sidecarOf(get(pod), pod).proxy.reset('inbound'),
    close: async () => {
      for (const stop of stops) stop();
      timers.cancelAll();
      for (const { live } of pods.values()) live.close();
      pods.clear();
      network.close();
      await balancers.close();
    },
  };
}

/** The pod, or undefined with a report of why it does not start. */
function makePod(pod: KubeObject, host: ConstructorParameters<typeof LivePod>[2]): LivePod | undefined {
  try {
    return new LivePod(pod, planOf(pod), host);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    host.report(cannotStart(pod, error.message));
    return undefined;
  }
}

function cannotStart(pod: KubeObject, message: string): PodReport {
  const reports = containersOf(pod).map(({ name, role }): { role: string; report: ContainerReport } => {
    const state = { kind: 'waiting', reason: 'CreateContainerConfigError', message } as const;
    return { role, report: { name, state, restarts: 0, started: false, ready: false } };
  });
  return {
    initContainers: reports.filter(({ role }) => role !== 'main').map(({ report }) => report),
    containers: reports.filter(({ role }) => role === 'main').map(({ report }) => report),
  };
}

function sidecarOf(live: LivePod, { namespace, name }: PodName) {
  if (live.sidecar) return live.sidecar;
  throw new InvalidInput(`Pod ${namespace}/${name} has no proxy.`, {
    object: `Pod ${namespace}/${name}`,
    remedy: 'Name a pod with a container istio-proxy.',
  });
}

function checkService(store: Store, { namespace, name, port }: ServicePort): void {
  const service = [...store.all(resources.services)].find(
    ({ metadata }) => metadata.namespace === namespace && metadata.name === name,
  );
  if (objectsAt(service, 'spec', 'ports').some((entry) => numberAt(entry, 'port') === port)) return;
  missing(`Service ${namespace}/${name}`, service ? `has no port ${port}` : 'does not exist');
}

function missing(object: string, problem: string): never {
  throw new NotFound(`${object} ${problem}.`, { object, remedy: 'Check namespace, name and port.' });
}
