/** Quotas and limit ranges that would refuse pods of the upgrade. */
import { bytes, cpuMillis, quantity } from '../../../mesh/quantities.ts';
import type { Labels, LimitRangeFact, QuotaFact, RequestsFact, WorkloadFact } from '../../../mesh/facts.ts';
import type { Check, CheckView, Finding, Unseen } from '../../check.ts';
import { groupBy } from '../../../mesh/group.ts';
import { additionOf } from './capacity.ts';
import { needsSurge } from './room.ts';

/** What is added to a namespace at once, and who asks for it. */
interface Need extends RequestsFact {
  readonly pods: number;
  /** Deployments, Services and so on of a second control plane. */
  readonly objects: number;
  readonly who: string;
}

// A quota counts these: key of spec.hard, and how much of it a need takes. Limits are not read: any is more than none.
const counted: Readonly<Record<string, (need: Need) => number>> = {
  pods: ({ pods }) => pods,
  'count/pods': ({ pods }) => pods,
  cpu: ({ cpuMillis }) => cpuMillis / 1000,
  'requests.cpu': ({ cpuMillis }) => cpuMillis / 1000,
  memory: ({ memoryBytes }) => memoryBytes,
  'requests.memory': ({ memoryBytes }) => memoryBytes,
  'limits.cpu': ({ pods }) => (pods > 0 ? 0.001 : 0),
  'limits.memory': ({ pods }) => (pods > 0 ? 1 : 0),
  services: ({ objects }) => objects,
  'count/services': ({ objects }) => objects,
  configmaps: ({ objects }) => objects,
  'count/configmaps': ({ objects }) => objects,
  'count/deployments.apps': ({ objects }) => objects,
};

// Quantities are decimal fractions: 1 - 0.8 is a little less than 0.2.
const rounding = 1e-6;

function exceeded({ hard, used }: QuotaFact, need: Need): readonly string[] {
  const left = (key: string): number => quantity(hard[key]) - quantity(used[key]) + rounding;
  return Object.entries(counted)
    .filter(([key, of]) => key in hard && key in used && of(need) > left(key))
    .map(([key]) => key);
}

/** The new control plane, when the namespace is its own. */
function planeNeed(view: CheckView, namespace: string): Need | null {
  const added = additionOf(view);
  if (added === null || added.pods === 0 || added.plane.namespace !== namespace) return null;
  const { cpuMillis: cpu, memoryBytes } = added.fact.template.requests;
  return {
    ...{ pods: added.pods, cpuMillis: cpu * added.pods, memoryBytes: memoryBytes * added.pods },
    objects: view.target?.strategy === 'revision' ? 1 : 0,
    who: 'the control plane that the upgrade adds',
  };
}

/** One surge pod of the largest workload that can't do without. */
function surgeNeed({ look }: CheckView, facts: readonly WorkloadFact[]): Need | null {
  const surging = facts.filter((fact) => needsSurge(fact) && (look.meshWorkload(fact)?.proxies ?? 0) > 0);
  const [first] = surging;
  if (first === undefined) return null;
  const sizes = surging.flatMap((fact) => [
    fact.template.requests,
    ...look.podsOf(fact).map(({ requests }) => requests),
  ]);
  return {
    pods: 1,
    cpuMillis: sizes.reduce((most, size) => Math.max(most, size.cpuMillis), 0),
    memoryBytes: sizes.reduce((most, size) => Math.max(most, size.memoryBytes), 0),
    objects: 0,
    who: surging.length === 1 ? `one pod more of ${first.meta.name}` : `one pod more of its largest workload`,
  };
}

/** Quotas. */
export const quotasLeaveRoom: Check = {
  id: 'ML-C008',
  title: 'quotas leave room for the control plane that is added and for the pods of rollouts',
  looksAt:
    'status.hard and status.used of every ResourceQuota in namespaces of control planes and of workloads with proxies that must surge.',
  why: 'A pod over the quota is refused without a pod to look at: only the ReplicaSet says so, and the rollout hangs half-way.',
  remedy: 'Raise the quota for the time of the upgrade.',
  source: 'istio/istio issues 53909, 48115; kubernetes.io docs/concepts/policy/resource-quotas',
  severities: ['blocks', 'warns'],
  needs: ['quotas', 'pods', 'deployments'],
  pains: ['P31'],
  run: (view) => {
    const byNamespace = groupBy(view.look.workloadFacts, ({ meta }) => meta.namespace);
    return view.facts.quotas.items.flatMap((quota): (Finding | Unseen)[] => {
      const { namespace } = quota.meta;
      const plane = planeNeed(view, namespace);
      const need = plane ?? surgeNeed(view, byNamespace.get(namespace) ?? []);
      const keys = need === null ? [] : exceeded(quota, need);
      if (need === null || keys.length === 0) return [];
      return [quota.scoped ? scoped(quota) : overQuota(quota, keys, { who: need.who, blocks: plane !== null })];
    });
  },
};

function scoped({ meta }: QuotaFact): Unseen {
  const object = { kind: 'ResourceQuota', namespace: meta.namespace, name: meta.name };
  return { object, unseen: 'It is nearly used up, but counts only pods of its scopes, which are not read.' };
}

function overQuota(
  { meta, hard, used }: QuotaFact,
  keys: readonly string[],
  { who, blocks }: { readonly who: string; readonly blocks: boolean },
): Finding {
  const state = keys.map((key) => `${key} ${used[key] ?? ''} of ${hard[key] ?? ''}`).join(', ');
  return {
    severity: blocks ? 'blocks' : 'warns',
    object: { kind: 'ResourceQuota', namespace: meta.namespace, name: meta.name },
    ...{ field: `spec.hard[${keys[0] ?? ''}]`, value: state },
    message: `It has no room for ${who}: ${state} is used.`,
    why: blocks
      ? 'The new control plane is refused, and the upgrade stops at its first step.'
      : 'The rollout of such a workload hangs: its new pod is refused, and no old one may go before.',
    remedy: `kubectl -n ${meta.namespace} edit resourcequota ${meta.name}, and raise ${keys.join(', ')}`,
  };
}

/** What a sidecar asks for and is limited to by the chart's default (istio-discovery values, global.proxy.resources). */
const sidecar = { cpu: { request: 100, limit: 2000 }, memory: { request: 128 * 2 ** 20, limit: 2 ** 30 } } as const;

/** Words for every limit that a sidecar breaks. */
function broken({ limits }: LimitRangeFact): readonly string[] {
  return limits.flatMap(({ type, max, min }) => {
    const high = type === 'Container' || type === 'Pod' ? below(max) : [];
    return type === 'Container' ? [...high, ...above(min)] : high;
  });
}

function below(max: Labels): readonly string[] {
  const { cpu, memory } = max;
  return [
    ...(cpu !== undefined && cpuMillis(cpu) < sidecar.cpu.limit ? [`max cpu ${cpu}`] : []),
    ...(memory !== undefined && bytes(memory) < sidecar.memory.limit ? [`max memory ${memory}`] : []),
  ];
}

function above(min: Labels): readonly string[] {
  const { cpu, memory } = min;
  return [
    ...(cpu !== undefined && cpuMillis(cpu) > sidecar.cpu.request ? [`min cpu ${cpu}`] : []),
    ...(memory !== undefined && bytes(memory) > sidecar.memory.request ? [`min memory ${memory}`] : []),
  ];
}

/** Limit ranges. */
export const limitsAdmitSidecars: Check = {
  id: 'ML-C009',
  title: 'limit ranges of injected namespaces admit the sidecar',
  looksAt:
    "spec.limits of every LimitRange in namespaces whose pods are injected, against the chart's default resources of a sidecar: requests 100m and 128Mi, limits 2 CPU and 1Gi.",
  why: 'A limit range judges only new pods: those that run were perhaps made before it, and every one that the upgrade restarts is refused.',
  remedy:
    'Widen the limit range, or set resources of the sidecar that fit it (global.proxy.resources, or the annotations sidecar.istio.io/proxyCPU and the like).',
  source: 'kubernetes.io docs/concepts/policy/limit-range; istio-discovery/values.yaml in istio/istio',
  severities: ['warns'],
  needs: ['limitRanges', 'namespaces'],
  pains: ['P31'],
  run: ({ facts, mesh }) => {
    const injected = new Set(
      mesh.workloads
        .filter(({ role, injection }) => role === 'sidecar' && injection.outcome === 'injected')
        .map(({ namespace }) => namespace),
    );
    return facts.limitRanges.items
      .filter(({ meta }) => injected.has(meta.namespace))
      .flatMap((range): Finding[] => {
        const words = broken(range);
        const { namespace, name } = range.meta;
        if (words.length === 0) return [];
        return [
          {
            ...{ severity: 'warns', object: { kind: 'LimitRange', namespace, name } },
            ...{ field: 'spec.limits[]', value: words.join(', ') },
            message: `It does not admit a sidecar with the default resources: ${words.join(', ')}.`,
            why: 'Pods that are restarted are refused, unless this mesh gives its sidecars other resources.',
            remedy: `Prove it: kubectl -n ${namespace} run probe --image=pause --labels=app=probe --dry-run=server -o name; when it is refused: kubectl -n ${namespace} edit limitrange ${name}`,
          },
        ];
      });
  },
};
