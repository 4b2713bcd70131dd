import type { KubeObject } from '../../../src/kube/api.ts';
import type { Scheduler } from '../../clock/scheduler.ts';
import { WorkQueue } from '../../clock/work-queue.ts';
import { keyOf, type Informer, type ObjectChange } from '../../controllers/base/informer.ts';
import { isActive } from '../../controllers/base/pods.ts';
import { ApiFailure } from '../../store/failure.ts';
import { at, textAt } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import type { Store } from '../../store/store.ts';
import { lookup } from './lookup.ts';
import { isReady } from './pod-state.ts';

/** What the agents need. */
export interface CniAgentsOptions {
  readonly store: Store;
  readonly scheduler: Scheduler;
  readonly pods: Informer;
  readonly namespaces: Informer;
}

const redirection = 'ambient.istio.io/redirection';
const modeLabel = 'istio.io/dataplane-mode';
/** Milliseconds from a change to the agent's work on it. */
const delayMs = 50;

type Role = 'agent' | 'ztunnel';

function roleOf(pod: KubeObject): Role | undefined {
  const labels = pod.metadata.labels ?? {};
  if (labels['k8s-app'] === 'istio-cni-node') return 'agent';
  return labels['app'] === 'ztunnel' ? 'ztunnel' : undefined;
}

/** Most changes of a pod are of its status only. */
function looksOther(old: KubeObject, now: KubeObject): boolean {
  const { labels, annotations } = now.metadata;
  return old['spec'] !== now['spec'] || old.metadata.labels !== labels || old.metadata.annotations !== annotations;
}

const nodeOf = (pod: KubeObject): string => textAt(pod, 'spec', 'nodeName') ?? '';

/**
 * The istio-cni agents of an ambient mesh, one a node: annotate the pods that are in the mesh, which is how anybody can
 * tell (annotation ambient.istio.io/redirection). 'enabled' once the node's ztunnel knows of the pod, 'pending' while it
 * could not be told; taken away when the pod leaves the mesh. Nothing changes on a node without a ready agent.
 */
export class CniAgents {
  readonly #options: CniAgentsOptions;
  readonly #queue: WorkQueue;
  /** Ready pods of a role by node, then by key. */
  readonly #ready: Readonly<Record<Role, Map<string, Map<string, KubeObject>>>> = {
    agent: new Map(),
    ztunnel: new Map(),
  };

  constructor(options: CniAgentsOptions) {
    this.#options = options;
    const retries = (error: unknown): boolean => error instanceof ApiFailure;
    this.#queue = new WorkQueue(options.scheduler, (key) => this.#look(key), { delayMs, retries });
    options.pods.onChange((change) => this.#podChanged(change));
    options.namespaces.onChange(({ old, now }) => {
      if (old?.metadata.labels?.[modeLabel] === now?.metadata.labels?.[modeLabel]) return;
      this.#lookAt((pod) => pod.metadata.namespace === now?.metadata.name);
    });
  }

  /** Stops all work. */
  stop(): void {
    this.#queue.stop();
  }

  #podChanged({ old, now }: ObjectChange): void {
    const pod = now ?? old;
    const role = pod && roleOf(pod);
    if (pod && role) this.#agentChanged(role, pod, now !== undefined && isActive(now) && isReady(now));
    if (this.#ready.agent.size === 0 || !now) return;
    if (!old || looksOther(old, now)) this.#queue.add(keyOf(now));
  }

  #agentChanged(role: Role, pod: KubeObject, ready: boolean): void {
    const node = nodeOf(pod);
    const known = this.#ready[role].get(node) ?? new Map<string, KubeObject>();
    const before = known.size;
    if (ready) known.set(keyOf(pod), pod);
    else known.delete(keyOf(pod));
    if (known.size === before) return;
    if (known.size > 0) this.#ready[role].set(node, known);
    else this.#ready[role].delete(node);
    if (known.size > before) this.#lookAt((other) => nodeOf(other) === node);
  }

  #lookAt(which: (pod: KubeObject) => boolean): void {
    for (const pod of this.#options.pods.all()) if (which(pod)) this.#queue.add(keyOf(pod));
  }

  #look(key: string): void {
    const pod = this.#options.pods.get(key);
    if (!pod || !isActive(pod) || !this.#hasAmbientAgent(nodeOf(pod))) return;
    const present = pod.metadata.annotations?.[redirection];
    const wanted = this.#isInMesh(pod) ? this.#stateOn(nodeOf(pod), present) : undefined;
    if (wanted === present) return;
    const { name, namespace = '', uid } = pod.metadata;
    const patch = { metadata: { uid, annotations: { [redirection]: wanted ?? null } } };
    this.#options.store.patch({ resource: resources.pods, namespace, name }, 'merge', patch, { subresource: 'status' });
  }

  /** A pod that was told of once stays so: the next ztunnel of the node takes all of the agent's pods over. */
  #stateOn(node: string, present: string | undefined): 'enabled' | 'pending' {
    return present === 'enabled' || this.#ready.ztunnel.has(node) ? 'enabled' : 'pending';
  }

  #hasAmbientAgent(node: string): boolean {
    for (const agent of this.#ready.agent.get(node)?.values() ?? []) {
      const namespace = agent.metadata.namespace ?? '';
      const ref = { resource: resources.configMaps, namespace, name: 'istio-cni-config' };
      if (textAt(lookup(this.#options.store, ref), 'data', 'AMBIENT_ENABLED') === 'true') return true;
    }
    return false;
  }

  /** Source: AMBIENT_ENABLEMENT_SELECTOR of the chart; pods with a sidecar or the node's network stay outside. */
  #isInMesh(pod: KubeObject): boolean {
    const { labels, annotations, namespace = '' } = pod.metadata;
    if (annotations?.['sidecar.istio.io/status'] !== undefined || at(pod, 'spec', 'hostNetwork') === true) return false;
    const own = labels?.[modeLabel];
    if (own === 'ambient' || own === 'none') return own === 'ambient';
    return this.#options.namespaces.get(namespace)?.metadata.labels?.[modeLabel] === 'ambient';
  }
}
