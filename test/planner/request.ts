/** What a plan is asked for, from facts made by hand. */
import { describing } from '../../src/engine/execute.ts';
import { planHops } from '../../src/knowledge/hops.ts';
import { builtInKnowledge } from '../../src/knowledge/knowledge.ts';
import { buildMesh } from '../../src/mesh/build.ts';
import type { Facts, NamespaceFact, PodFact, WorkloadFact, WorkloadKind } from '../../src/mesh/facts.ts';
import { endsOf, oldControlPlane } from '../../src/planner/ends.ts';
import type { Ends, PlanRequest } from '../../src/planner/input.ts';
import { planUpgrade } from '../../src/planner/plan-upgrade.ts';
import type { UpgradePlan } from '../../src/planner/plan.ts';
import { defaultPolicy, type Policy } from '../../src/policy/policy.ts';
import { stepKinds } from '../../src/steps/kinds.ts';
import { namespaceFact } from '../fact-defaults.ts';
import {
  answer,
  cluster,
  injected,
  injector,
  meta,
  owned,
  owner,
  plane,
  read,
  template,
  workload,
  type Plane,
} from '../mesh-facts.ts';

/** A request for 1.30.3, or for what is given. */
export function request(facts: Facts, policy: Partial<Policy> = {}, given: Partial<PlanRequest> = {}): PlanRequest {
  const mesh = buildMesh(facts);
  const to = given.to ?? '1.30.3';
  const from = oldControlPlane(mesh, to, given.revision ?? null).version;
  const kubernetes = mesh.kubernetesVersion;
  const hops = planHops({ from, to, strategy: 'revision', kubernetes, knowledge: builtInKnowledge });
  return {
    view: { facts, mesh, seenAt: 0 },
    to,
    revision: null,
    policy: { ...defaultPolicy, ...policy },
    hops: hops.outcome === 'hops' ? hops.hops : [],
    findings: [],
    kinds: describing(stepKinds),
    createdAt: '2026-03-02T08:00:00.000Z',
    tool: 'meshlift test',
    clusterUid: 'uid',
    ...given,
  };
}

/** Both ends of a request. */
export function ends(asked: PlanRequest): Ends {
  return endsOf(asked, oldControlPlane(asked.view.mesh, asked.hops[0]?.to ?? asked.to, asked.revision));
}

/** The plan of a request. @throws when there is nothing to do */
export function planOf(asked: PlanRequest): UpgradePlan {
  const planned = planUpgrade(asked);
  if ('nothing' in planned) throw new Error(planned.nothing);
  return planned.plan;
}

/** A workload with its pods. */
export interface Made {
  readonly fact: WorkloadFact;
  readonly pods: readonly PodFact[];
}

/** A workload of one pod that has a proxy of a version; null: none. */
export function made(
  kind: WorkloadKind,
  name: string,
  version: string | null,
  given: Partial<WorkloadFact> & { readonly namespace?: string } = {},
): Made {
  const { namespace = 'shop', ...rest } = given;
  const base = injected(namespace, `${name}-0`, version ?? '1.29.6', version === null ? { proxy: null } : {});
  const labels = rest.template?.labels ?? { app: name };
  const defaults = { maxSurge: '1', maxUnavailable: '0', template: template({ labels }) };
  return {
    fact: workload(kind, namespace, name, { ...defaults, ...rest }),
    pods: [owned(base, owner(kind, name), labels)],
  };
}

/** The control plane of a version, whose pod belongs to its Deployment. */
export function planeOf(version: string): Plane {
  const found = plane(version);
  return { ...found, pod: owned(found.pod, owner('Deployment', found.deployment.meta.name)) };
}

/** The classes that Istio makes. */
export const gatewayClasses = read(
  { meta: meta('', 'istio'), controller: 'istio.io/gateway-controller' },
  { meta: meta('', 'istio-waypoint'), controller: 'istio.io/mesh-controller' },
);

/** A namespace with labels. */
export function namespaced(name: string, labels: Readonly<Record<string, string>> = {}): NamespaceFact {
  return namespaceFact(meta('', name, { 'kubernetes.io/metadata.name': name, ...labels }));
}

/**
 * A mesh of 1.29.6 with tag prod; namespace shop is labelled for it unless other namespaces are given. All that runs is
 * made by the workloads.
 */
export function shop(
  workloads: readonly Made[],
  namespaces: readonly NamespaceFact[] = [namespaced('shop', { 'istio.io/rev': 'prod' })],
  given: Partial<Facts> = {},
): Facts {
  const of = (...kinds: readonly WorkloadKind[]) =>
    workloads.map(({ fact }) => fact).filter(({ kind }) => kinds.includes(kind));
  const pods = workloads.flatMap((one) => one.pods);
  const connected = pods
    .filter(({ proxy }) => proxy !== null)
    .map(({ meta: { namespace, name } }) => `${namespace}/${name}`);
  return cluster([planeOf('1.29.6')], [injector('1.29.6'), injector('1.29.6', 'prod')], {
    ...given,
    namespaces: read(namespaced('istio-system'), ...namespaces),
    deployments: read(...of('Deployment')),
    statefulSets: read(...of('StatefulSet')),
    daemonSets: read(...of('DaemonSet')),
    rollouts: read(...of('Rollout')),
    jobs: read(...of('Job')),
    cronJobs: read(...of('CronJob')),
    pods: read(...pods, ...(given.pods?.items ?? [])),
    istiods: read(answer('1.29.6', connected)),
  });
}
