import type { KubeObject } from '../../../src/kube/api.ts';
import { objectAt, objectsAt, textAt, type JsonObject } from '../../store/json.ts';
import type { ObjectChange } from '../base/informer.ts';
import { hasEnded } from '../base/pods.ts';
import { quantity } from './quantity.ts';

/** What a pod asks for, or a node has left. */
export interface Amounts {
  readonly cpu: number;
  readonly memory: number;
  readonly pods: number;
}

/**
 * Requests of a pod: its containers and native sidecars together, or the largest init container if that is more.
 * Source: Kubernetes documentation, "Sidecar Containers", "Resource sharing within containers".
 */
export function requestsOf(pod: KubeObject): Amounts {
  const amount = (name: string) => {
    const of = (container: JsonObject) => quantity(objectAt(container, 'resources', 'requests')?.[name]) ?? 0;
    const inits = objectsAt(pod, 'spec', 'initContainers');
    const total = (list: readonly JsonObject[]) => list.reduce((sum, container) => sum + of(container), 0);
    const sidecars = total(inits.filter((container) => container['restartPolicy'] === 'Always'));
    const largest = Math.max(0, ...inits.map(of));
    return Math.max(total(objectsAt(pod, 'spec', 'containers')) + sidecars, largest);
  };
  return { cpu: amount('cpu'), memory: amount('memory'), pods: 1 };
}

/** Sums of what the pods on each node ask for. */
export class NodeUsage {
  readonly #used = new Map<string, { cpu: number; memory: number; pods: number }>();

  /** To be told of every change of a pod. */
  take({ old, now }: ObjectChange): void {
    const before = old && placeOf(old);
    const after = now && placeOf(now);
    if (before === after) return;
    if (old && before !== undefined) this.#add(before, requestsOf(old), -1);
    if (now && after !== undefined) this.#add(after, requestsOf(now), 1);
  }

  /** What is used on a node: an object that stays up to date. */
  of(node: string): Amounts {
    return this.#at(node);
  }

  #at(node: string): { cpu: number; memory: number; pods: number } {
    const used = this.#used.get(node) ?? { cpu: 0, memory: 0, pods: 0 };
    this.#used.set(node, used);
    return used;
  }

  #add(node: string, amounts: Amounts, sign: 1 | -1): void {
    const used = this.#at(node);
    used.cpu += sign * amounts.cpu;
    used.memory += sign * amounts.memory;
    used.pods += sign;
  }
}

const placeOf = (pod: KubeObject) => (hasEnded(pod) ? undefined : textAt(pod, 'spec', 'nodeName') || undefined);

/** What a node has to give; what it does not tell it has without end. */
export function capacityOf(node: KubeObject): Amounts {
  const has = (name: string) => quantity(objectAt(node, 'status', 'allocatable')?.[name]) ?? Infinity;
  return { cpu: has('cpu'), memory: has('memory'), pods: has('pods') };
}

/** The first resource of which too little is left; undefined when the pod fits. */
export function shortage(has: Amounts, used: Amounts, wanted: Amounts): string | undefined {
  if (used.pods + 1 > has.pods) return 'Too many pods';
  // Sums of fractions: a rounding error must not make a full node of one that is not.
  if (wanted.cpu > 0 && used.cpu + wanted.cpu > has.cpu + 1e-6) return 'Insufficient cpu';
  return wanted.memory > 0 && used.memory + wanted.memory > has.memory ? 'Insufficient memory' : undefined;
}
