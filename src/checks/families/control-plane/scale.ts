/** Replicas, autoscaler, budget, memory and spread of control planes. */
import type { AutoscalerFact } from '../../../mesh/facts.ts';
import { plural } from '../../../report/words.ts';
import type { Check, Finding } from '../../check.ts';
import { objectOf, runningPlanes, setValue } from './planes.ts';

/** One replica. */
export const planeIsRedundant: Check = {
  id: 'ML-P005',
  title: 'every control plane has two replicas at least',
  looksAt: 'spec.replicas of every Deployment of istiod, and minReplicas of its autoscaler.',
  why: 'While the only istiod restarts or its node is drained, new pods are refused, validation fails, and proxies get no certificates: in the middle of an upgrade that restarts pods all the time.',
  remedy: 'Run two at least: autoscaleMin=2, or replicaCount=2 without an autoscaler.',
  source: 'istio/istio issues 40134, 30139, 12602',
  severities: ['warns'],
  needs: ['deployments'],
  pains: ['P18'],
  run: (view) =>
    runningPlanes(view)
      .filter(({ plane }) => plane.replicas === 1)
      .map(({ plane }): Finding => ({
        ...{ severity: 'warns', object: objectOf(plane), field: 'spec.replicas', value: '1' },
        message: `Revision ${plane.revision} has one replica.`,
        why: 'While it restarts or its node is drained, pods with sidecars cannot start and configuration cannot be written.',
        remedy: setValue(plane, plane.autoscaler === null ? 'replicaCount=2' : 'autoscaleMin=2'),
      })),
};

/** Autoscaler at its end, or blind. */
export const planeCanGrow: Check = {
  id: 'ML-P006',
  title: 'the autoscaler of every control plane works and has room to grow',
  looksAt:
    'maxReplicas, currentReplicas, desiredReplicas and condition ScalingActive of the HorizontalPodAutoscalers of istiod.',
  why: 'All proxies connect anew while pods are restarted; an istiod that cannot grow is overrun, and configuration comes late.',
  remedy: 'Raise maxReplicas for the upgrade; mend the metrics API when the autoscaler sees no numbers.',
  source: 'istio/istio issues 12602, 48115, 35263',
  severities: ['warns', 'informs'],
  needs: ['deployments', 'autoscalers'],
  pains: ['P14', 'P31'],
  run: (view) =>
    runningPlanes(view).flatMap(({ plane, fact }): Finding[] => {
      const scaler = view.look.autoscalerOf(fact);
      if (scaler === undefined) return [];
      const object = { kind: 'HorizontalPodAutoscaler', namespace: scaler.meta.namespace, name: scaler.meta.name };
      if (atEnd(scaler))
        return [{ ...full(scaler), object, remedy: setValue(plane, `autoscaleMax=${String(scaler.max * 2)}`) }];
      if (scaler.active !== false || scaler.max <= scaler.min) return [];
      return [
        {
          ...{ severity: 'informs', object, field: 'status.conditions[ScalingActive]', value: 'False' },
          message: 'It sees no metrics, so it does not scale.',
          why: 'The number of replicas stays as it is, however many proxies connect anew.',
          remedy: `kubectl -n ${scaler.meta.namespace} describe hpa ${scaler.meta.name}; is the metrics API there: kubectl get apiservice v1beta1.metrics.k8s.io`,
        },
      ];
    }),
};

function atEnd({ current, desired, max, min }: AutoscalerFact): boolean {
  return max > min && (current >= max || desired >= max);
}

function full({ current, max }: AutoscalerFact): Omit<Finding, 'object' | 'remedy'> {
  return {
    ...{ severity: 'warns', field: 'spec.maxReplicas', value: String(max) },
    message: `It runs ${String(current)} of at most ${plural(max, 'replica')} already.`,
    why: 'When proxies connect anew the control plane cannot grow, and configuration comes late.',
  };
}

/** What the new revision begins with. */
export const newPlaneStartsLarge: Check = {
  id: 'ML-P007',
  title: 'a new revision starts with as many replicas as the mesh needs now',
  looksAt:
    'minReplicas against currentReplicas of the autoscaler of the control plane that the upgrade leaves; upgrades by revision only.',
  why: 'The new control plane starts with minReplicas and gets the whole mesh within the upgrade: proxies stay with the first replica that is ready, and it runs out of memory or CPU.',
  remedy: 'Start it with the replicas of the old one: autoscaleMin.',
  source: 'istio/istio issues 58180, 11181, 12664',
  severities: ['warns'],
  needs: ['deployments', 'autoscalers', 'target'],
  pains: ['P14'],
  run: (view) => {
    const { target } = view;
    if (target?.strategy !== 'revision' || target.hops.length === 0) return [];
    return runningPlanes(view).flatMap(({ plane }): Finding[] => {
      const { autoscaler } = plane;
      if (plane.revision !== target.fromRevision || autoscaler === null || autoscaler.current <= autoscaler.min)
        return [];
      const [now, least] = [String(autoscaler.current), String(autoscaler.min)];
      return [
        {
          ...{ severity: 'warns', object: objectOf(plane), field: 'spec.minReplicas', value: least },
          message: `It needs ${plural(autoscaler.current, 'replica')} now, and a new revision with the same values starts with ${least}.`,
          why: 'The first replicas of the new revision take all proxies, and those stay where they are when it grows.',
          remedy: `Give the new revision --set autoscaleMin=${now}, and lower it after the upgrade`,
        },
      ];
    });
  },
};

/** Disruption budgets. */
export const budgetAllowsDrain: Check = {
  id: 'ML-P008',
  title: 'a disruption budget keeps one replica of every control plane, and allows to take another',
  looksAt:
    'PodDisruptionBudgets that select the pods of istiod: status.disruptionsAllowed; and whether there is one for two and more replicas.',
  why: 'A budget that forbids everything stops every drain of a node, of which an ambient upgrade makes one per node; without any, a drain may take all replicas at once.',
  remedy: 'Run two replicas with minAvailable 1.',
  source: 'istio/istio issues 12602, 53909; rancher/rancher issue 30082',
  severities: ['warns', 'informs'],
  needs: ['deployments', 'budgets'],
  pains: ['P31'],
  run: (view) =>
    runningPlanes(view).flatMap(({ plane, fact }): Finding[] => {
      const budgets = view.look.budgetsOf(fact);
      const shut = budgets.find(
        ({ disruptionsAllowed, currentHealthy }) => disruptionsAllowed === 0 && currentHealthy > 0,
      );
      if (shut !== undefined) {
        const { namespace, name } = shut.meta;
        return [
          {
            ...{ severity: 'warns', object: { kind: 'PodDisruptionBudget', namespace, name } },
            ...{ field: 'status.disruptionsAllowed', value: '0' },
            message: `It allows no pod of ${plane.deployment} to be evicted: ${shut.minAvailable === '' ? `maxUnavailable ${shut.maxUnavailable}` : `minAvailable ${shut.minAvailable}`} of ${plural(shut.currentHealthy, 'pod')}.`,
            why: 'A node with such a pod cannot be drained: node by node steps wait for ever.',
            remedy: setValue(plane, plane.autoscaler === null ? 'replicaCount=2' : 'autoscaleMin=2'),
          },
        ];
      }
      if (budgets.length > 0 || plane.replicas < 2) return [];
      return [
        {
          ...{ severity: 'informs', object: objectOf(plane), field: 'spec.selector', value: '' },
          message: `No disruption budget covers its ${plural(plane.replicas, 'replica')}.`,
          why: 'A drain may take all of them at once.',
          remedy: `kubectl -n ${plane.namespace} create poddisruptionbudget ${plane.deployment} --min-available=1 --selector=app=istiod,istio.io/rev=${plane.revision}`,
        },
      ];
    }),
};

/** Memory. */
export const planeAsksForMemory: Check = {
  id: 'ML-P009',
  title: 'every control plane asks for memory',
  looksAt: 'resources.requests.memory of the pod template of istiod.',
  why: 'istiod grows when all proxies connect anew, by half to twofold. One that asks for nothing is packed on the fullest node and evicted first.',
  remedy: 'Give it requests; the chart asks for 500m and 2Gi.',
  source: 'istio/istio issues 58180, 54970; istio-discovery/values.yaml in istio/istio',
  severities: ['warns'],
  needs: ['deployments'],
  pains: ['P14'],
  run: (view) =>
    runningPlanes(view)
      .filter(({ fact }) => fact.template.requests.memoryBytes === 0)
      .map(({ plane }): Finding => ({
        ...{ severity: 'warns', object: objectOf(plane) },
        ...{ field: 'spec.template.spec.containers[discovery].resources.requests.memory', value: '' },
        message: `Revision ${plane.revision} asks for no memory.`,
        why: 'It may be put on a full node, and is evicted first when memory is short.',
        remedy: setValue(plane, 'resources.requests.memory=2Gi,resources.requests.cpu=500m'),
      })),
};

/** All on one node. */
export const planeIsSpread: Check = {
  id: 'ML-P010',
  title: 'the replicas of every control plane are on more than one node',
  looksAt: 'spec.nodeName of the pods of istiod, where there are two and more, and two and more nodes.',
  why: 'Replicas on one node go together when it fails or is drained: as bad as a single one.',
  remedy: 'Spread them: topologySpreadConstraints or anti-affinity over kubernetes.io/hostname.',
  source: 'istio/istio issue 12602',
  severities: ['warns'],
  needs: ['deployments', 'pods', 'nodes'],
  pains: ['P18'],
  run: (view) =>
    runningPlanes(view).flatMap(({ plane, fact }): Finding[] => {
      const open = view.facts.nodes.items.filter(({ ready, unschedulable }) => ready && !unschedulable);
      const pods = view.look.podsOf(fact).filter(({ deleting, node }) => !deleting && node !== '');
      const [first, ...more] = [...new Set(pods.map(({ node }) => node))];
      if (pods.length < 2 || first === undefined || more.length > 0 || open.length < 2) return [];
      return [
        {
          ...{ severity: 'warns', object: objectOf(plane), field: 'spec.template.spec.topologySpreadConstraints' },
          value: '',
          message: `All ${String(pods.length)} pods are on node ${first}.`,
          why: 'When that node fails or is drained, the control plane is gone.',
          remedy: `Spread them over kubernetes.io/hostname with its owner's values; at once: kubectl -n ${plane.namespace} delete pod ${pods[0]?.meta.name ?? ''}`,
        },
      ];
    }),
};
