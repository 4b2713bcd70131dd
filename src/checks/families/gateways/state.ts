/** Whether gateways serve now, and what limits them. */
import { includesLabels } from '../../../mesh/attachments.ts';
import type { GatewayFact, RouteFact } from '../../../mesh/facts.ts';
import type { Check, CheckView, Finding } from '../../check.ts';
import { fronted, isManaged, objectOf } from './gateways.ts';

const ownScaler = 'kube-controller-manager';

/** Whoever applies the manifest next sets the replicas back. */
export const autoscalerOwnsReplicas: Check = {
  id: 'ML-G004',
  title: 'the replicas of autoscaled gateways belong to the autoscaler alone',
  looksAt: 'Manager of spec.replicas (metadata.managedFields) of gateway Deployments that have an autoscaler.',
  why: 'The next installation by the tool that owns spec.replicas sets them back to its number, or to 1 when its manifest drops the field, in the middle of the load; the autoscaler needs minutes to come back.',
  remedy: 'Raise minReplicas to what runs now for the time of the upgrade.',
  source: 'istio/istio issues 35964, 26302; Kubernetes documentation, Server-Side Apply, Transferring ownership',
  severities: ['warns'],
  needs: ['pods', 'deployments', 'autoscalers'],
  pains: ['P12'],
  run: (view) =>
    fronted(view).flatMap(({ gateway, fact }): Finding[] => {
      const scaler = view.look.autoscalerOf(fact);
      const { replicasManager } = fact;
      if (scaler === undefined || replicasManager === '' || replicasManager === ownScaler) return [];
      if (fact.replicas < 2 || scaler.min >= fact.replicas) return [];
      const { namespace, name } = scaler.meta;
      return [
        {
          ...{ severity: 'warns', object: objectOf(view, gateway), field: 'spec.replicas', value: replicasManager },
          message: `Its ${String(fact.replicas)} replicas belong to ${replicasManager}, not to its autoscaler.`,
          why: `The next installation by ${replicasManager} may set it back to fewer pods while all of them are needed.`,
          remedy: `kubectl -n ${namespace} patch hpa ${name} --type merge -p '{"spec":{"minReplicas":${String(fact.replicas)}}}', and back after the upgrade`,
        },
      ];
    }),
};

/** No pod of it may be evicted. */
export const gatewayCanBeEvicted: Check = {
  id: 'ML-G005',
  title: 'the disruption budget of every gateway lets one pod go',
  looksAt:
    'status.desiredHealthy against expectedPods of PodDisruptionBudgets that select pods of gateways and waypoints.',
  why: 'minAvailable 1 with one replica, which charts make, forbids every eviction: a node with a gateway cannot be drained, and the upgrade of node components stands still.',
  remedy: 'Two replicas, or maxUnavailable 1.',
  source: 'istio/istio issues 12602, 53909',
  severities: ['warns'],
  needs: ['pods', 'deployments', 'budgets'],
  pains: ['P31'],
  run: (view) =>
    view.mesh.gateways.flatMap((gateway) => {
      const fact = view.look.workloadOf(gateway);
      if (fact === undefined) return [];
      return view.look
        .budgetsOf(fact)
        .filter((one) => one.disruptionsAllowed === 0 && one.expectedPods > 0 && one.desiredHealthy >= one.expectedPods)
        .map(({ meta: { namespace, name }, minAvailable, desiredHealthy }): Finding => ({
          ...{ severity: 'warns', object: { kind: 'PodDisruptionBudget', namespace, name } },
          ...{ field: 'spec.minAvailable', value: minAvailable },
          message: `It needs all ${String(desiredHealthy)} pods of gateway ${gateway.name}, so none may be evicted.`,
          why: 'A node with one of them cannot be drained, during the upgrade and after it.',
          remedy: `kubectl -n ${namespace} patch pdb ${name} --type merge -p '{"spec":{"minAvailable":null,"maxUnavailable":1}}', or scale ${fact.meta.name} to ${String(desiredHealthy + 1)}`,
        }));
    }),
};

/** Routes that no gateway takes. */
export const istioGatewayHasPods: Check = {
  id: 'ML-G007',
  title: 'every Istio Gateway selects the pods of a gateway',
  looksAt: 'spec.selector of networking.istio.io Gateways against the template labels of all gateways.',
  why: 'Its hosts are served by nobody, now and after the upgrade. Known before, it is not blamed on the upgrade.',
  remedy: 'Correct the selector, or delete the Gateway.',
  source: 'istio/istio issues 43433, 49989; istioctl analyze IST0101',
  severities: ['informs'],
  needs: ['pods', 'deployments', 'daemonSets', 'istioGateways'],
  pains: ['P62'],
  run: (view) => {
    const templates = view.look.workloadFacts.map(({ template }) => template.labels);
    return view.facts.istioGateways.items
      .filter(
        ({ selector }) =>
          Object.keys(selector).length > 0 && !templates.some((labels) => includesLabels(labels, selector)),
      )
      .map(({ meta: { namespace, name }, selector }): Finding => {
        const words = Object.entries(selector).map(([key, value]) => `${key}=${value}`);
        return {
          ...{ severity: 'informs', object: { kind: 'Gateway', namespace, name }, field: 'spec.selector' },
          value: words.join(', '),
          message: `No workload has the labels ${words.join(', ')} that it selects by.`,
          why: 'Its hosts are served by nobody.',
          remedy: `kubectl get pods -A -l ${words.join(',')} finds nothing: correct spec.selector of gateways.networking.istio.io ${namespace}/${name}`,
        };
      });
  },
};

function ownGateways(view: CheckView): readonly GatewayFact[] {
  const owned = new Set(view.mesh.gateways.filter(isManaged).map(({ namespace, name }) => `${namespace}/${name}`));
  return view.facts.gateways.items.filter(({ meta }) => owned.has(`${meta.namespace}/${meta.name}`));
}

/** Its state says nothing good before anything was done. */
export const gatewayIsProgrammed: Check = {
  id: 'ML-G012',
  title: 'every gateway and waypoint of the Gateway API is programmed',
  looksAt: 'Condition Programmed of Gateways of the classes of Istio.',
  why: 'Nobody serves such a Gateway whole, or no istiod holds the lock that writes states: what waits for Programmed after the upgrade then waits for ever.',
  remedy: 'Find out why first: events of the Gateway, its pods, the default revision.',
  source: 'istio/istio issues 49808, 52105, 55787',
  severities: ['warns'],
  needs: ['gateways'],
  pains: ['P22', 'P21'],
  run: (view) =>
    ownGateways(view)
      .filter(({ programmed }) => programmed !== true)
      .map(({ meta: { namespace, name }, programmed }): Finding => ({
        ...{ severity: 'warns', object: { kind: 'Gateway', namespace, name } },
        ...{ field: 'status.conditions[Programmed]', value: programmed === null ? '' : 'False' },
        message: programmed === null ? 'No istiod has written whether it is programmed.' : 'It is not programmed.',
        why: 'After the upgrade nobody can tell from its state whether it works.',
        remedy: `kubectl -n ${namespace} describe gateways.gateway.networking.k8s.io ${name}, and kubectl -n ${namespace} get pods -l gateway.networking.k8s.io/gateway-name=${name}`,
      })),
};

function names(route: RouteFact, { meta }: GatewayFact, section: string): boolean {
  return route.parents.some(
    (parent) =>
      (parent.kind === 'Gateway' || parent.kind === '') &&
      parent.name === meta.name &&
      (parent.namespace || route.meta.namespace) === meta.namespace &&
      (parent.section === '' || parent.section === section),
  );
}

/** Routes that name a listener which does not count them. */
export const routesAreAttached: Check = {
  id: 'ML-G013',
  title: 'every listener that routes name has routes attached',
  looksAt: 'status.listeners[].attachedRoutes of Gateways, against the parentRefs of all routes.',
  why: 'A route that is not attached serves nothing. The number before the upgrade is what it is measured by: TLS passthrough died in silence with attachedRoutes 0 when istiod and the CRDs did not fit.',
  remedy:
    'See the conditions of the routes: the kind, allowedRoutes, a missing ReferenceGrant, or CRDs that istiod does not read.',
  source: 'istio/istio issues 60357, 59949; istio/istio.io issue 17394',
  severities: ['warns'],
  needs: ['gateways', 'routes'],
  pains: ['P11', 'P22'],
  run: (view) =>
    ownGateways(view).flatMap((gateway) =>
      gateway.listeners.flatMap((listener): Finding[] => {
        if (listener.attachedRoutes !== 0) return [];
        const [route] = view.facts.routes.items.filter((one) => names(one, gateway, listener.name));
        // Without a section a route takes what listener fits it: another one may have it.
        if (route === undefined || isElsewhere(gateway, route)) return [];
        const { namespace, name } = gateway.meta;
        return [
          {
            ...{ severity: 'warns', object: { kind: 'Gateway', namespace, name } },
            ...{ field: `status.listeners[${listener.name}].attachedRoutes`, value: '0' },
            message: `Listener ${listener.name} has no route attached, but ${route.kind} ${route.meta.namespace}/${route.meta.name} names it.`,
            why: 'That route serves nothing, before the upgrade already.',
            remedy: `kubectl -n ${route.meta.namespace} get ${route.kind.toLowerCase()} ${route.meta.name} -o jsonpath='{.status.parents}'`,
          },
        ];
      }),
    ),
};

function isElsewhere(gateway: GatewayFact, route: RouteFact): boolean {
  const sections = route.parents.filter(({ name }) => name === gateway.meta.name).map(({ section }) => section);
  return sections.includes('') && gateway.listeners.some(({ attachedRoutes }) => (attachedRoutes ?? 0) > 0);
}
