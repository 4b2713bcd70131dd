/** Clusters that are not seen from here, and what they need of this one. */
import { skew } from '../../../knowledge/support.ts';
import { plural } from '../../../report/words.ts';
import type { Check, CheckView, Finding, FoundObject } from '../../check.ts';
import { groupBy } from '../../../mesh/group.ts';
import { outsiders } from '../data-plane/outsiders.ts';
import { listed } from '../data-plane/words.ts';
import { clusterOf, isMulticluster, remoteServices, serviceObject } from './clusters.ts';

function secretObject({ namespace, name }: { readonly namespace: string; readonly name: string }): FoundObject {
  return { kind: 'Secret', namespace, name };
}

/** Said once for each. */
export const remotesAreSeen: Check = {
  id: 'ML-M001',
  title: 'the mesh is this cluster alone',
  looksAt: 'Secrets with label istio/multiCluster=true: the clusters that istiod reads.',
  why: 'Webhooks, proxies, gateways and versions of other clusters are not seen from here. Their proxies may use this control plane, and their control planes read this cluster.',
  remedy: 'Run the checks in each cluster with its own context, and upgrade one cluster at a time.',
  source: 'istio.io docs/setup/install/multicluster; istio/istio issues 34867, 35682',
  severities: ['informs'],
  needs: ['remoteSecrets'],
  pains: ['P51'],
  run: ({ facts }) =>
    facts.remoteSecrets.items.map((secret): Finding => ({
      ...{
        severity: 'informs',
        object: secretObject(secret.meta),
        field: 'metadata.annotations[networking.istio.io/cluster]',
      },
      value: clusterOf(secret),
      message: `Cluster ${clusterOf(secret)} belongs to the mesh, and what runs there is not seen from here.`,
      why: 'Its versions may be too far from the target, and its webhooks may point to this control plane.',
      remedy: `meshlift check --context CONTEXT of ${clusterOf(secret)} --to the same version; never change two clusters at once`,
    })),
};

/** Secrets that istiod does not use as meant. */
export const remoteSecretsAreUsed: Check = {
  id: 'ML-M002',
  title: 'every remote secret is read by the control plane, and names its own cluster',
  looksAt: 'Namespace of the Secrets with label istio/multiCluster=true, and the clusters that they name.',
  why: 'istiod reads these Secrets in its own namespace only, and takes one of two for the same cluster. A new revision in another namespace sees none: endpoints of the other clusters are gone for every proxy that is moved to it.',
  remedy: 'Put one Secret for each cluster into the namespace of every control plane.',
  source: 'pkg/kube/multicluster/secretcontroller.go in istio/istio',
  severities: ['blocks', 'warns'],
  needs: ['remoteSecrets', 'deployments'],
  pains: ['P51'],
  run: (view) => [...unreadSecrets(view), ...doubled(view)],
};

function unreadSecrets({ facts, mesh }: CheckView): readonly Finding[] {
  const planes = mesh.controlPlanes.filter(({ replicas }) => replicas > 0);
  const byNamespace = groupBy(facts.remoteSecrets.items, ({ meta }) => meta.namespace);
  const all = [...new Set(facts.remoteSecrets.items.map(clusterOf))];
  return planes.flatMap((plane): Finding[] => {
    const own = new Set((byNamespace.get(plane.namespace) ?? []).map(clusterOf));
    const missing = all.filter((cluster) => !own.has(cluster));
    if (missing.length === 0) return [];
    return [
      {
        ...{ severity: 'blocks', object: { kind: 'Deployment', namespace: plane.namespace, name: plane.deployment } },
        ...{ field: 'metadata.namespace', value: plane.namespace },
        message: `It has no remote secret for ${listed(missing)} in its namespace.`,
        why: 'Proxies that are moved to it lose the endpoints of these clusters.',
        remedy: `istioctl create-remote-secret --context CONTEXT --name ${missing[0] ?? ''} | kubectl apply -n ${plane.namespace} -f -`,
      },
    ];
  });
}

function doubled({ facts }: CheckView): readonly Finding[] {
  const groups = groupBy(facts.remoteSecrets.items, (secret) => `${secret.meta.namespace} ${clusterOf(secret)}`);
  return [...groups.values()].flatMap((secrets): Finding[] => {
    const [first] = secrets;
    if (first === undefined || secrets.length < 2) return [];
    return [
      {
        ...{
          severity: 'warns',
          object: secretObject(first.meta),
          field: 'metadata.annotations[networking.istio.io/cluster]',
        },
        value: clusterOf(first),
        message: `${plural(secrets.length, 'Secret')} name cluster ${clusterOf(first)}: ${listed(secrets.map(({ meta }) => meta.name))}.`,
        why: 'The control plane takes one of them; which one may change when it restarts, as it does in an upgrade.',
        remedy: `kubectl -n ${first.meta.namespace} delete secret of those that are out of date`,
      },
    ];
  });
}

/** Proxies elsewhere. */
export const remoteProxiesFollow: Check = {
  id: 'ML-M003',
  title: 'proxies of other clusters can use the control plane of the target',
  looksAt:
    'Proxies in istiod’s /debug/syncz of which this cluster has no pod, with their versions; not those of machines (ML-D011).',
  why: 'They are no pods of this cluster, so no wave here moves them; but in place they meet the new istiod at once, and when the old revision is removed they lose theirs.',
  remedy:
    'Bring their cluster within the supported distance first, and keep the old revision until none of them uses it.',
  source: 'istio.io docs/setup/install/multicluster/primary-remote; istio/istio issue 35682',
  severities: ['blocks', 'warns'],
  needs: ['target', 'istiods', 'pods'],
  pains: ['P03', 'P51'],
  run: (view) => {
    if (!isMulticluster(view)) return [];
    const foreign = outsiders(view).filter(({ machine }) => !machine);
    const target = view.target?.version ?? '';
    return [...groupBy(foreign, ({ version }) => version)].flatMap(([version, all]): Finding[] => {
      const [first] = all;
      if (first === undefined) return [];
      // By revision they stay on the control plane that they have.
      const old = view.target?.strategy === 'in-place' && skew(target, version) === 'too-old';
      return [
        {
          ...{ severity: old ? 'blocks' : 'warns', object: first.istiod, field: '/debug/syncz', value: version },
          message: `${plural(all.length, 'proxy', 'proxies')} of version ${version === '' ? 'unknown' : version} in other clusters use it.`,
          why: old
            ? `They are too old for a control plane of ${target}: it would serve them what they may reject.`
            : 'No wave here moves them: they stay on it, and lose it when the old control plane is removed.',
          remedy: old
            ? `Renew these proxies in their own clusters before the upgrade to ${target}`
            : 'Upgrade with --strategy revision, move their clusters next, and run meshlift complete only when none is left',
        },
      ];
    });
  },
};

/** A cluster without a control plane of its own. */
export const remoteFollowsRevision: Check = {
  id: 'ML-M004',
  title: 'the control plane that this cluster uses runs in this cluster',
  looksAt: 'Services istiod… without a selector: their endpoints lead to the istiod of another cluster.',
  why: 'In a remote cluster the new revision is a Service and a webhook that somebody must make, after the primary exposes its new istiod at the east-west gateway. A webhook that comes first refuses or misses every new pod.',
  remedy:
    'Order: istiod of the primary, its gateway, Service and webhook here, then the proxies here. Prove injection before any namespace is moved.',
  source: 'istio/istio issues 47552, 34867, 39007, 42327',
  severities: ['warns'],
  needs: ['services', 'target'],
  pains: ['P51'],
  run: (view) =>
    remoteServices(view).map((service): Finding => ({
      ...{ severity: 'warns', object: serviceObject(service), field: 'spec.selector', value: '' },
      message: 'It leads to an istiod of another cluster.',
      why: 'The upgrade of that istiod is not seen from here, and a new revision needs a Service like this one of its own.',
      remedy: `When the primary serves the new revision: helm install istiod-REVISION istio/istiod -n ${service.meta.namespace} --set profile=remote --set revision=REVISION --set global.remotePilotAddress=ADDRESS, then kubectl run probe --image=pause --labels istio.io/rev=REVISION --dry-run=server -o yaml must show istio-proxy`,
    })),
};

const xdsPorts: readonly number[] = [15012, 15017];

/** A primary that exposes one istiod by name. */
export const revisionIsExposed: Check = {
  id: 'ML-M005',
  title: 'every control plane that other clusters use is exposed to them',
  looksAt: 'Gateways with a server on 15012 or 15017, and destinations of the VirtualServices that are bound to them.',
  why: 'The sample that exposes istiod names one Service. A new revision is not reachable through it: remote proxies and webhooks of that revision get filter_chain_not_found.',
  remedy: 'Expose the Service of the new revision too, by host, before a remote cluster is told of it.',
  source: 'samples/multicluster/expose-istiod.yaml in istio/istio; istio/istio issues 47552, 34867',
  severities: ['warns'],
  needs: ['istioGateways', 'virtualServices', 'deployments'],
  pains: ['P51'],
  run: (view) => {
    const { facts, mesh, target } = view;
    const gateways = facts.istioGateways.items.filter(({ servers }) =>
      servers.some(({ port }) => xdsPorts.includes(port)),
    );
    const names = new Set(gateways.flatMap(({ meta }) => [`${meta.namespace}/${meta.name}`]));
    const bound = facts.virtualServices.items.filter(({ meta, gateways: own }) =>
      own.some((name) => names.has(name.includes('/') ? name : `${meta.namespace}/${name}`)),
    );
    const hosts = bound.flatMap(({ destinations }) => destinations).map((host) => host.split('.')[0] ?? '');
    const hidden = mesh.controlPlanes.filter(
      ({ replicas, service }) => replicas > 0 && service !== null && !hosts.includes(service),
    );
    const [gateway] = gateways;
    if (gateway === undefined || hosts.length === 0) return [];
    const place: FoundObject = { kind: 'Gateway', namespace: gateway.meta.namespace, name: gateway.meta.name };
    const common = {
      severity: 'warns',
      object: place,
      field: 'spec.servers',
      value: listed([...new Set(hosts)]),
    } as const;
    const remedy =
      'Add a VirtualService for this Gateway with a host and a destination istiod-REVISION.istio-system.svc.cluster.local, ports 15012 and 15017';
    const why = 'Remote clusters that are moved to it reach no control plane.';
    if (hidden.length > 0) {
      const revisions = listed(hidden.map(({ revision }) => revision));
      return [
        {
          ...common,
          message: `It leads other clusters to ${common.value}, but not to revision ${revisions}.`,
          why,
          remedy,
        },
      ];
    }
    if (target?.strategy !== 'revision' || target.hops.length === 0) return [];
    return [
      {
        ...common,
        message: `It leads other clusters to ${common.value}; the new revision will need an entry.`,
        why,
        remedy,
      },
    ];
  },
};
