/** What stands before a gateway: load balancers that learn late that a pod has gone, and addresses that must not change. */
import type { MetaFact, ServiceFact } from '../../../mesh/facts.ts';
import type { Check, Finding, Unseen } from '../../check.ts';
import { drainRemedy, drainSeconds, fronted, isManaged, objectOf } from './gateways.ts';

const aws = 'service.beta.kubernetes.io/aws-load-balancer';

/** Seconds for which the load balancer may go on sending to a pod that has gone; null when it does not send to pods itself. */
function deregistrationOf({ annotations }: MetaFact): number | null {
  const attributes = annotations[`${aws}-target-group-attributes`] ?? '';
  const delay = /deregistration_delay\.timeout_seconds=(\d+)/.exec(attributes)?.[1];
  if (delay !== undefined) return Number(delay);
  const draining = annotations[`${aws}-connection-draining-timeout`];
  if (draining !== undefined && /^\d+$/.test(draining)) return Number(draining);
  const direct = annotations[`${aws}-nlb-target-type`] === 'ip' || annotations[`${aws}-type`] === 'nlb-ip';
  if (direct) return 180;
  return annotations['cloud.google.com/neg'] === undefined ? null : 60;
}

const unreadDrain = 'How long it drains is not known: the mesh config of its control plane was not read.';

/** The load balancer goes on sending. */
export const drainOutlastsLoadBalancer: Check = {
  id: 'ML-G002',
  title: 'gateways drain for as long as their load balancer goes on sending to a pod that ends',
  looksAt:
    'Annotations of LoadBalancer Services for deregistration, connection draining and targets that are pods, against terminationDrainDuration of the gateway.',
  why: 'The gateway stops 5 s after SIGTERM by default. A load balancer that sends to pods itself notices later: an NLB up to 180 s. Until then connections go nowhere: resets, 502 and 504.',
  remedy: 'A drain as long as the deregistration delay, and a grace period longer than that.',
  source: 'istio/istio issues 59489, 26524, 41481; kubernetes-sigs/aws-load-balancer-controller issue 1719',
  severities: ['warns'],
  needs: ['pods', 'deployments', 'services'],
  pains: ['P12'],
  run: (view) =>
    fronted(view).flatMap((one): (Finding | Unseen)[] => {
      const balanced = one.services.filter(({ type }) => type === 'LoadBalancer');
      const longest = Math.max(0, ...balanced.map(({ meta }) => deregistrationOf(meta) ?? 0));
      if (longest === 0) return [];
      const drain = drainSeconds(view, one);
      const object = objectOf(view, one.gateway);
      if (drain === null) return [{ object, unseen: unreadDrain }];
      if (drain >= longest) return [];
      return [
        {
          ...{ severity: 'warns', object, field: 'terminationDrainDuration', value: `${String(drain)}s` },
          message: `Its pods stop ${String(drain)} s after they are told to, but the load balancer may send to them for ${String(longest)} s.`,
          why: 'Requests that it sends to a pod that has gone fail, while the gateway is renewed.',
          remedy: drainRemedy(one, longest),
        },
      ];
    }),
};

/** Nodes that lose their pod. */
export const localTrafficSurvives: Check = {
  id: 'ML-G003',
  title: 'gateways behind externalTrafficPolicy Local drain until the load balancer has seen it',
  looksAt: 'spec.externalTrafficPolicy of the Services in front of gateways, against terminationDrainDuration.',
  why: 'With Local a node takes traffic only while it has a pod. When the pod moves to another node, the load balancer finds out by health checks, some 30 s at usual settings; until then what it sends to that node is dropped.',
  remedy: 'A drain longer than the health checks need, and a new pod on every node before the old one goes.',
  source: 'Kubernetes documentation, External traffic policy, and KEP-1669; istio/istio issue 41481',
  severities: ['warns'],
  needs: ['pods', 'deployments', 'services'],
  pains: ['P12'],
  run: (view) =>
    fronted(view).flatMap((one): (Finding | Unseen)[] => {
      const local = one.services.find(
        ({ type, externalTrafficPolicy }) => type === 'LoadBalancer' && externalTrafficPolicy === 'Local',
      );
      if (local === undefined) return [];
      const { namespace, name } = local.meta;
      const object = { kind: 'Service', namespace, name };
      const drain = drainSeconds(view, one);
      if (drain === null) return [{ object, unseen: unreadDrain }];
      if (drain >= 30) return [];
      return [
        {
          ...{ severity: 'warns', object, field: 'spec.externalTrafficPolicy', value: 'Local' },
          message: `Only nodes with a pod of ${one.fact.meta.name} take traffic, and its pods stop after ${String(drain)} s.`,
          why: 'A load balancer needs some 30 s to see that a node has lost its pod; what it sends there until then is lost.',
          remedy: `${drainRemedy(one, 45)}; or, where the address of the client is not needed: kubectl -n ${namespace} patch service ${name} --type merge -p '{"spec":{"externalTrafficPolicy":"Cluster"}}'`,
        },
      ];
    }),
};

function isFixed({ meta, loadBalancerIP }: ServiceFact): boolean {
  return loadBalancerIP !== '' || meta.annotations['helm.sh/resource-policy'] === 'keep';
}

/** Addresses that live only as long as the Service. */
export const addressIsKept: Check = {
  id: 'ML-G014',
  title: 'the external address of every gateway outlives its Service',
  looksAt:
    'LoadBalancer Services in front of gateways: spec.loadBalancerIP, annotation helm.sh/resource-policy, status.loadBalancer, nodePorts.',
  why: 'The address and the node ports belong to the Service object. An installer that deletes it and makes it again, or a release under another name, gets others: DNS and firewalls point to nothing.',
  remedy:
    'Never delete the Service; helm.sh/resource-policy: keep on it; a reserved address where the provider has such.',
  source: 'istio/istio issues 31418, 35348, 42017, 32691',
  severities: ['informs'],
  needs: ['pods', 'deployments', 'services'],
  pains: ['P32'],
  run: (view) =>
    fronted(view)
      .filter(({ gateway }) => !isManaged(gateway))
      .flatMap(({ services }) => services.filter((one) => one.type === 'LoadBalancer' && !isFixed(one)))
      .map(({ meta: { namespace, name }, addresses, ports }): Finding => {
        const nodePorts = ports.flatMap(({ nodePort }) => (nodePort === 0 ? [] : [nodePort]));
        return {
          ...{ severity: 'informs', object: { kind: 'Service', namespace, name }, field: 'status.loadBalancer' },
          value: addresses.join(', '),
          message: `Its address ${addresses.join(', ') || '(none yet)'}${nodePorts.length === 0 ? '' : ` and node ports ${nodePorts.join(', ')}`} would be lost with the object.`,
          why: 'The upgrade does not touch it; an installer that makes it again gets another address.',
          remedy: `kubectl -n ${namespace} annotate service ${name} helm.sh/resource-policy=keep`,
        };
      }),
};

/** Long requests through gateways that istiod rolls. */
export const managedDrainsLong: Check = {
  id: 'ML-G015',
  title: 'gateways that istiod renews by itself drain for longer than 5 s',
  looksAt: 'terminationDrainDuration of Gateway API gateways (annotation by parametersRef, mesh config).',
  why: 'A gateway of the Gateway API cannot be handed over: istiod would render it again. It is rolled, and stops 5 s after SIGTERM by default, with requests under way: measured, one of 15 s was cut after 5.4 s.',
  remedy: 'A terminationDrainDuration longer than the longest request, by parametersRef or in the mesh config.',
  source: 'measured on a real mesh; pkg/config/mesh, pkg/envoy/agent.go',
  severities: ['informs'],
  needs: ['gateways', 'deployments', 'configMaps'],
  pains: ['P12'],
  run: (view) =>
    fronted(view).flatMap((one): Finding[] => {
      const drain = drainSeconds(view, one);
      if (!isManaged(one.gateway) || drain === null || drain > 5) return [];
      return [
        {
          ...{ severity: 'informs', object: objectOf(view, one.gateway), field: 'terminationDrainDuration' },
          value: `${String(drain)}s`,
          message: `Its pods stop ${String(drain)} s after they are told to.`,
          why: 'Requests that take longer are cut when it is renewed.',
          remedy: drainRemedy(one, 45),
        },
      ];
    }),
};
