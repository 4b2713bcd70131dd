import type { Scheduler } from '../clock/scheduler.ts';
import { seededRandom, type Random } from '../store/random.ts';
import type { Store } from '../store/store.ts';
import type { Cluster } from './base/cluster.ts';
import { EventRecorder, type EventPolicy } from './base/events.ts';
import { createInformers } from './base/informers.ts';
import { Selectors } from './base/selectors.ts';
import { daemonSetController } from './daemon-set/controller.ts';
import { deploymentController } from './deployment/controller.ts';
import { disruptionController } from './disruption/controller.ts';
import { endpointSliceController } from './endpoint-slice/controller.ts';
import { garbageCollector } from './garbage/collector.ts';
import { autoscaling } from './housekeeping/autoscaler.ts';
import { loadBalancers, sequentialAddresses, type LoadBalancerAddress } from './housekeeping/load-balancer.ts';
import { namespaceDefaults } from './housekeeping/namespace-defaults.ts';
import { namespaceDeletion } from './housekeeping/namespace-deletion.ts';
import { cronJobController } from './job/cron-controller.ts';
import { jobController } from './job/controller.ts';
import { kubelets } from './kubelet/kubelet.ts';
import type { PodRuntime } from './kubelet/runtime.ts';
import { defaultTiming, type Timing } from './kubelet/timing.ts';
import { virtualRuntime } from './kubelet/virtual-runtime.ts';
import { podScheduler } from './placement/scheduler.ts';
import { replicaSetController } from './replica-set/controller.ts';
import { statefulSetController } from './stateful-set/controller.ts';

/** How the controllers are to work. */
export interface ControllerOptions {
  /** For names of events and times of pods. Default: a source of its own with a fixed seed. */
  readonly random?: Random;
  /** What runs pods. Default: a model on the scheduler's clock with `timing`. */
  readonly runtime?: PodRuntime;
  /** How containers of the model behave. Default `defaultTiming`. */
  readonly timing?: Timing;
  /** Which Events are written. Default 'all'. */
  readonly events?: EventPolicy;
  /** Milliseconds from a change to the work on it. Default 5. */
  readonly latencyMs?: number;
  /** Addresses of Services of type LoadBalancer. Default: one after the other of a network that is not routed. */
  readonly loadBalancerAddress?: LoadBalancerAddress;
}

/**
 * Starts what makes a store a cluster: workload controllers, scheduler, kubelets, endpoints, budgets, autoscalers,
 * namespaces and garbage collection. All work is done by the scheduler's clock; nothing happens before time passes.
 */
export function startControllers(
  store: Store,
  scheduler: Scheduler,
  options: ControllerOptions = {},
): { stop(): void } {
  const random = options.random ?? seededRandom(1);
  const stops: (() => void)[] = [];
  const cluster: Cluster = {
    store,
    scheduler,
    random,
    informers: createInformers(),
    selectors: new Selectors(),
    events: new EventRecorder(store, random, options.events ?? 'all'),
    latencyMs: options.latencyMs ?? 5,
    onStop: (stop) => void stops.push(stop),
  };
  const runtime = options.runtime ?? virtualRuntime(scheduler, options.timing ?? defaultTiming(random));
  kubelets(cluster, runtime);
  podScheduler(cluster);
  for (const start of controllers) start(cluster);
  loadBalancers(cluster, options.loadBalancerAddress ?? sequentialAddresses());
  for (const informer of Object.values(cluster.informers)) stops.push(informer.follow(store));
  return { stop: () => stops.splice(0).forEach((stop) => stop()) };
}

const controllers: readonly ((cluster: Cluster) => void)[] = [
  deploymentController,
  replicaSetController,
  statefulSetController,
  daemonSetController,
  jobController,
  cronJobController,
  endpointSliceController,
  disruptionController,
  autoscaling,
  namespaceDefaults,
  namespaceDeletion,
  garbageCollector,
];
