/** Whether one pod more finds a place beside the others. */
import type { NodeFact, PodFact } from '../../../mesh/facts.ts';
import type { Check, CheckView, Finding, Unseen } from '../../check.ts';
import { nearFacts, type Near } from '../../../planner/near.ts';
import { numbersOf, objectOf, restarted, wayOf, type Restart } from './restarted.ts';

const hostname = 'kubernetes.io/hostname';

/** Where a further pod could go. `pinned`: only if its node selector lets it, which is not known. */
type Room = 'free' | 'full' | 'pinned' | 'shared';

function domainOf({ meta, zone }: NodeFact, key: string): string {
  if (key === hostname) return meta.name;
  return key === 'topology.kubernetes.io/zone' ? zone : (meta.labels[key] ?? '');
}

/** Whether some domain of the nodes is left without one of its pods. `shared`: one domain has two of them already. */
function roomOf({ facts }: CheckView, pods: readonly PodFact[], key: string, pinned: boolean): Room {
  const byName = new Map(facts.nodes.items.map((node) => [node.meta.name, node]));
  const taken = pods.map(({ node }) => byName.get(node)).filter((node) => node !== undefined);
  const domains = new Set(taken.map((node) => domainOf(node, key)));
  if (domains.size < taken.length) return 'shared';
  const tolerated = new Set(taken.flatMap(({ taints }) => taints));
  const usable = facts.nodes.items.filter((node) => isUsable(node, tolerated) && domainOf(node, key) !== '');
  if (usable.every((node) => domains.has(domainOf(node, key)))) return 'full';
  return pinned ? 'pinned' : 'free';
}

function isUsable({ ready, unschedulable, taints }: NodeFact, tolerated: ReadonlySet<string>): boolean {
  return ready && !unschedulable && taints.every((taint) => tolerated.has(taint) || taint.endsWith('PreferNoSchedule'));
}

/** Deployments and Rollouts that make a pod more before an old one ends, or hand their pods over. */
function needsPlace({ fact }: Restart): boolean {
  const rolls = fact.kind === 'Deployment' || fact.kind === 'Rollout';
  return rolls && fact.strategy !== 'Recreate' && !fact.paused;
}

/** Stuck for ever, or only slower with fewer pods: it goes on when a pod may be taken away first. */
function sticks(view: CheckView, one: Restart, near: Near): boolean {
  return numbersOf(one.fact).unavailable === 0 || wayOf(view, one, near) === 'hand-over';
}

const pinnedWords = 'Its pods are pinned to nodes by labels, and whether a free node fits was not evaluated.';

/** A port of the node that one pod holds. */
export const hostPortIsFree: Check = {
  id: 'ML-F009',
  title: 'a workload with host ports has a free node for one pod more',
  looksAt: 'hostPort of the containers, the nodes of its pods, and the nodes that take pods.',
  why: 'Two pods with one host port cannot run on one node. When every node has one, the new pod stays Pending: the rollout stands still, or an old pod must end first.',
  remedy: 'Take the host port away, add a node, or allow maxUnavailable 1 and accept the gap on that node.',
  source: 'Kubernetes scheduler, NodePorts; istio/istio issue 53909',
  severities: ['blocks', 'warns'],
  needs: ['pods', 'deployments', 'nodes'],
  pains: ['P31'],
  run: (view) => {
    const near = nearFacts(view.facts);
    return restarted(view).flatMap((one): (Finding | Unseen)[] => {
      const { fact } = one;
      const { hostPorts, pinned } = fact.template.fitness;
      if (hostPorts.length === 0 || !needsPlace(one)) return [];
      const room = roomOf(view, view.look.podsOf(fact), hostname, pinned);
      if (room === 'pinned') return [{ object: objectOf(fact), unseen: pinnedWords }];
      if (room !== 'full') return [];
      const stuck = sticks(view, one, near);
      const { namespace, name } = fact.meta;
      return [
        {
          ...{ severity: stuck ? 'blocks' : 'warns', object: objectOf(fact) },
          ...{ field: 'spec.template.spec.containers[].ports[].hostPort', value: hostPorts.join(', ') },
          message: `It takes port ${hostPorts.join(', ')} of the node, and every node has one of its pods already.`,
          why: stuck
            ? 'The new pod finds no node, so its renewal never ends.'
            : 'The new pod finds no node until an old one has ended: one pod less serves meanwhile.',
          remedy: `Take hostPort out of Deployment ${namespace}/${name} (a Service reaches the container port), add a node, or: kubectl -n ${namespace} scale ${fact.kind.toLowerCase()} ${name} --replicas ${String(Math.max(1, fact.replicas - 1))} for the time of the upgrade`,
        },
      ];
    });
  },
};

/** Pods that must not share a node or zone. */
export const spreadLeavesRoom: Check = {
  id: 'ML-F010',
  title: 'a workload that must spread over nodes or zones has a free one for one pod more',
  looksAt:
    'Required pod anti-affinity and DoNotSchedule constraints by their topology key, the nodes of its pods, and the nodes that take pods.',
  why: 'The old and the new pods carry the same labels. When every node or zone has one, and none may have two, the new pod stays Pending and the restart stands still.',
  remedy: 'Use preferred anti-affinity, add a node, or allow maxUnavailable 1.',
  source: 'Kubernetes scheduler, InterPodAffinity; istio/istio issues 53909, 48115',
  severities: ['warns'],
  needs: ['pods', 'deployments', 'nodes'],
  pains: ['P31'],
  run: (view) => {
    const near = nearFacts(view.facts);
    return restarted(view).flatMap((one): (Finding | Unseen)[] => {
      const { fact } = one;
      const { mustSpread, pinned } = fact.template.fitness;
      if (!needsPlace(one)) return [];
      const rooms = mustSpread.map((key) => ({ key, room: roomOf(view, view.look.podsOf(fact), key, pinned) }));
      const full = rooms.find(({ room }) => room === 'full');
      if (full === undefined) {
        const unsure = rooms.some(({ room }) => room === 'pinned');
        return unsure ? [{ object: objectOf(fact), unseen: pinnedWords }] : [];
      }
      const { namespace, name } = fact.meta;
      const stuck = sticks(view, one, near);
      return [
        {
          ...{ severity: 'warns', object: objectOf(fact), field: 'spec.template.spec.affinity.podAntiAffinity' },
          value: full.key,
          message: `Its pods must spread over ${full.key}, and every one that takes pods has one of them already.`,
          why: stuck
            ? 'If that is anti-affinity, the new pod finds no place and its renewal never ends.'
            : 'If that is anti-affinity, an old pod must end before the new one finds a place: one pod less serves meanwhile.',
          remedy: `kubectl -n ${namespace} edit ${fact.kind.toLowerCase()} ${name}: preferredDuringSchedulingIgnoredDuringExecution in place of required, or whenUnsatisfiable: ScheduleAnyway; or add a node`,
        },
      ];
    });
  },
};

/** A volume that only one node may have. */
export const volumesCanBeShared: Check = {
  id: 'ML-F011',
  title: 'no single pod of a Deployment holds a volume that its successor needs',
  looksAt: 'persistentVolumeClaim volumes of Deployments and Rollouts with one replica, and the number of nodes.',
  why: 'A ReadWriteOnce volume is attached to one node. The new pod, made before the old one ends, waits for it on any other node (Multi-Attach error), while the old pod waits for the new one.',
  remedy: 'A StatefulSet, strategy Recreate with consent, or a volume that several nodes may mount.',
  source: 'Kubernetes documentation, Persistent Volumes, access modes',
  severities: ['warns'],
  needs: ['pods', 'deployments', 'nodes'],
  pains: ['P30'],
  run: (view) => {
    const nodes = view.facts.nodes.items.filter((node) => isUsable(node, new Set()));
    return restarted(view)
      .filter((one) => {
        const { claims, pinned } = one.fact.template.fitness;
        return claims.length > 0 && needsPlace(one) && one.fact.replicas === 1 && !pinned && nodes.length > 1;
      })
      .map(({ fact }): Finding => {
        const { claims } = fact.template.fitness;
        const { namespace, name } = fact.meta;
        const field = 'spec.template.spec.volumes[].persistentVolumeClaim.claimName';
        return {
          ...{ severity: 'warns', object: objectOf(fact), field, value: claims.join(', ') },
          message: `Its one pod holds ${claims.join(', ')}, which its successor needs before it ends.`,
          why: 'If the claim is ReadWriteOnce and the new pod comes to another node, it never starts, and the old one is kept.',
          remedy: `kubectl -n ${namespace} get pvc ${claims.join(' ')} -o custom-columns=NAME:.metadata.name,MODES:.spec.accessModes; when it is ReadWriteOnce: kubectl -n ${namespace} patch deployment ${name} --type merge -p '{"spec":{"strategy":{"type":"Recreate","rollingUpdate":null}}}' and consent in the policy`,
        };
      });
  },
};

/** All pods of a workload on one node or in one zone. */
export const podsAreApart: Check = {
  id: 'ML-F012',
  title: 'the pods of every workload are on more than one node, and in more than one zone',
  looksAt: 'Nodes of the pods of workloads with two replicas or more; one finding for each namespace.',
  why: 'A restart renews the pods one by one, so this loses nothing by itself; but a node that fails, or is drained for the upgrade of node components, takes all of them at once.',
  remedy: 'topologySpreadConstraints over kubernetes.io/hostname and topology.kubernetes.io/zone.',
  source: 'Kubernetes documentation, Pod Topology Spread Constraints',
  severities: ['informs'],
  needs: ['pods', 'deployments', 'nodes'],
  pains: ['P12'],
  run: (view) => {
    const nodes = view.facts.nodes.items.filter((node) => isUsable(node, new Set()));
    const zoneOf = new Map(nodes.map(({ meta, zone }) => [meta.name, zone]));
    const zones = new Set([...zoneOf.values()].filter((zone) => zone !== ''));
    const together = new Map<string, string[]>();
    for (const { fact } of restarted(view)) {
      const pods = view.look.podsOf(fact).filter(({ node }) => node !== '');
      if (fact.kind === 'DaemonSet' || pods.length < 2) continue;
      const places = new Set(pods.map(({ node }) => node)).size;
      const inZones = new Set(pods.map(({ node }) => zoneOf.get(node) ?? ''));
      const oneZone = zones.size > 1 && inZones.size === 1 && !inZones.has('');
      if (!(nodes.length > 1 && places === 1) && !oneZone) continue;
      const { namespace, name } = fact.meta;
      together.set(namespace, [...(together.get(namespace) ?? []), name]);
    }
    return [...together].map(([namespace, names]): Finding => ({
      ...{ severity: 'informs', object: { kind: 'Namespace', namespace: '', name: namespace } },
      ...{ field: 'spec.template.spec.topologySpreadConstraints', value: '' },
      message: `All pods of ${String(names.length)} ${names.length === 1 ? 'workload' : 'workloads'} are on one node or in one zone: ${names.slice(0, 5).join(', ')}.`,
      why: 'A node that fails or is drained meanwhile takes all of them at once.',
      remedy: `kubectl -n ${namespace} edit deployment ${names[0] ?? 'NAME'}: topologySpreadConstraints: [{maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: ScheduleAnyway, labelSelector: …}]`,
    }));
  },
};
