import type { KubeObject, ObjectRef, ResourceType } from '../../src/kube/api.ts';
import { VirtualScheduler } from '../clock/virtual.ts';
import { at, objectsAt, type JsonObject } from '../store/json.ts';
import { seededRandom } from '../store/random.ts';
import { resources } from '../store/resources.ts';
import { Store } from '../store/store.ts';
import type { WebhookCaller } from '../store/types.ts';
import { timingAnnotation } from './kubelet/timing.ts';
import { startControllers, type ControllerOptions } from './start.ts';

/** A small cluster for tests: namespace `shop`, its nodes, all controllers, a virtual clock that starts at the second. */
export interface TestCluster {
  readonly clock: VirtualScheduler;
  readonly store: Store;
  readonly stop: () => void;
  /** Lets time pass until a condition holds, at most ten minutes; throws when it does not. */
  until(what: string, condition: () => boolean): void;
  create(
    resource: ResourceType,
    name: string,
    object: Omit<KubeObject, 'metadata'> & { metadata?: object },
  ): KubeObject;
  get(resource: ResourceType, name: string): KubeObject;
  list(resource: ResourceType): readonly KubeObject[];
  ref(resource: ResourceType, name: string): ObjectRef;
}

/** What a test cluster is made of. */
export interface TestClusterOptions extends ControllerOptions {
  readonly seed?: number;
  /** Names of nodes. Default one, 'node-1'. */
  readonly nodes?: readonly string[];
  readonly webhooks?: WebhookCaller;
}

/** See `TestCluster`. */
export function testCluster(options: TestClusterOptions = {}): TestCluster {
  const clock = new VirtualScheduler(Date.UTC(2026, 0, 1));
  const random = seededRandom(options.seed ?? 1);
  const { webhooks } = options;
  const store = new Store({ clock: () => clock.now(), random, ...(webhooks && { webhooks }) });
  for (const name of options.nodes ?? ['node-1']) store.create(resources.nodes, testNode(name));
  store.create(resources.namespaces, { metadata: { name: 'shop' } });
  const { stop } = startControllers(store, clock, { random, ...options });
  const namespace = 'shop';
  return {
    clock,
    store,
    stop,
    until: (what, condition) => {
      if (!clock.runUntil(condition, 600_000)) throw new Error(`not within ten minutes: ${what}`);
    },
    create: (resource, name, object) =>
      store.create(resource, { ...object, metadata: { ...object.metadata, name, namespace } }),
    get: (resource, name) => store.get({ resource, namespace, name }),
    list: (resource) => store.list(resource, { namespace }).items,
    ref: (resource, name) => ({ resource, namespace, name }),
  };
}

/** A node that is ready and has room for 8 CPUs and 110 pods. */
export function testNode(name: string, spec: JsonObject = {}): KubeObject {
  const conditions = [{ type: 'Ready', status: 'True' }];
  const addresses = [{ type: 'InternalIP', address: '10.10.0.1' }];
  const allocatable = { cpu: '8', memory: '16Gi', pods: '110' };
  return { metadata: { name }, spec, status: { conditions, addresses, allocatable } };
}

/** Metadata of a pod whose containers behave as given: container name or '*' → fields of ContainerTiming. */
export function timed(timing: JsonObject, labels: Record<string, string> = { app: 'web' }) {
  return { labels, annotations: { [timingAnnotation]: JSON.stringify(timing) } };
}

/** State and reason of each container of a pod, init containers first, as text. */
export function containerStates(pod: KubeObject): Readonly<Record<string, string>> {
  const statuses = ['initContainerStatuses', 'containerStatuses'].flatMap((list) => objectsAt(pod, 'status', list));
  const text = (status: JsonObject) => {
    const [[kind, detail] = ['unknown', {}]] = Object.entries(status['state'] ?? {});
    const reason = at(detail, 'reason');
    return typeof reason === 'string' ? `${kind} ${reason}` : kind;
  };
  return Object.fromEntries(statuses.map((status) => [String(status['name']), text(status)]));
}
