/** The workloads that an upgrade restarts, and how it would renew each. */
import type { FactKind, WorkloadFact } from '../../../mesh/facts.ts';
import { isProbed } from '../../../mesh/fitness.ts';
import { scaledCount } from '../../../mesh/scaled-count.ts';
import { managedKey } from '../../../mesh/keys.ts';
import type { Workload } from '../../../mesh/data-plane-model.ts';
import type { InjectionCode } from '../../../mesh/injection-model.ts';
import { methodOf } from '../../../planner/method.ts';
import type { CheckView, FoundObject, Unseen } from '../../check.ts';
import type { Near } from '../../../planner/near.ts';

/** A workload with proxies that is restarted. */
export interface Restart {
  readonly fact: WorkloadFact;
  readonly workload: Workload;
}

const kinds: readonly string[] = ['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout'];

/**
 * Deployments, StatefulSets, DaemonSets and Rollouts whose pods have a sidecar or are gateways, and those whose next pods
 * would. Left out: control planes, what istiod renders itself (Gateway API), and, with a target, what is on it already.
 */
export function restarted({ look, mesh, target }: CheckView): readonly Restart[] {
  const onTarget = ({ versions }: Workload): boolean =>
    versions.length > 0 && versions.every((version) => version === target?.version);
  return mesh.workloads.flatMap((workload): Restart[] => {
    if (!kinds.includes(workload.kind) || !isInMesh(workload) || onTarget(workload)) return [];
    const fact = look.workloadFact(workload);
    if (fact === undefined || fact.replicas === 0) return [];
    if (fact.meta.labels[managedKey] !== undefined || 'discovery' in fact.template.images) return [];
    return [{ fact, workload }];
  });
}

/** Workloads with proxies whose own object was not read: nothing can be said of them. */
export function unreadOnes({ look, mesh }: CheckView): readonly Unseen[] {
  return mesh.workloads
    .filter((one) => kinds.includes(one.kind) && isInMesh(one) && look.workloadFact(one) === undefined)
    .map(({ kind, namespace, name }) => ({
      object: { kind, namespace, name },
      unseen: 'Its pods were read, but not the object that makes them.',
    }));
}

function isInMesh({ role, proxies, pods, injection }: Workload): boolean {
  if (proxies > 0) return role === 'sidecar' || role === 'gateway';
  return pods > 0 && injection.outcome === 'injected';
}

/** The workload as the object of a finding. */
export function objectOf({ kind, meta }: WorkloadFact): FoundObject {
  return { kind, namespace: meta.namespace, name: meta.name };
}

/** Whether a Service sends requests to it. */
export function serves({ look }: CheckView, { fact }: Restart): boolean {
  return look.servicesOf(fact).length > 0;
}

/** Lists without which nobody knows whether a label is free for a hand-over (planner/hand-over-label.ts). */
export const handOverLists = [
  ...['services', 'istioGateways', 'networkPolicies', 'serviceEntries', 'destinationRules', 'sidecars'],
  ...['peerAuthentications', 'requestAuthentications', 'authorizationPolicies', 'envoyFilters', 'wasmPlugins'],
  ...['telemetries', 'proxyConfigs'],
] as readonly FactKind[];

const byPod: readonly InjectionCode[] = ['pod-revision', 'pod-inject', 'auto'];

/** Label istio.io/rev of its own template decides, so the template must change: only a rollout does that. */
export function choosesByTemplate({ target }: CheckView, { injection: { code, tag } }: Workload): boolean {
  return target?.strategy !== 'in-place' && byPod.includes(code) && (tag === null || tag === 'default');
}

/** How it would be renewed without a word of the policy. `none`: not at all. `unknown`: a list that decides was not read. */
export type Way = 'hand-over' | 'rollout' | 'by-pod' | 'none' | 'unknown';

/** See Way. `near` is made once for all workloads of a view. */
export function wayOf(view: CheckView, { fact, workload }: Restart, near: Near): Way {
  const role = workload.role === 'gateway' ? 'gateway' : 'sidecar';
  const labels = choosesByTemplate(view, workload);
  const facts = near(fact);
  const found = methodOf({ facts, fact, role, override: { select: {} }, labels });
  const guessed = fact.kind === 'Deployment' && !labels && handOverLists.some((kind) => facts[kind].unread !== null);
  if ('refused' in found) return guessed && fact.strategy !== 'Recreate' && !fact.paused ? 'unknown' : 'none';
  if (found.method === 'next-run') return 'none';
  return found.method === 'rollout' && guessed && !isProven(fact) ? 'unknown' : found.method;
}

/** Readiness probe and preStop hook on every container, and no pod is taken before the next is ready: a rollout loses nothing. */
function isProven(fact: WorkloadFact): boolean {
  const { fitness } = fact.template;
  return isProbed(fitness) && fitness.preStop === 'all' && numbersOf(fact).unavailable === 0;
}

/** Pods that a rolling update may make in addition, and take away first. */
export interface RollingNumbers {
  readonly surge: number;
  readonly unavailable: number;
}

/**
 * As Kubernetes computes them: surge rounds up, unavailable down (up for DaemonSets and StatefulSets, which have it from 1.35 on); when
 * both come to 0, one pod may be taken away.
 */
export function numbersOf({ kind, replicas, maxSurge, maxUnavailable }: WorkloadFact): RollingNumbers {
  if (kind === 'StatefulSet')
    return { surge: 0, unavailable: Math.max(1, scaledCount(maxUnavailable, replicas, Math.ceil)) };
  const [surgeDefault, unavailableDefault] = kind === 'DaemonSet' ? ['0', '1'] : ['25%', '25%'];
  const round = kind === 'DaemonSet' ? Math.ceil : Math.floor;
  const surge = scaledCount(maxSurge === '' ? surgeDefault : maxSurge, replicas, Math.ceil);
  const unavailable = scaledCount(maxUnavailable === '' ? unavailableDefault : maxUnavailable, replicas, round);
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}
