/**
 * I1: as many pods of every workload serve as its strategy and its budgets allow. What the plan rolls out is held to its
 * strategy alone: Kubernetes asks budgets for evictions only.
 */
import type { KubeObject } from '../../../src/kube/api.ts';
import type { UpgradePlan } from '../../../src/planner/plan.ts';
import { at, numberAt, textAt } from '../../../sandbox/store/json.ts';
import { resources } from '../../../sandbox/store/resources.ts';
import type { Store } from '../../../sandbox/store/store.ts';
import { isUp, labelsOf, selects, type Mirror } from './mirror.ts';

const leaving = 'meshlift-leaving';

/** Workloads whose own controller replaces their pods, by the plan. */
export function rolledOut(plan: UpgradePlan): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { spec } of plan.stages.flatMap(({ steps }) => steps))
    if (spec.kind === 'renew-workload' && spec.method === 'rollout')
      names.add(`${spec.workload} ${spec.namespace}/${spec.name}`);
  return names;
}

/** Pods that serve and how many must. */
export class Availability {
  readonly #store: Store;
  readonly #mirror: Mirror;
  readonly #rolled: ReadonlySet<string>;
  /** What was missing before anything began is nobody's fault. */
  readonly #start = new Map<string, number>();

  constructor(store: Store, mirror: Mirror, rolled: ReadonlySet<string>) {
    this.#store = store;
    this.#rolled = rolled;
    this.#mirror = mirror;
    for (const [workload] of this.#owners()) this.#start.set(workload, this.serving(workload));
  }

  /** Pods that are up and that no hand-over has taken out of their Services. */
  serving(workload: string): number {
    return this.#mirror.of(workload).filter((pod) => isUp(pod) && !isLeaving(pod)).length;
  }

  /** What is wrong with a workload; null: nothing. */
  problem(workload: string): string | null {
    const owner = this.#owner(workload);
    if (owner === undefined) return null;
    const floor = Math.min(this.#floorOf(owner), this.#start.get(workload) ?? 0);
    const serving = this.serving(workload);
    return serving >= floor ? null : `${workload} has ${serving} serving pods of at least ${floor}`;
  }

  /** From now on what is missing counts as missing before. */
  forgive(workload: string): void {
    this.#start.set(workload, Math.min(this.#start.get(workload) ?? 0, this.serving(workload)));
  }

  #owner(workload: string): KubeObject | undefined {
    const [kind = '', place = ''] = workload.split(' ');
    const [namespace = '', name = ''] = place.split('/');
    const resource = kinds[kind];
    if (resource === undefined) return undefined;
    try {
      return this.#store.get({ resource, namespace, name });
    } catch {
      return undefined;
    }
  }

  *#owners(): Generator<readonly [string, KubeObject]> {
    for (const [kind, resource] of Object.entries(kinds)) {
      for (const object of this.#store.all(resource))
        yield [`${kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}`, object];
    }
  }

  #floorOf(owner: KubeObject): number {
    const wanted =
      owner.kind === 'DaemonSet'
        ? (numberAt(owner, 'status', 'desiredNumberScheduled') ?? 0)
        : (numberAt(owner, 'spec', 'replicas') ?? 1);
    const name = `${owner.kind ?? ''} ${owner.metadata.namespace ?? ''}/${owner.metadata.name}`;
    const byBudget = this.#rolled.has(name) ? 0 : this.#byBudget(owner, wanted);
    return Math.min(wanted, Math.max(byStrategy(owner, wanted), byBudget));
  }

  #byBudget(owner: KubeObject, wanted: number): number {
    const labels = labelsOf({ metadata: { name: '', ...(at(owner, 'spec', 'template', 'metadata') as object) } });
    let floor = 0;
    for (const budget of this.#store.all(resources.disruptionBudgets)) {
      if (budget.metadata.namespace !== owner.metadata.namespace || !selects(budget, labels)) continue;
      const min = at(budget, 'spec', 'minAvailable');
      const max = at(budget, 'spec', 'maxUnavailable');
      floor = Math.max(
        floor,
        min === undefined ? wanted - count(max ?? 0, wanted, Math.ceil) : count(min, wanted, Math.ceil),
      );
    }
    return floor;
  }
}

const kinds: Readonly<Record<string, (typeof resources)['deployments']>> = {
  Deployment: resources.deployments,
  StatefulSet: resources.statefulSets,
  DaemonSet: resources.daemonSets,
};

function isLeaving(pod: KubeObject): boolean {
  return labelsOf(pod)['meshlift.dev/hand-over'] !== undefined && Object.values(labelsOf(pod)).includes(leaving);
}

function byStrategy(owner: KubeObject, wanted: number): number {
  if (owner.kind !== 'Deployment') return Math.max(0, wanted - 1);
  if (textAt(owner, 'spec', 'strategy', 'type') === 'Recreate') return 0;
  return wanted - count(at(owner, 'spec', 'strategy', 'rollingUpdate', 'maxUnavailable') ?? '25%', wanted, Math.floor);
}

function count(value: unknown, of: number, round: (value: number) => number): number {
  const text = String(value);
  return text.endsWith('%') ? round((Number(text.slice(0, -1)) / 100) * of) : Number(text);
}
