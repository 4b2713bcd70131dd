/** How ztunnel is replaced, and what that cuts. */
import { plural } from '../../../report/words.ts';
import type { Check, CheckView, Finding } from '../../check.ts';
import { agents, daemonSet, drainSeconds, ztunnelOf } from './agents.ts';

/** Announces what is certain. */
export const connectionsOutlive: Check = {
  id: 'ML-A003',
  title: 'the upgrade leaves ztunnel as it is, or no connection lives longer than its drain',
  looksAt: 'Version and terminationGracePeriodSeconds of DaemonSet ztunnel, and the number of ambient pods.',
  why: 'ztunnel can hand no connection over. When it is replaced, it keeps what it has for the grace period less five seconds, then cuts all of it, also idle connections: databases, queues, streams. Measured: 16 of 16.',
  remedy:
    'Raise the grace period above what connections live, or empty each node before (cordon, drain, delete ztunnel, uncordon); and see that clients connect again.',
  source: 'istio.io docs/ambient/upgrade/helm; src/config.rs in istio/ztunnel; istio/ztunnel issue 519',
  severities: ['warns'],
  needs: ['target', 'daemonSets', 'pods'],
  pains: ['P04'],
  run: (view) => {
    const ztunnel = ztunnelOf(view);
    const { target, mesh } = view;
    if (ztunnel === undefined || target === null || mesh.ambient.pods === 0) return [];
    const { component, fact } = ztunnel;
    if (component.version === target.version) return [];
    const seconds = String(drainSeconds(fact));
    const times = target.hops.length > 1 ? `, ${String(target.hops.length)} times` : '';
    return [
      {
        ...{ severity: 'warns', object: daemonSet(ztunnel), field: 'spec.template.spec.terminationGracePeriodSeconds' },
        value: String(fact.template.gracePeriodSeconds),
        message: `It is replaced on ${plural(component.desired, 'node')}${times}: connections of ${plural(mesh.ambient.pods, 'ambient pod')} that are still open ${seconds} s after that are cut.`,
        why: 'This is certain. Clients that do not connect again by themselves stay cut off.',
        remedy: `helm upgrade ztunnel istio/ztunnel -n ${component.namespace} --reset-then-reuse-values --set terminationGracePeriodSeconds=3600 before the upgrade (this replaces it once), or drain each node first`,
      },
    ];
  },
};

function isZero(count: string): boolean {
  return count === '' || count === '0' || count === '0%';
}

/** A gap instead of a hand-over. */
export const ztunnelSurges: Check = {
  id: 'ML-A004',
  title: 'the new ztunnel of a node is ready before the old one ends',
  looksAt: 'spec.updateStrategy of DaemonSet ztunnel.',
  why: 'Without a surge the new pod comes only when the old one has ended: no new connection, no DNS and no new pod works on that node for the whole drain (27 s measured with the default). With OnDelete an upgrade changes nothing and reports success; deleting the pod by hand then does the same harm.',
  remedy: 'Use RollingUpdate with maxSurge 1 and maxUnavailable 0; OnDelete only for nodes that are emptied first.',
  source: 'manifests/charts/ztunnel in istio/istio; istio.io docs/ambient/upgrade/helm',
  severities: ['blocks', 'warns'],
  needs: ['daemonSets'],
  pains: ['P04'],
  run: (view) => {
    const ztunnel = ztunnelOf(view);
    if (ztunnel === undefined) return [];
    const { component, fact } = ztunnel;
    const place = { object: daemonSet(ztunnel), field: 'spec.updateStrategy' } as const;
    const remedy = `helm upgrade ztunnel istio/ztunnel -n ${component.namespace} --reset-then-reuse-values --set updateStrategy.type=RollingUpdate --set updateStrategy.rollingUpdate.maxSurge=1 --set updateStrategy.rollingUpdate.maxUnavailable=0`;
    if (fact.strategy === 'OnDelete') {
      return [
        {
          ...{ severity: 'warns', ...place, value: 'OnDelete' },
          message: 'It has updateStrategy OnDelete.',
          why: 'An upgrade changes no running ztunnel, and to delete one on a node with pods takes the node off the network.',
          remedy: `For each node: kubectl cordon and drain it, kubectl -n ${component.namespace} delete pod of ztunnel there, wait for the new one, uncordon. Or: ${remedy}`,
        },
      ];
    }
    if (!isZero(fact.maxSurge)) return [];
    return [
      {
        ...{ severity: 'blocks', ...place, value: `maxSurge ${fact.maxSurge || '0'}` },
        message: `It is replaced without a surge (maxUnavailable ${fact.maxUnavailable || '1'}).`,
        why: `On each node all new connections and DNS of ambient pods fail for about ${String(drainSeconds(fact) + 2)} s.`,
        remedy,
      },
    ];
  },
};

/** Evicted first. */
export const agentsHavePriority: Check = {
  id: 'ML-A020',
  title: 'istio-cni and ztunnel have a priority that keeps them on their nodes',
  looksAt: 'priorityClassName of both DaemonSets.',
  why: 'A full node evicts or does not place pods without priority. Without ztunnel its pods have no network, without istio-cni no pod starts; the surge of an upgrade is when nodes are fullest.',
  remedy: 'Set priorityClassName system-node-critical, as the charts do.',
  source: 'manifests/charts/ztunnel and istio-cni in istio/istio',
  severities: ['warns'],
  needs: ['daemonSets'],
  pains: [],
  run: (view) =>
    agents(view)
      .filter(({ fact }) => fact.template.fitness.priorityClass === '')
      .map((agent): Finding => ({
        ...{ severity: 'warns', object: daemonSet(agent), field: 'spec.template.spec.priorityClassName', value: '' },
        message: 'It has no priority class.',
        why: 'On a full node its new pod may not be placed, or it is evicted first, and the node loses the mesh.',
        remedy: `kubectl -n ${agent.component.namespace} patch daemonset ${agent.component.name} --type merge -p '{"spec":{"template":{"spec":{"priorityClassName":"system-node-critical"}}}}', or in the values of its chart`,
      })),
};

/** Pods that a surge adds at once. */
function surgeOf({
  fact: { maxSurge, replicas },
}: {
  readonly fact: { readonly maxSurge: string; readonly replicas: number };
}): number {
  const percent = /^(\d+)%$/.exec(maxSurge)?.[1];
  return percent === undefined ? Number(maxSurge) || 0 : Math.ceil((Number(percent) * replicas) / 100);
}

/** Quotas of the namespace, those for priority classes included. */
export const quotaLeavesSurge: Check = {
  id: 'ML-A021',
  title: 'quotas leave room for the surge of ztunnel',
  looksAt: 'ResourceQuotas over pods in the namespace of ztunnel, against maxSurge.',
  why: 'On some platforms pods of system priority need a ResourceQuota of their own, which people set to the number of nodes: the surge of an upgrade does not fit, and the DaemonSet waits for ever at the first node.',
  remedy: 'Raise the quota by the surge, at least for the time of the upgrade.',
  source: 'istio.io docs/ambient/install/platform-prerequisites; kubernetes.io docs/concepts/policy/resource-quotas',
  severities: ['warns'],
  needs: ['daemonSets', 'quotas'],
  pains: ['P31'],
  run: (view) => {
    const ztunnel = ztunnelOf(view);
    if (ztunnel === undefined) return [];
    const surge = surgeOf(ztunnel);
    return view.facts.quotas.items
      .filter(({ meta }) => meta.namespace === ztunnel.component.namespace)
      .flatMap(({ meta, hard, used }): Finding[] => {
        const key = hard['pods'] === undefined ? 'count/pods' : 'pods';
        const room = Number(hard[key]) - Number(used[key] ?? '0');
        if (hard[key] === undefined || !Number.isFinite(room) || room >= surge) return [];
        return [
          {
            ...{ severity: 'warns', object: { kind: 'ResourceQuota', namespace: meta.namespace, name: meta.name } },
            ...{ field: `spec.hard.${key}`, value: hard[key] },
            message: `It leaves room for ${String(Math.max(0, room))} of the ${plural(surge, 'pod')} by which ztunnel surges.`,
            why: 'The new ztunnel is not created, and its rollout waits for ever.',
            remedy: `kubectl -n ${meta.namespace} patch resourcequota ${meta.name} --type merge -p '{"spec":{"hard":{"${key}":"${String(Number(used[key] ?? '0') + surge)}"}}}'`,
          },
        ];
      });
  },
};

/** Objects that a reconnecting ztunnel names in one request, above which it comes near the limit of gRPC. */
const nearLimit = 30_000;

/** ztunnel asks for everything again. */
export const reconnectFits: Check = {
  id: 'ML-A015',
  title: 'what ztunnel asks for when it connects again fits into one request',
  looksAt: 'Number of pods, Services and ServiceEntries, and ISTIO_GPRC_MAXRECVMSGSIZE of istiod.',
  why: 'The request lists every resource with its version; from 1.31 on that exceeds 4 MiB at about 40,000 workloads (55,000 before). istiod refuses it, and ztunnel tries for ever.',
  remedy: 'Raise the limit on istiod before the upgrade.',
  source: 'istio.io news/releases/1.31.x/announcing-1.31, upgrade notes',
  severities: ['blocks'],
  needs: ['target', 'daemonSets', 'deployments', 'pods', 'services'],
  pains: ['P50'],
  run: (view) => {
    const { facts, mesh, look, target } = view;
    const arrives = view.knowledge.changes.find(({ id }) => id === 'ztunnel-reconnect-larger');
    const all = facts.pods.items.length + facts.services.items.length + facts.serviceEntries.items.length;
    if (ztunnelOf(view) === undefined || all < nearLimit || !isMet(view, arrives?.since[0])) return [];
    return mesh.controlPlanes.flatMap((plane): Finding[] => {
      const value = look.deploymentOf(plane)?.template.env['ISTIO_GPRC_MAXRECVMSGSIZE'];
      if (plane.replicas === 0 || value === 'DROPPED' || Number(value ?? '0') >= 16 * 2 ** 20) return [];
      return [
        {
          ...{ severity: 'blocks', object: { kind: 'Deployment', namespace: plane.namespace, name: plane.deployment } },
          ...{ field: 'spec.template.spec.containers[discovery].env[ISTIO_GPRC_MAXRECVMSGSIZE]', value: value ?? '' },
          message: `This mesh has ${String(all)} pods and services, and istiod takes requests of up to 4 MiB.`,
          why: `A ztunnel of ${target?.version ?? ''} that reconnects is refused (ResourceExhausted), and gets no configuration.`,
          remedy:
            'helm upgrade istiod with --set pilot.env.ISTIO_GPRC_MAXRECVMSGSIZE=33554432 (spelled like this) first',
        },
      ];
    });
  },
};

function isMet({ target }: CheckView, since: string | undefined): boolean {
  const minor = since?.split('.')[1];
  return minor !== undefined && Number(target?.version.split('.')[1]) >= Number(minor);
}
