import { seededRandom, type Random } from '../store/random.ts';
import type { NamespaceSpec, Scenario, WorkloadSpec } from './types.ts';

/** Replicas by how often they occur; mostly small, some large. Mean 2.2. */
const replicaCounts = [1, 1, 1, 2, 2, 2, 2, 3, 3, 5];

function pick<T>(from: readonly [T, ...T[]] | readonly T[], random: Random): T | undefined {
  return from[Math.floor(random() * from.length)];
}

function workload(index: number, random: Random): WorkloadSpec {
  const name = `service-${String(index).padStart(4, '0')}`;
  const replicas = pick(replicaCounts, random) ?? 1;
  const kind = random() < 0.1 ? 'StatefulSet' : 'Deployment';
  return { kind, name, replicas, ...(replicas > 1 && random() < 0.5 ? { minAvailable: replicas - 1 } : {}) };
}

/** Teams with 25 workloads each: half of them on tag prod, half on the revision itself. */
function teams(count: number, seed: number): readonly NamespaceSpec[] {
  const random = seededRandom(seed);
  return Array.from({ length: count / 25 }, (_, team) => ({
    name: `team-${String(team + 1).padStart(2, '0')}`,
    labels: { 'istio.io/rev': team % 2 === 0 ? 'prod' : '1-29-6' },
    workloads: Array.from({ length: 25 }, (__, index) => workload(team * 25 + index, random)),
  }));
}

/** A large mesh. The same on every machine and at every start: sizes are drawn from a fixed seed. */
export const thousandWorkloads: Scenario = {
  name: 'thousand-workloads',
  description: '1,000 workloads in 40 namespaces on Istio 1.29.6 with tag prod, some 2,200 proxies',
  nodes: 40,
  steps: [
    {
      do: 'install',
      install: [
        { chart: 'base', version: '1.29.6', defaultRevision: '1-29-6' },
        { chart: 'istiod', version: '1.29.6', revision: '1-29-6' },
        { istioctl: 'tag', version: '1.29.6', tag: 'prod', revision: '1-29-6' },
      ],
    },
    { do: 'settle' },
    { do: 'deploy', namespaces: teams(1000, 20260102) },
    { do: 'settle' },
  ],
};
