/** Networks, gateways between them, and what all clusters must have in common. */
import type { Check, Finding, Unseen } from '../../check.ts';
import { groupBy } from '../../../mesh/group.ts';
import { listed } from '../data-plane/words.ts';
import { eastWest, identityOf, networkKey, serviceObject } from './clusters.ts';

/** Two doors into one network. */
export const oneDoor: Check = {
  id: 'ML-M006',
  title: 'one Service leads into each network of this cluster',
  looksAt: 'Services with label topology.istio.io/network, by network.',
  why: 'Other clusters send equal shares to every such Service at once; there are no weights. A gateway that is added as a canary takes half of the traffic in the moment in which it gets an address, ready or not.',
  remedy: 'Put old and new gateway behind one Service, and label only that one.',
  source: 'istio/istio issues 53690, 30526',
  severities: ['warns'],
  needs: ['services'],
  pains: ['P52'],
  run: (view) =>
    [...groupBy(eastWest(view), ({ meta }) => meta.labels[networkKey] ?? '')].flatMap(
      ([network, services]): Finding[] => {
        const [first] = services.toReversed();
        if (first === undefined || services.length < 2) return [];
        const names = services.map(({ meta }) => `${meta.namespace}/${meta.name}`);
        return [
          {
            ...{
              severity: 'warns',
              object: serviceObject(first),
              field: `metadata.labels[${networkKey}]`,
              value: network,
            },
            message: `${String(services.length)} Services lead into network ${network}: ${listed(names)}.`,
            why: 'Each gets an equal share of what other clusters send, whatever stands behind it.',
            remedy: `kubectl -n ${first.meta.namespace} label service ${first.meta.name} ${networkKey}- unless both are meant, and let the Service that stays select the pods of both gateways`,
          },
        ];
      },
    ),
};

/** A door that is shut. */
export const doorsAreOpen: Check = {
  id: 'ML-M007',
  title: 'every east-west gateway has an address and a ready pod',
  looksAt: 'Services with label topology.istio.io/network: addresses, and ready pods behind their selectors.',
  why: 'All traffic between networks goes through it. Without an address other clusters drop the endpoints of this one; without a ready pod they send into nothing.',
  remedy: 'Bring the gateway up before anything else is touched.',
  source: 'istio.io docs/setup/install/multicluster/multi-primary_multi-network',
  severities: ['blocks'],
  needs: ['services', 'pods'],
  pains: ['P52'],
  run: (view) =>
    eastWest(view).flatMap((service): Finding[] => {
      const { meta, selector, addresses, type } = service;
      const wanted = Object.entries(selector);
      const pods = view.look
        .podsIn(meta.namespace)
        .filter(({ meta: pod }) => wanted.every(([key, value]) => pod.labels[key] === value));
      const noAddress = type === 'LoadBalancer' && addresses.length === 0;
      const noPod = wanted.length > 0 && !pods.some(({ ready }) => ready);
      if (!noAddress && !noPod) return [];
      return [
        {
          ...{ severity: 'blocks', object: serviceObject(service) },
          ...{ field: noAddress ? 'status.loadBalancer.ingress' : 'spec.selector', value: '' },
          message: `It is the way into network ${meta.labels[networkKey] ?? ''}, but it has ${noAddress ? 'no address' : 'no ready pod'}.`,
          why: 'Traffic from other clusters fails now, and an upgrade would take the blame and hide it.',
          remedy: `kubectl -n ${meta.namespace} describe service ${meta.name}; kubectl -n ${meta.namespace} get pods -l ${wanted.map(([key, value]) => `${key}=${value}`).join(',')}`,
        },
      ];
    }),
};

function aliases(config: Readonly<Record<string, unknown>>): readonly unknown[] {
  const list = config['trustDomainAliases'];
  return Array.isArray(list) ? list : [];
}

function domainOf(config: Readonly<Record<string, unknown>>): string {
  const domain = config['trustDomain'];
  return typeof domain === 'string' && domain !== '' ? domain : 'cluster.local';
}

/** Identities. */
export const trustDomainsAgree: Check = {
  id: 'ML-M008',
  title: 'all control planes give identities of one trust domain',
  looksAt: 'trustDomain and trustDomainAliases in the mesh config of every revision that runs.',
  why: 'A proxy that gets an identity of another trust domain is refused by every AuthorizationPolicy that names principals, here and in other clusters.',
  remedy:
    'Install the new revision with the trust domain of the old one, or list the other one in trustDomainAliases on both.',
  source: 'istio.io docs/tasks/security/authorization/authz-td-migration',
  severities: ['blocks'],
  needs: ['configMaps', 'deployments'],
  pains: ['P24', 'P43'],
  run: ({ mesh }) => {
    const planes = mesh.controlPlanes.filter(({ replicas }) => replicas > 0);
    const [first] = planes;
    return planes.flatMap((plane): (Finding | Unseen)[] => {
      const object = { kind: 'Deployment', namespace: plane.namespace, name: plane.deployment } as const;
      if (planes.length < 2 || first === undefined) return [];
      if (plane.meshConfig === null || first.meshConfig === null) {
        return plane.meshConfig === null ? [{ object, unseen: 'Its mesh config could not be read.' }] : [];
      }
      const [own, other] = [domainOf(plane.meshConfig), domainOf(first.meshConfig)];
      if (own === other || (aliases(plane.meshConfig).includes(other) && aliases(first.meshConfig).includes(own)))
        return [];
      return [
        {
          ...{ severity: 'blocks', object, field: 'meshConfig.trustDomain', value: own },
          message: `Revision ${plane.revision} has trust domain ${own}, but ${first.revision} has ${other}.`,
          why: 'Requests of moved proxies are refused where policies name principals, and those to them as well.',
          remedy: `helm upgrade the istiod of ${plane.revision} with --set meshConfig.trustDomain=${other}, or list each in meshConfig.trustDomainAliases of the other`,
        },
      ];
    });
  },
};

/** Cluster, network and mesh by other names. */
export const identitiesAgree: Check = {
  id: 'ML-M009',
  title: 'all control planes of this cluster call it, its network and its mesh the same',
  looksAt: 'global.multiCluster.clusterName, global.network and global.meshID in the values of every injector.',
  why: 'A new revision without these values takes its own cluster for another one: endpoints go over the gateway or are lost, locality and authentication of the cluster fail (CLUSTER_ID does not match the remote secret).',
  remedy: 'Install the new revision with the values of the old one.',
  source: 'istio.io docs/setup/install/multicluster; istio/istio issue 23443',
  severities: ['blocks'],
  needs: ['configMaps', 'deployments'],
  pains: ['P43', 'P51'],
  run: (view) => {
    const planes = view.mesh.controlPlanes.filter(({ replicas }) => replicas > 0);
    const [first, ...others] = planes;
    if (first === undefined) return [];
    const wanted = identityOf(view, first.revision);
    return others.flatMap((plane): Finding[] => {
      const own = identityOf(view, plane.revision);
      const keys = Object.keys({ ...wanted, ...own }).filter((key) => (own[key] ?? '') !== (wanted[key] ?? ''));
      const [key] = keys;
      // Values of one of them were not read: nothing can be compared.
      if (key === undefined || Object.keys(own).length === 0 || Object.keys(wanted).length === 0) return [];
      return [
        {
          ...{ severity: 'blocks', object: { kind: 'Deployment', namespace: plane.namespace, name: plane.deployment } },
          ...{ field: key, value: own[key] ?? '' },
          message: `Revision ${plane.revision} has ${keys.map((one) => `${one}=${own[one] ?? ''}`).join(', ')}, but ${first.revision} has ${keys.map((one) => `${one}=${wanted[one] ?? ''}`).join(', ')}.`,
          why: 'For proxies of the two, one and the same cluster has two names: endpoints and identities do not match.',
          remedy: `helm upgrade the istiod of ${plane.revision} with ${keys.map((one) => `--set ${one}=${wanted[one] ?? ''}`).join(' ')}`,
        },
      ];
    });
  },
};
