import { planHops } from '../../src/knowledge/hops.ts';
import { builtInKnowledge } from '../../src/knowledge/knowledge.ts';
import { planUpgrade } from '../../src/planner/plan-upgrade.ts';
import type { UpgradePlan } from '../../src/planner/plan.ts';
import { oldControlPlane } from '../../src/planner/ends.ts';
import { defaultPolicy, type Policy } from '../../src/policy/policy.ts';
import { describing } from '../../src/engine/execute.ts';
import { stepKinds } from '../../src/steps/kinds.ts';
import type { Cluster } from '../../sandbox/cluster.ts';
import type { Clock } from '../../src/steps/step.ts';
import { readView } from './world.ts';

/** The plan of a stage to a version. */
export async function planOn(
  { cluster, clock }: { readonly cluster: Pick<Cluster, 'api'>; readonly clock: Clock },
  to: string,
  policy: Partial<Policy> = {},
): Promise<UpgradePlan> {
  const view = await readView(cluster.api, clock);
  const from = oldControlPlane(view.mesh, to, null).version;
  const hops = planHops({
    from,
    to,
    strategy: 'revision',
    kubernetes: view.mesh.kubernetesVersion,
    knowledge: builtInKnowledge,
  });
  if (hops.outcome !== 'hops') throw new Error(hops.refused);
  const planned = planUpgrade({
    view,
    to,
    revision: null,
    policy: { ...defaultPolicy, ...policy },
    hops: hops.hops,
    findings: [],
    kinds: describing(stepKinds),
    createdAt: new Date(clock.now()).toISOString(),
    tool: 'meshlift test',
    clusterUid: 'uid',
  });
  if ('nothing' in planned) throw new Error(planned.nothing);
  return planned.plan;
}
