/** Facts of one workload in a mesh of Istio 1.29.6, with its pods: what cases of fitness and gateways are made of. */
import type {
  Facts,
  FitnessFact,
  PodFact,
  Read,
  TemplateFact,
  WorkloadFact,
  WorkloadKind,
} from '../../src/mesh/facts.ts';
import { configMapFact, fit, namespaceFact } from '../fact-defaults.ts';
import { cluster, injected, injector, meta, owned, owner, plane, read, template, workload } from '../mesh-facts.ts';

/** Numbers of a workload with so many replicas, all ready. */
export function numbers(replicas: number): Partial<WorkloadFact> {
  return { replicas, readyReplicas: replicas, updatedReplicas: replicas, availableReplicas: replicas };
}

/** What differs from a fit workload: of the workload, its template, and its fitness. */
export interface Web {
  readonly kind?: WorkloadKind;
  readonly fact?: Partial<WorkloadFact>;
  readonly template?: Partial<TemplateFact>;
  readonly fitness?: Partial<FitnessFact>;
  /** Of every pod. */
  readonly pod?: Partial<PodFact>;
  /** Nodes of its pods, in order; node-1 for those that are left. */
  readonly nodes?: readonly string[];
  readonly over?: Partial<Facts>;
}

const lists = {
  Deployment: 'deployments',
  StatefulSet: 'statefulSets',
  DaemonSet: 'daemonSets',
  Rollout: 'rollouts',
} as const;

/** Workload shop/web, three pods, without anything to complain about, in a namespace that revision 1-29-6 injects. */
export function web(different: Web = {}): Facts {
  const kind = different.kind ?? 'Deployment';
  const labels = { app: 'web', ...different.template?.labels };
  const fact = workload(kind, 'shop', 'web', {
    ...numbers(3),
    maxUnavailable: '0',
    ...different.fact,
    template: template({ fitness: { ...fit, ...different.fitness }, ...different.template, labels }),
  });
  const replicaSet = { meta: { ...meta('shop', 'web-1'), owner: owner(kind, 'web') } };
  const bySet = kind === 'Deployment' || kind === 'Rollout';
  const by = bySet ? owner('ReplicaSet', 'web-1') : owner(kind, 'web');
  const pods = Array.from({ length: fact.replicas }, (_unused, index) =>
    owned(
      injected('shop', `web-${String(index)}`, '1.29.6', {
        node: different.nodes?.[index] ?? 'node-1',
        ...different.pod,
      }),
      by,
      fact.template.labels,
    ),
  );
  const key = lists[kind as keyof typeof lists];
  const own = { [key]: read(fact) } as Partial<Facts>;
  return cluster([plane('1.29.6')], [injector('1.29.6')], {
    namespaces: read(namespaceFact(meta('', 'shop', { 'istio.io/rev': '1-29-6' }))),
    configMaps: read(configMapFact(meta('istio-system', 'istio-1-29-6'), { mesh: {} })),
    replicaSets: read(...(bySet ? [replicaSet] : [])),
    ...different.over,
    ...own,
    pods: read(...pods, ...items(different.over?.pods)),
  });
}

function items<T>(list: Read<T> | undefined): readonly T[] {
  return list?.items ?? [];
}
