/** What happens to a cluster from outside while a run goes on. */
import type { KubeObject, ObjectRef } from '../../src/kube/api.ts';
import type { UpgradePlan } from '../../src/planner/plan.ts';
import { numberAt, textAt } from '../../sandbox/store/json.ts';
import type { Random } from '../../sandbox/store/random.ts';
import { resources } from '../../sandbox/store/resources.ts';
import type { Store } from '../../sandbox/store/store.ts';
import type { Stage } from '../upgrade/world.ts';

/** One kind of disturbance. */
export interface Disturbance {
  readonly name: string;
  /** What it excuses: see `Excused`. */
  readonly excuses: { readonly pods?: true; readonly istiods?: true };
  /** A run may stand still after it with a reason, however often it is resumed. */
  readonly mayHalt?: true;
  /** Pods are made that no renewal asked for. */
  readonly makesPods?: true;
  begin(stage: Stage, plan: UpgradePlan, random: Random): void;
}

const pick = <T>(random: Random, all: readonly T[]): T | undefined => all[Math.floor(random() * all.length)];

/** Milliseconds after the beginning at which something happens: in the middle of most runs. */
const some = (random: Random): number => 4000 + random() * 50_000;

/** What happened to something that is there; what is gone by then is left alone. */
function at({ scheduler, cluster }: Stage, ms: number, action: (store: Store) => void): void {
  scheduler.after(ms, () => {
    try {
      action(cluster.store);
    } catch (error) {
      if (!(error instanceof Error) || !/not found/.test(error.message)) throw error;
    }
  });
}

function renewed(plan: UpgradePlan): readonly { namespace: string; name: string; workload: string }[] {
  const specs = plan.stages.flatMap(({ steps }) => steps.map(({ spec }) => spec));
  return specs.filter((spec) => spec.kind === 'renew-workload' && spec.workload === 'Deployment') as never;
}

function deployment(namespace: string, name: string): ObjectRef {
  return { resource: resources.deployments, namespace, name };
}

const istiodOf = (revision: string): string => (revision === 'default' ? 'istiod' : `istiod-${revision}`);

function istiodAway(stage: Stage, plan: UpgradePlan, random: Random, revision: string): void {
  const ref = deployment(plan.revisions.namespace, istiodOf(revision));
  const from = some(random);
  let replicas = 1;
  at(stage, from, (store) => {
    replicas = numberAt(store.get(ref), 'spec', 'replicas') ?? 1;
    store.patch(ref, 'merge', { spec: { replicas: 0 } });
  });
  at(stage, from + 2000 + random() * 30_000, (store) => {
    store.patch(ref, 'merge', { spec: { replicas: Math.max(1, replicas) } });
  });
}

function ofNode(store: Store, node: string): readonly KubeObject[] {
  return [...store.all(resources.pods)].filter((pod) => textAt(pod, 'spec', 'nodeName') === node);
}

/** All kinds. */
export const disturbances: readonly Disturbance[] = [
  {
    name: 'old istiod away',
    excuses: { istiods: true },
    begin: (stage, plan, random) => istiodAway(stage, plan, random, plan.revisions.old),
  },
  {
    name: 'new istiod away',
    excuses: { istiods: true },
    begin: (stage, plan, random) => istiodAway(stage, plan, random, plan.revisions.new),
  },
  {
    name: 'istiod pod dies',
    excuses: { istiods: true },
    begin: (stage, _plan, random) =>
      at(stage, some(random), (store) => {
        const istiods = [...store.all(resources.pods)].filter(({ metadata }) => metadata.labels?.['app'] === 'istiod');
        const { name = '', namespace = '' } = pick(random, istiods)?.metadata ?? {};
        store.delete({ resource: resources.pods, namespace, name }, { gracePeriodSeconds: 0 });
      }),
  },
  {
    name: 'node vanishes',
    excuses: { pods: true, istiods: true },
    makesPods: true,
    begin: (stage, _plan, random) =>
      at(stage, some(random), (store) => {
        const nodes = [...store.all(resources.nodes)];
        const node = pick(random, nodes)?.metadata.name ?? '';
        if (nodes.length > 1) store.delete({ resource: resources.nodes, name: node });
        for (const { metadata } of ofNode(store, node)) {
          const ref = { resource: resources.pods, namespace: metadata.namespace ?? '', name: metadata.name };
          store.delete(ref, { gracePeriodSeconds: 0 });
        }
      }),
  },
  {
    name: 'scaled',
    excuses: { pods: true },
    makesPods: true,
    begin: (stage, plan, random) => {
      const { namespace = '', name = '' } = pick(random, renewed(plan)) ?? {};
      for (const ms of [some(random), some(random)]) {
        at(stage, ms, (store) => {
          const replicas = numberAt(store.get(deployment(namespace, name)), 'spec', 'replicas') ?? 1;
          const next = Math.max(1, replicas + (random() < 0.6 ? 1 : -1));
          store.patch(deployment(namespace, name), 'merge', { spec: { replicas: next } });
        });
      }
    },
  },
  {
    name: 'restarted by hand',
    excuses: { pods: true },
    makesPods: true,
    begin: (stage, plan, random) => {
      const { namespace = '', name = '' } = pick(random, renewed(plan)) ?? {};
      const annotations = { 'kubectl.kubernetes.io/restartedAt': 'by hand' };
      at(stage, some(random), (store) => {
        store.patch(deployment(namespace, name), 'merge', { spec: { template: { metadata: { annotations } } } });
      });
    },
  },
  {
    name: 'namespace labelled by hand',
    excuses: {},
    mayHalt: true,
    makesPods: true,
    begin: (stage, plan, random) => {
      const { namespace = '' } = pick(random, renewed(plan)) ?? {};
      const labels = pick(random, [{ team: 'x' }, { 'istio.io/rev': plan.revisions.old, 'istio-injection': null }]);
      at(stage, some(random), (store) => {
        store.patch({ resource: resources.namespaces, name: namespace }, 'merge', { metadata: { labels } });
      });
    },
  },
];
