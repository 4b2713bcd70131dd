import type { KubeObject } from '../../../src/kube/api.ts';
import type { WorkQueue } from '../../clock/work-queue.ts';
import { at, numberAt, objectsAt, sameJson, textAt } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import { controllerQueue, goneAlready, refOf, timeText, writeStatus, type Cluster } from '../base/cluster.ts';
import { keyOf, type ObjectChange } from '../base/informer.ts';
import { hasEnded, isTerminating } from '../base/pods.ts';
import { PodAddresses } from './addresses.ts';
import { PodStatusMaker } from './pod-status.ts';
import type { PodReport, PodRuntime } from './runtime.ts';

/** A pod that a node takes care of. */
interface Worker {
  readonly startTime: string;
  readonly status: PodStatusMaker;
  podIP: string | undefined;
  report: PodReport | undefined;
  /** What was told last, and the pod with it in its status. */
  told: { readonly report: PodReport; readonly over: boolean; readonly pod: KubeObject } | undefined;
  /** Grace period in seconds with which it is being stopped. */
  grace: number | undefined;
  over: boolean;
}

/** What every turn of the kubelets needs. */
interface Kubelets {
  readonly cluster: Cluster;
  readonly runtime: PodRuntime;
  readonly workers: Map<string, Worker>;
  readonly addresses: PodAddresses;
  /** Keys of pods to be looked at. */
  readonly queue: Pick<WorkQueue, 'add'>;
}

/**
 * The kubelets of all nodes: start the pods that are put on a node, tell their state in the status, and end them when
 * they are deleted. The pod object goes when all containers have ended.
 */
export function kubelets(cluster: Cluster, runtime: PodRuntime): void {
  const queue = controllerQueue(cluster, (key) => {
    const pod = cluster.informers.pods.get(key);
    if (pod) sync(all, pod);
  });
  const all: Kubelets = { cluster, runtime, workers: new Map(), addresses: new PodAddresses(), queue };
  cluster.informers.pods.onChange((change) => onChange(all, change));
}

function onChange(all: Kubelets, { key, old, now }: ObjectChange): void {
  if (old && old.metadata.uid !== now?.metadata.uid) forget(all, old);
  if (!now || !textAt(now, 'spec', 'nodeName')) return;
  const podIP = textAt(now, 'status', 'podIP');
  if (!old && podIP !== undefined) all.addresses.note(podIP);
  const worker = all.workers.get(now.metadata.uid ?? '');
  const gates = objectsAt(now, 'spec', 'readinessGates').length > 0;
  if (!worker || isTerminating(now) || gates) all.queue.add(key);
}

/** The object is gone: whatever still runs of the pod is killed. */
function forget({ workers, runtime, addresses }: Kubelets, pod: KubeObject): void {
  const uid = pod.metadata.uid ?? '';
  const worker = workers.get(uid);
  if (!worker) return;
  workers.delete(uid);
  if (worker.podIP !== undefined) addresses.free(worker.podIP);
  if (!worker.over) runtime.stop(pod, 0, () => undefined);
}

function sync(all: Kubelets, pod: KubeObject): void {
  const node = textAt(pod, 'spec', 'nodeName');
  if (!node) return;
  const worker = all.workers.get(pod.metadata.uid ?? '') ?? take(all, pod);
  if (isTerminating(pod)) stop(all, pod, worker);
  if (worker?.report && !isTold(worker, pod)) tell(all, pod, worker, worker.report);
  if (worker?.over || (!worker && isTerminating(pod))) remove(all, pod);
}

/** Starts a pod that nobody takes care of yet. Undefined when there is nothing to start. */
function take(all: Kubelets, pod: KubeObject): Worker | undefined {
  if (hasEnded(pod) || isTerminating(pod)) return undefined;
  const { cluster, runtime, workers } = all;
  const worker: Worker = {
    startTime: textAt(pod, 'status', 'startTime') ?? timeText(cluster.scheduler.now()),
    status: new PodStatusMaker(),
    podIP: textAt(pod, 'status', 'podIP'),
    report: undefined,
    told: undefined,
    grace: undefined,
    over: false,
  };
  workers.set(pod.metadata.uid ?? '', worker);
  const key = keyOf(pod);
  runtime.start(pod, (report) => {
    worker.report = report;
    all.queue.add(key);
  });
  return worker;
}

function stop(all: Kubelets, pod: KubeObject, worker: Worker | undefined): void {
  const grace = numberAt(pod, 'metadata', 'deletionGracePeriodSeconds') ?? 0;
  if (!worker || worker.over || (worker.grace !== undefined && worker.grace <= grace)) return;
  const first = worker.grace === undefined;
  worker.grace = grace;
  all.runtime.stop(pod, grace, () => {
    worker.over = true;
    all.queue.add(keyOf(pod));
  });
  if (!first) return;
  for (const container of objectsAt(pod, 'spec', 'containers')) {
    const message = `Stopping container ${String(container['name'])}`;
    all.cluster.events.record('kubelet', resources.pods, pod, { type: 'Normal', reason: 'Killing', message });
  }
}

/** The kubelet's own writes wake it again; the status of the very pod that it wrote says all there is to say. */
function isTold({ told, report, over }: Worker, pod: KubeObject): boolean {
  return told?.pod === pod && told.report === report && told.over === over;
}

function tell(all: Kubelets, pod: KubeObject, worker: Worker, report: PodReport): void {
  const hostIP = addressOf(all.cluster, textAt(pod, 'spec', 'nodeName') ?? '');
  const hostNetwork = at(pod, 'spec', 'hostNetwork') === true;
  worker.podIP ??= report.podIP ?? (hostNetwork ? hostIP : all.addresses.take());
  const { podIP, startTime, over } = worker;
  const status = worker.status.make(pod, report, { hostIP, podIP, startTime, over, now: all.cluster.store.now() });
  // Most reports of a pod on its way up change nothing that a status tells.
  const same = sameJson(status, pod['status']);
  worker.told = { report, over, pod: same ? pod : writeStatus(all.cluster, resources.pods, pod, status) };
  tellTrouble(all.cluster, pod, report);
}

/** Internal address of a node; the loopback address when it tells none. */
function addressOf(cluster: Cluster, node: string): string {
  const addresses = objectsAt(cluster.informers.nodes.get(node), 'status', 'addresses');
  return (
    textAt(
      addresses.find((address) => address['type'] === 'InternalIP'),
      'address',
    ) ?? '127.0.0.1'
  );
}

const troubles: Readonly<Record<string, string>> = {
  ErrImagePull: 'Failed',
  ImagePullBackOff: 'BackOff',
  CrashLoopBackOff: 'BackOff',
};

function tellTrouble(cluster: Cluster, pod: KubeObject, report: PodReport): void {
  for (const { name, state } of [...report.initContainers, ...report.containers]) {
    const reason = state.kind === 'waiting' ? troubles[state.reason] : undefined;
    if (reason === undefined || state.kind !== 'waiting') continue;
    const message = state.message ?? `container ${name}: ${state.reason}`;
    cluster.events.record('kubelet', resources.pods, pod, { type: 'Warning', reason, message });
  }
}

/** Its containers have ended: the object may go, unless finalizers hold it. */
function remove({ cluster }: Kubelets, pod: KubeObject): void {
  const { uid } = pod.metadata;
  if (Number(pod.metadata['deletionGracePeriodSeconds'] ?? 0) === 0 && hasEnded(pod)) return;
  const options = { gracePeriodSeconds: 0, ...(uid !== undefined && { uid }) };
  goneAlready(() => cluster.store.delete(refOf(resources.pods, pod), options));
}
