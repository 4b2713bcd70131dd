/** Nodes that can take pods, and pods that found none. */
import type { NodeFact, PodFact } from '../../../mesh/facts.ts';
import type { Check, Finding, FoundObject } from '../../check.ts';
import { groupBy } from '../../../mesh/group.ts';
import { plural } from '../../../report/words.ts';
import { listed } from '../data-plane/words.ts';

function nodeObject(nodes: readonly NodeFact[]): FoundObject {
  return { kind: 'Node', namespace: '', name: nodes[0]?.meta.name ?? '' };
}

function namesOf(nodes: readonly NodeFact[]): string {
  return listed(nodes.map(({ meta }) => meta.name));
}

/** Nodes that take no new pod. */
export const nodesTakePods: Check = {
  id: 'ML-C004',
  title: 'every node is ready and takes new pods',
  looksAt: 'Condition Ready and spec.unschedulable of every node.',
  why: 'Pods on a node that is not ready can be neither replaced nor checked, and DaemonSets such as istio-cni and ztunnel never finish there: the upgrade waits for ever.',
  remedy: 'Bring the node back or take it out of the cluster before the upgrade.',
  source: 'kubernetes.io docs/concepts/architecture/nodes',
  severities: ['blocks', 'warns', 'informs'],
  needs: ['nodes'],
  pains: ['P31'],
  run: ({ facts }) => {
    const nodes = facts.nodes.items;
    const down = nodes.filter(({ ready }) => !ready);
    const closed = nodes.filter(({ ready, unschedulable }) => ready && unschedulable);
    if (nodes.length > 0 && down.length + closed.length === nodes.length) return [noneTakesPods(nodes)];
    return [...(down.length > 0 ? [notReady(down)] : []), ...(closed.length > 0 ? [cordoned(closed)] : [])];
  },
};

function noneTakesPods(nodes: readonly NodeFact[]): Finding {
  return {
    ...{ severity: 'blocks', object: nodeObject(nodes), field: 'spec.unschedulable', value: '' },
    message: `None of ${plural(nodes.length, 'node')} takes new pods: ${namesOf(nodes)}.`,
    why: 'No pod that is restarted would come back.',
    remedy: `kubectl describe node ${nodes[0]?.meta.name ?? ''}; when it is only cordoned: kubectl uncordon ${nodes[0]?.meta.name ?? ''}`,
  };
}

function notReady(nodes: readonly NodeFact[]): Finding {
  return {
    ...{ severity: 'warns', object: nodeObject(nodes), field: 'status.conditions[Ready]', value: 'False' },
    message: `Not ready: ${namesOf(nodes)}.`,
    why: 'Pods there are neither replaced nor checked, and DaemonSets of the mesh never finish there.',
    remedy: `kubectl describe node ${nodes[0]?.meta.name ?? ''}; bring it back, or: kubectl delete node ${nodes[0]?.meta.name ?? ''}`,
  };
}

function cordoned(nodes: readonly NodeFact[]): Finding {
  return {
    ...{ severity: 'informs', object: nodeObject(nodes), field: 'spec.unschedulable', value: 'true' },
    message: `Somebody has cordoned ${namesOf(nodes)}.`,
    why: 'Restarted pods move to the other nodes; with one node per zone, out of the zone.',
    remedy: `When that is over: kubectl uncordon ${nodes[0]?.meta.name ?? ''}`,
  };
}

function isOfMesh({ proxy, discoveryImage, cniImage }: PodFact): boolean {
  return proxy !== null || discoveryImage !== '' || cniImage !== '';
}

/** Pods that wait for a node now. */
export const nothingWaitsForANode: Check = {
  id: 'ML-C005',
  title: 'no pod of the mesh waits for a place on a node',
  looksAt: 'Condition PodScheduled of pods with a proxy and of the control plane.',
  why: 'Where pods find no place now, surge pods of the upgrade find none either: rollouts hang half-way.',
  remedy: 'Add nodes, or mend what keeps these pods from being scheduled.',
  source: 'istio/istio issues 12602, 53909',
  severities: ['warns'],
  needs: ['pods'],
  pains: ['P31'],
  run: ({ facts }) => {
    const waiting = facts.pods.items.filter((pod) => pod.waiting === 'Unschedulable' && isOfMesh(pod) && !pod.deleting);
    return [...groupBy(waiting, ({ meta }) => meta.namespace)].map(([namespace, pods]): Finding => {
      const names = pods.map(({ meta }) => meta.name);
      return {
        ...{ severity: 'warns', object: { kind: 'Namespace', namespace: '', name: namespace } },
        ...{ field: 'status.conditions[PodScheduled]', value: 'Unschedulable' },
        message: `No node takes ${plural(names.length, 'pod')} of it: ${listed(names)}.`,
        why: 'A rollout of such a workload does not finish, and that of others may meet the same lack of room.',
        remedy: `kubectl -n ${namespace} describe pod ${names[0] ?? ''} says what is missing; add nodes or free what it asks for`,
      };
    });
  },
};
