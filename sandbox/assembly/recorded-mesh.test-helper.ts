/** The recorded canary upgrade, done again in a cluster of the sandbox. */
import type { KubeObject, ResourceType } from '../../src/kube/api.ts';
import { VirtualScheduler } from '../clock/virtual.ts';
import { createCluster, type Cluster } from '../cluster.ts';
import { lab } from '../istio/situations.test-helper.ts';
import { recordedObjects } from '../istio/recorded.test-helper.ts';
import { numberAt, objectAt, without, type JsonObject } from '../store/json.ts';
import { resources } from '../store/resources.ts';

const istioKind = (group: string, plural: string, kind: string): ResourceType => ({
  group: `${group}.istio.io`,
  version: 'v1',
  plural,
  kind,
  namespaced: true,
});

/** Kinds of what users own, in the order in which it is created. */
const userKinds: readonly ResourceType[] = [
  { group: 'gateway.networking.k8s.io', version: 'v1', plural: 'gateways', kind: 'Gateway', namespaced: true },
  resources.serviceAccounts,
  resources.services,
  resources.disruptionBudgets,
  resources.deployments,
  resources.statefulSets,
  istioKind('security', 'peerauthentications', 'PeerAuthentication'),
  istioKind('networking', 'gateways', 'Gateway'),
  istioKind('networking', 'virtualservices', 'VirtualService'),
];
const userNamespaces = ['shop', 'billing', 'plain'];

/** The object as its user wrote it: without what the cluster added. */
function asWritten(object: KubeObject): KubeObject {
  const { name, namespace, labels, annotations = {} } = object.metadata;
  const own = Object.entries(annotations).filter(([key]) => !/^(kubectl|deployment)\.kubernetes\.io\//.test(key));
  const spec = objectAt(object, 'spec');
  const written = spec === undefined || spec['clusterIP'] === 'None' ? spec : without(spec, 'clusterIP', 'clusterIPs');
  return {
    ...without(object, 'status'),
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels === undefined ? {} : { labels: { ...labels } }),
      annotations: Object.fromEntries(own),
    },
    ...(written === undefined ? {} : { spec: written }),
  };
}

const istiodValues = {
  ...lab,
  meshConfig: { accessLogFile: '' },
  resources: { requests: { cpu: '50m', memory: '256Mi' } },
  env: { PILOT_ENABLE_ALPN_FILTER: 'false', PILOT_ENABLE_METADATA_EXCHANGE: 'false' },
};
const old = { version: '1.29.6', revision: '1-29-6' };
const young = { version: '1.30.3', revision: '1-30-3' };

/** A cluster on a clock of its own, and the steps that were recorded. */
export class RecordedMesh {
  readonly clock = new VirtualScheduler(Date.UTC(2026, 0, 1));
  readonly cluster: Cluster = createCluster({ clock: this.clock, seed: 7, nodes: [{ name: 'node-1' }] });

  /** Everything as it was before the upgrade. */
  before(): void {
    this.#base('1.29.6', old.revision);
    this.#istiod(old);
    this.settle();
    this.#tag(old);
    createUsers(this.cluster, 'canary/00-before', userNamespaces);
    const { pullPolicy, proxyRequests } = lab;
    const place = { name: 'istio-ingressgateway', namespace: 'istio-ingress', release: 'ingress' };
    const values = { version: '1.29.6', revision: '', pullPolicy, proxyRequests, serviceType: 'ClusterIP' } as const;
    this.cluster.installer.gateway({ ...place, ...values });
    this.settle();
  }

  /** The mesh without revisions, as istioctl installs it. */
  inPlace(): void {
    this.cluster.installer.istioctlInstall({ ...istiodValues, version: '1.29.6', revision: '', profile: 'default' });
    this.settle();
    createUsers(this.cluster, 'inplace/00-before', userNamespaces);
    this.settle();
  }

  /** Base chart and second control plane. */
  installCanary(): void {
    this.#base('1.30.3', old.revision);
    this.#istiod(young);
    this.settle();
  }

  moveTag(): void {
    this.#tag(young);
    this.settle();
  }

  restartHalf(): void {
    this.#restart(resources.deployments, 'shop', 'api', 'raw');
    this.settle();
  }

  restartRest(): void {
    const labels = { 'istio.io/rev': young.revision };
    this.cluster.store.patch({ resource: resources.namespaces, name: 'billing' }, 'merge', { metadata: { labels } });
    this.#restart(resources.deployments, 'shop', 'web', 'loadgen');
    this.#restart(resources.statefulSets, 'shop', 'store');
    this.#restart(resources.deployments, 'billing', 'billing');
    this.#restart(resources.deployments, 'istio-ingress', 'istio-ingressgateway');
    this.settle();
  }

  removeOld(): void {
    this.#base('1.30.3', young.revision);
    this.cluster.installer.uninstall({ name: 'istiod-1-29-6', namespace: lab.namespace });
    this.settle();
  }

  /** As it happened before the control plane was removed: another restart of api. */
  restartHalfAgain(): void {
    this.#restart(resources.deployments, 'shop', 'api');
    this.settle();
  }

  /** Deletes the first pod of an application in shop. */
  deleteOne(app: string): void {
    const { store } = this.cluster;
    const [pod] = store.list(resources.pods, { namespace: 'shop', labelSelector: `app=${app}` }).items;
    if (pod === undefined) throw new Error(`no pod of ${app}`);
    store.delete({ resource: resources.pods, namespace: 'shop', name: pod.metadata.name });
  }

  /** The new control plane is uninstalled while everything uses it. */
  removeInUse(): void {
    this.cluster.installer.uninstall({ name: 'istiod-1-30-3', namespace: lab.namespace });
    this.settle();
  }

  /** Lets time pass until nothing rolls out any more and what follows from it is done. */
  settle(): void {
    settleCluster(this.cluster, this.clock);
  }

  #base(version: string, defaultRevision: string): void {
    this.cluster.installer.base({ version, defaultRevision, release: 'istio-base', namespace: lab.namespace });
  }

  #istiod(which: typeof old): void {
    this.cluster.installer.istiod({ ...istiodValues, ...which, release: `istiod-${which.revision}` });
  }

  #tag(which: typeof old): void {
    this.cluster.installer.setTag({ tag: 'prod', ...which, overwrite: true });
  }

  #restart(resource: ResourceType, namespace: string, ...names: string[]): void {
    const annotations = { 'kubectl.kubernetes.io/restartedAt': this.cluster.store.now() };
    const patch = { spec: { template: { metadata: { annotations } } } };
    for (const name of names) this.cluster.store.patch({ resource, namespace, name }, 'strategic', patch);
  }
}

/** Creates all namespaces of a recorded moment, and what users own in some of them. */
export function createUsers({ store }: Cluster, moment: string, namespaces: readonly string[]): void {
  const recorded = recordedObjects(moment);
  const present = new Set([...store.all(resources.namespaces)].map(({ metadata }) => metadata.name));
  for (const one of recorded.filter(({ kind }) => kind === 'Namespace').map(asWritten))
    if (!present.has(one.metadata.name)) store.create(resources.namespaces, one);
  for (const resource of userKinds) {
    const mine = recorded.filter(
      ({ apiVersion, kind, metadata }) =>
        kind === resource.kind &&
        apiVersion?.startsWith(resource.group) &&
        namespaces.includes(metadata.namespace ?? '') &&
        isWritten(metadata),
    );
    for (const object of mine) store.create(resource, asWritten(object));
  }
}

/** Not made by a controller for somebody else's object. */
const isWritten = ({ name, ownerReferences = [] }: KubeObject['metadata']): boolean =>
  name !== 'default' && ownerReferences.length === 0;

/** Lets time pass until nothing rolls out any more and what follows from it is done. */
export function settleCluster(cluster: Cluster, clock: VirtualScheduler): void {
  const settled = clock.runUntil(() => isSettled(cluster), 300_000);
  if (!settled) throw new Error('the cluster did not come to rest in five minutes');
  clock.advance(5000);
  if (!isSettled(cluster)) settleCluster(cluster, clock);
}

function isSettled({ store }: Cluster): boolean {
  for (const resource of [resources.deployments, resources.statefulSets]) {
    for (const workload of store.all(resource)) if (!isRolledOut(workload)) return false;
  }
  for (const one of store.all(resources.daemonSets)) if (!isOnAllNodes(one)) return false;
  for (const pod of store.all(resources.pods)) if (pod.metadata.deletionTimestamp !== undefined) return false;
  return true;
}

function isOnAllNodes(set: KubeObject): boolean {
  const status: JsonObject = objectAt(set, 'status') ?? {};
  const wanted = status['desiredNumberScheduled'] ?? 0;
  if (status['observedGeneration'] !== set.metadata.generation) return false;
  return ['updatedNumberScheduled', 'numberReady'].every((field) => (status[field] ?? 0) === wanted);
}

function isRolledOut(workload: KubeObject): boolean {
  const wanted = numberAt(workload, 'spec', 'replicas') ?? 1;
  const status: JsonObject = objectAt(workload, 'status') ?? {};
  if (status['observedGeneration'] !== workload.metadata.generation) return false;
  return ['replicas', 'updatedReplicas', 'readyReplicas'].every((field) => (status[field] ?? 0) === wanted);
}
