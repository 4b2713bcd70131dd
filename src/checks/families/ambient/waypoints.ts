/** Waypoints that are named, and whether they answer. */
import type { Labels, MetaFact } from '../../../mesh/facts.ts';
import type { Check, CheckView, Finding, FoundObject } from '../../check.ts';
import { groupBy } from '../../../mesh/group.ts';
import { useWaypointKey } from '../values/detect-ambient.ts';

/** Something that names a waypoint. */
interface Use {
  readonly object: FoundObject;
  readonly name: string;
  /** 'namespace/name' of the waypoint. */
  readonly waypoint: string;
}

function usesOf({ facts }: CheckView): readonly Use[] {
  return [
    ...facts.namespaces.items.flatMap(({ meta }) => useOf('Namespace', meta, meta.name)),
    ...facts.services.items.flatMap(({ meta }) => useOf('Service', meta, meta.namespace)),
    ...facts.serviceEntries.items.flatMap(({ meta }) => useOf('ServiceEntry', meta, meta.namespace)),
    ...facts.pods.items.flatMap(({ meta }) => useOf('Pod', meta, meta.namespace)),
  ];
}

function useOf(kind: string, { namespace, name, labels }: MetaFact, home: string): readonly Use[] {
  const wanted = nameIn(labels);
  if (wanted === null) return [];
  const where = labels[`${useWaypointKey}-namespace`] ?? home;
  return [{ object: { kind, namespace, name }, name: wanted, waypoint: `${where}/${wanted}` }];
}

function nameIn(labels: Labels): string | null {
  const wanted = labels[useWaypointKey];
  return wanted === undefined || wanted === '' || wanted === 'none' ? null : wanted;
}

/** No ready pod behind a Gateway that says Programmed. */
export const waypointsAnswer: Check = {
  id: 'ML-A018',
  title: 'every waypoint has a ready pod',
  looksAt:
    'Ready replicas of the Deployment of every Gateway of class istio-waypoint, and the labels istio.io/use-waypoint.',
  why: 'A waypoint stays Programmed while its only pod crashes. What is routed through it gets every new connection reset; there is no fallback. Connections from before go on, so that clients look healthy until they restart.',
  remedy: 'Bring a pod of it up, or take the label istio.io/use-waypoint away.',
  source: 'pilot/pkg/serviceregistry/ambient/waypoints.go in istio/istio; istio/istio issues 59709, 53883',
  severities: ['blocks', 'warns'],
  needs: ['gateways', 'deployments'],
  pains: ['P34'],
  run: (view) => {
    const users = groupBy(usesOf(view), ({ waypoint }) => waypoint);
    return view.mesh.gateways
      .filter(({ form, readyReplicas }) => form === 'waypoint' && readyReplicas === 0)
      .map(({ namespace, name, replicas }): Finding => {
        const [user] = users.get(`${namespace}/${name}`) ?? [];
        const used = user !== undefined;
        return {
          ...{ severity: used ? 'blocks' : 'warns', object: { kind: 'Gateway', namespace, name } },
          ...{ field: 'status.readyReplicas of its Deployment', value: `0/${String(replicas)}` },
          message: used
            ? `Its waypoint has no ready pod, and ${user.object.kind} ${user.object.name} is routed through it.`
            : 'Its waypoint has no ready pod; nothing seems to be routed through it.',
          why: used
            ? 'New connections to what it serves are reset now; the upgrade would restart clients into that.'
            : 'Whatever names it later gets its connections reset, and istiod keeps trying to roll it.',
          remedy: `kubectl -n ${namespace} describe deployment ${name}; bring it up${used ? `, or: kubectl label ${user.object.kind.toLowerCase()} ${user.object.name}${user.object.namespace === '' ? '' : ` -n ${user.object.namespace}`} ${useWaypointKey}-` : `, or: kubectl -n ${namespace} delete gateway ${name}`}`,
        };
      });
  },
};

/** A label that leads nowhere. */
export const waypointsExist: Check = {
  id: 'ML-A019',
  title: 'every istio.io/use-waypoint names a Gateway that exists',
  looksAt:
    'Labels istio.io/use-waypoint and istio.io/use-waypoint-namespace of namespaces, Services, ServiceEntries and pods.',
  why: 'What names a missing waypoint is served without one: its L7 policies and routes do not apply, and nobody is told. When a waypoint of that name appears in an upgrade, they all apply at once.',
  remedy: 'Create the waypoint, or correct the label.',
  source: 'pilot/pkg/serviceregistry/ambient/waypoints.go in istio/istio',
  severities: ['warns'],
  needs: ['gateways'],
  pains: [],
  run: (view) => {
    const existing = new Set(view.facts.gateways.items.map(({ meta }) => `${meta.namespace}/${meta.name}`));
    const lost = usesOf(view).filter(({ waypoint }) => !existing.has(waypoint));
    // Pods of one template carry the same label: one finding for each kind, namespace and waypoint.
    const groups = groupBy(lost, ({ object: { kind, namespace, name }, waypoint }) =>
      kind === 'Pod' ? `${namespace} ${waypoint}` : `${kind} ${namespace}/${name}`,
    );
    return [...groups.values()].flatMap(([use]): Finding[] => {
      if (use === undefined) return [];
      const [namespace = '', name = ''] = use.waypoint.split('/');
      return [
        {
          ...{ severity: 'warns', object: use.object, field: `metadata.labels[${useWaypointKey}]`, value: use.name },
          message: `It names waypoint ${use.waypoint}, which does not exist.`,
          why: 'Its policies and routes of layer 7 are not applied.',
          remedy: `istioctl waypoint apply -n ${namespace} --name ${name}, or remove the label ${useWaypointKey}`,
        },
      ];
    });
  },
};
