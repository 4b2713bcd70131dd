/** The facts by what checks ask for. Each index is made when it is first asked for, and once. */
import type {
  AutoscalerFact,
  BudgetFact,
  Facts,
  Labels,
  MetaFact,
  NamespaceFact,
  PodFact,
  Read,
  ServiceFact,
  WorkloadFact,
} from '../mesh/facts.ts';
import type { ControlPlane } from '../mesh/control-plane-model.ts';
import type { Proxy, Workload } from '../mesh/data-plane-model.ts';
import type { Gateway } from '../mesh/gateway-model.ts';
import type { Mesh } from '../mesh/mesh.ts';
import { matches } from '../mesh/selectors.ts';
import { groupBy } from '../mesh/group.ts';

/** Questions to the facts; every answer is the same for the same facts. */
export interface Lookup {
  namespace(name: string): NamespaceFact | undefined;
  /** By kind, namespace and name; undefined when there is none, or for kinds that are no workload. */
  workloadFact(place: {
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
  }): WorkloadFact | undefined;
  /** All workload facts: Deployments, StatefulSets, DaemonSets, Rollouts, Jobs, CronJobs, in this order. */
  readonly workloadFacts: readonly WorkloadFact[];
  /** The Deployment of a control plane. */
  deploymentOf(plane: ControlPlane): WorkloadFact | undefined;
  /** The workload behind a gateway; undefined when it has none yet. */
  workloadOf(gateway: Gateway): WorkloadFact | undefined;
  podsIn(namespace: string): readonly PodFact[];
  pod(namespace: string, name: string): PodFact | undefined;
  /** Running or starting pods that the workload's selector finds in its namespace. */
  podsOf(workload: WorkloadFact): readonly PodFact[];
  servicesIn(namespace: string): readonly ServiceFact[];
  /** Services whose selector finds the labels of its template. */
  servicesOf(workload: WorkloadFact): readonly ServiceFact[];
  /** Budgets whose selector finds the labels of its template. */
  budgetsOf(workload: WorkloadFact): readonly BudgetFact[];
  autoscalerOf(workload: WorkloadFact): AutoscalerFact | undefined;
  /** Proxies of a workload, by its index in `Mesh.workloads`. */
  proxiesOf(workload: number): readonly Proxy[];
  /** The mesh's view of a workload fact; undefined when none of its pods runs. */
  meshWorkload(fact: WorkloadFact): Workload | undefined;
}

/** Indexes over facts and model. */
export function createLookup(facts: Facts, mesh: Mesh): Lookup {
  const workloadFacts = [
    ...[facts.deployments, facts.statefulSets, facts.daemonSets, facts.rollouts, facts.jobs, facts.cronJobs],
  ].flatMap((list) => list.items);
  const namespaces = lazy(() => byName(facts.namespaces));
  const byPlace = lazy(() => new Map(workloadFacts.map((one) => [placeKey(one.kind, one.meta), one])));
  const pods = lazy(() => inNamespaces(facts.pods));
  const podsByName = lazy(() => byName(facts.pods));
  const services = lazy(() => inNamespaces(facts.services));
  const budgets = lazy(() => inNamespaces(facts.budgets));
  const autoscalers = lazy(
    () =>
      new Map(facts.autoscalers.items.map((one) => [`${one.targetKind} ${one.meta.namespace}/${one.targetName}`, one])),
  );
  const proxies = lazy(() => groupBy(mesh.proxies, (proxy) => proxy.workload));
  const inMesh = lazy(() => new Map(mesh.workloads.map((one) => [placeKey(one.kind, one), one])));
  const podsOf = memo((workload: WorkloadFact) => {
    const wanted = Object.keys(workload.selector).length === 0 ? null : workload.selector;
    if (wanted === null) return [];
    return (pods().get(workload.meta.namespace) ?? []).filter((pod) => isAlive(pod) && has(pod.meta.labels, wanted));
  });
  const workloadFact: Lookup['workloadFact'] = (place) => byPlace().get(placeKey(place.kind, place));
  return {
    workloadFacts,
    workloadFact,
    podsOf,
    namespace: (name) => namespaces().get(`/${name}`),
    deploymentOf: ({ namespace, deployment }) => workloadFact({ kind: 'Deployment', namespace, name: deployment }),
    workloadOf: ({ workload }) => {
      const found = mesh.workloads[workload];
      return found === undefined ? undefined : workloadFact(found);
    },
    podsIn: (namespace) => pods().get(namespace) ?? [],
    pod: (namespace, name) => podsByName().get(`${namespace}/${name}`),
    servicesIn: (namespace) => services().get(namespace) ?? [],
    servicesOf: ({ meta, template }) =>
      (services().get(meta.namespace) ?? []).filter(
        ({ selector }) => Object.keys(selector).length > 0 && has(template.labels, selector),
      ),
    budgetsOf: ({ meta, template }) =>
      (budgets().get(meta.namespace) ?? []).filter(
        ({ selector }) => selector !== null && matches(selector, template.labels) === true,
      ),
    autoscalerOf: ({ kind, meta }) => autoscalers().get(placeKey(kind, meta)),
    proxiesOf: (workload) => proxies().get(workload) ?? [],
    meshWorkload: ({ kind, meta }) => inMesh().get(placeKey(kind, meta)),
  };
}

function placeKey(kind: string, { namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${kind} ${namespace}/${name}`;
}

function byName<T extends { readonly meta: MetaFact }>({ items }: Read<T>): ReadonlyMap<string, T> {
  return new Map(items.map((one) => [`${one.meta.namespace}/${one.meta.name}`, one]));
}

function inNamespaces<T extends { readonly meta: MetaFact }>({ items }: Read<T>): ReadonlyMap<string, readonly T[]> {
  return groupBy(items, (one) => one.meta.namespace);
}

function isAlive({ phase }: PodFact): boolean {
  return phase !== 'Succeeded' && phase !== 'Failed';
}

function has(labels: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}

function memo<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    made.set(key, value);
    return value;
  };
}
