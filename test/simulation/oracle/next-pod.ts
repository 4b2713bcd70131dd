/** I3: asked of the cluster itself, with a pod of the workload's own template, in a dry run. */
import type { KubeObject } from '../../../src/kube/api.ts';
import type { UpgradePlan } from '../../../src/planner/plan.ts';
import { objectAt } from '../../../sandbox/store/json.ts';
import { resources } from '../../../sandbox/store/resources.ts';
import type { Store } from '../../../sandbox/store/store.ts';
import type { ApiCall } from '../../upgrade/interpose.ts';
import { proxyOf, readyIstiods } from './mirror.ts';

/** What no istiod that goes can explain. */
export const noProxy = 'its next pod gets no proxy';

/** What would be wrong with the pod that is made next after a write; null: its proxy is of a revision of the plan that serves. */
export function nextPodProblem(
  store: Store,
  owner: KubeObject,
  call: ApiCall,
  revisions: UpgradePlan['revisions'],
): string | null {
  try {
    const made = proxyOf(store.create(resources.pods, nextPod(owner, call), { dryRun: true }));
    if (made === null) return noProxy;
    const isOurs = [revisions.old, revisions.new].includes(made.revision);
    if (isOurs && readyIstiods(store, made.revision) > 0) return null;
    return `revision ${made.revision} does not serve`;
  } catch (error) {
    return `its next pod is refused: ${String(error)}`;
  }
}

/** The pod of a template as the write leaves it. */
function nextPod(owner: KubeObject, call: ApiCall): KubeObject {
  const template = objectAt(owner, 'spec', 'template');
  const changed = {
    ...objectAt(template, 'metadata', 'labels'),
    ...objectAt(call.body, 'spec', 'template', 'metadata', 'labels'),
  };
  const labels = Object.fromEntries(Object.entries(changed).filter(([, value]) => value !== null));
  const annotations = { ...objectAt(template, 'metadata', 'annotations') };
  return {
    ...{ apiVersion: 'v1', kind: 'Pod', spec: { ...objectAt(template, 'spec') } },
    metadata: { name: 'oracle-dry-run', namespace: call.namespace, labels, annotations },
  } as KubeObject;
}
