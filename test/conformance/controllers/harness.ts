import type { KubeApi, KubeObject, ObjectRef, ResourceType } from '../../../src/kube/api.ts';
import { MeshliftError } from '../../../src/errors.ts';

/** A cluster with controllers to run against. */
export interface ControllerTarget {
  readonly api: KubeApi;
  /** A namespace of its own, with its ServiceAccount. */
  readonly namespace: string;
  /** Lets time pass until a condition holds. Throws when it does not within a minute, with `what` in the message. */
  eventually(what: string, condition: () => Promise<boolean>): Promise<void>;
  /** Lets so many milliseconds pass: only to show that nothing happens. */
  pass(ms: number): Promise<void>;
  /** An image whose container runs until SIGTERM and then ends, without needing anything. */
  readonly image: string;
  cleanup(): Promise<void>;
}

/** Makes a target for one body. */
export type MakeControllerTarget = () => Promise<ControllerTarget>;

/** A check of behaviour, by what it says. */
export interface Body {
  readonly says: string;
  readonly run: (target: ControllerTarget) => Promise<void>;
}

const type = (group: string, plural: string, kind: string, namespaced = true): ResourceType => ({
  group,
  version: 'v1',
  plural,
  kind,
  namespaced,
});

/** The kinds that the bodies use. */
export const types = {
  namespaces: type('', 'namespaces', 'Namespace', false),
  nodes: type('', 'nodes', 'Node', false),
  pods: type('', 'pods', 'Pod'),
  services: type('', 'services', 'Service'),
  configMaps: type('', 'configmaps', 'ConfigMap'),
  serviceAccounts: type('', 'serviceaccounts', 'ServiceAccount'),
  deployments: type('apps', 'deployments', 'Deployment'),
  replicaSets: type('apps', 'replicasets', 'ReplicaSet'),
  statefulSets: type('apps', 'statefulsets', 'StatefulSet'),
  daemonSets: type('apps', 'daemonsets', 'DaemonSet'),
  endpointSlices: type('discovery.k8s.io', 'endpointslices', 'EndpointSlice'),
  budgets: type('policy', 'poddisruptionbudgets', 'PodDisruptionBudget'),
} as const satisfies Record<string, ResourceType>;

/** Condition type of the readiness gate by which bodies decide when a pod is ready. */
export const gate = 'conformance.meshlift.dev/open';

/** Fields of an object whose shape the test knows. */
export type Fields = Record<string, unknown>;

/** An object under a field; empty when it is missing. */
export function part(object: unknown, ...path: readonly string[]): Fields {
  let current: unknown = object;
  for (const key of path) current = (current as Fields | undefined)?.[key];
  return (current ?? {}) as Fields;
}

/** Items under a field; none when it is missing. */
export function items(object: unknown, ...path: readonly string[]): readonly Fields[] {
  const last = path.at(-1) ?? '';
  const found = part(object, ...path.slice(0, -1))[last];
  return (found ?? []) as readonly Fields[];
}

/** A condition of an object's status; empty when it is missing. */
export function condition(object: KubeObject, name: string): Fields {
  return items(object, 'status', 'conditions').find((one) => one['type'] === name) ?? {};
}

/** Place of an object of the target's namespace. */
export function ref(target: ControllerTarget, resource: ResourceType, name: string): ObjectRef {
  return { resource, name, ...(resource.namespaced && { namespace: target.namespace }) };
}

/** All objects of a kind in the target's namespace, by name. */
export async function all(
  target: ControllerTarget,
  resource: ResourceType,
  labelSelector?: string,
): Promise<readonly KubeObject[]> {
  const { api, namespace } = target;
  const found: KubeObject[] = [];
  const options = {
    namespace,
    project: (object: KubeObject) => object,
    ...(labelSelector !== undefined && { labelSelector }),
  };
  for await (const page of api.list(resource, options)) found.push(...page.items);
  return found;
}

/** Pods that are not on their way out. */
export async function living(target: ControllerTarget, labelSelector?: string): Promise<readonly KubeObject[]> {
  return (await all(target, types.pods, labelSelector)).filter((pod) => pod.metadata.deletionTimestamp === undefined);
}

/** Whether the object is not there. */
export async function isGone(target: ControllerTarget, resource: ResourceType, name: string): Promise<boolean> {
  try {
    await target.api.get(ref(target, resource, name));
    return false;
  } catch (error) {
    if (error instanceof MeshliftError && error.errorClass === 'NotFound') return true;
    throw error;
  }
}

/** What a call fails with. Throws when it does not fail. */
export async function failure(call: Promise<unknown>): Promise<MeshliftError> {
  const outcome: unknown = await call.then(
    () => 'nothing',
    (error: unknown) => error,
  );
  if (outcome instanceof MeshliftError) return outcome;
  throw new Error(`the call was to fail, but: ${String(outcome)}`);
}
