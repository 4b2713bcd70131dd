/**
 * What meshlift needs of a cluster's RBAC, as data: each need with the lowest role that has it and the reason. The rules that
 * `meshlift rbac` prints are made of it; tests compare it with what the inventory lists and with what every kind of step writes.
 */
import { kinds, listedKinds } from '../inventory/kinds.ts';
import type { ResourceType } from '../kube/api.ts';
import { resources } from '../kube/resources.ts';

/** From the one that may least; each has all rights of those before it. */
export const roleNames = ['observer', 'mover', 'installer'] as const;

/** One of them. */
export type RoleName = (typeof roleNames)[number];

/** Rights that belong together. */
export interface Need {
  /** The lowest role that has it. */
  readonly role: RoleName;
  /** `control-plane`: only in the namespace of the control planes. */
  readonly scope: 'cluster' | 'control-plane';
  /** API group, '' for the core group. */
  readonly group: string;
  /** Plurals, with '/SUBRESOURCE' where it is one. */
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  /** One sentence without its full stop. */
  readonly why: string;
  /** Only the namespace of the proof, where the new revision is named; else any name. */
  readonly onlyProof?: true;
}

const admission = 'admissionregistration.k8s.io';
const rbac = 'rbac.authorization.k8s.io';

/** RBAC cannot give a Secret's metadata without its data, so nobody below the installer sees any. */
const secrets: ResourceType = resources.secrets;

function listing(): readonly Need[] {
  const read = listedKinds.flatMap((kind) => kinds[kind].resources).filter(({ plural }) => plural !== secrets.plural);
  const groups = new Map<string, Set<string>>();
  for (const { group, plural } of read) groups.set(group, (groups.get(group) ?? new Set()).add(plural));
  return [...groups].map(([group, plurals]) => ({
    ...{ role: 'observer', scope: 'cluster', group, resources: [...plurals].sort(), verbs: ['list'] },
    why: 'what every command reads of the mesh',
  }));
}

function need(
  role: RoleName,
  scope: Need['scope'],
  [group, names, verbs]: readonly [string, string, string],
  why: string,
): Need {
  return { role, scope, group, resources: names.split(' '), verbs: verbs.split(' '), why };
}

const observer: readonly Need[] = [
  ...listing(),
  need(
    'observer',
    'cluster',
    ['', 'configmaps namespaces', 'get'],
    'mesh configuration, runs, and which cluster it is',
  ),
  // A port-forward over a WebSocket begins with GET, for which servers ask `get`, newer ones (and SPDY) `create`.
  need(
    'observer',
    'control-plane',
    ['', 'pods/portforward', 'get create'],
    'asks each istiod what runs and who is in sync',
  ),
];

const anywhere = (group: string, names: string, verbs: string, why: string) =>
  need('mover', 'cluster', [group, names, verbs], why);

const mover: readonly Need[] = [
  anywhere('authorization.k8s.io', 'selfsubjectaccessreviews', 'create', 'asks before the first write what it may do'),
  need('mover', 'control-plane', ['coordination.k8s.io', 'leases', 'get create patch'], 'one run on a mesh at a time'),
  need('mover', 'control-plane', ['', 'configmaps', 'create patch'], 'plan and journal of the run'),
  need('mover', 'control-plane', ['', 'services', 'get patch'], 'Services of revision tags'),
  anywhere(
    admission,
    'mutatingwebhookconfigurations validatingwebhookconfigurations',
    'get patch',
    'moves tags and the default',
  ),
  anywhere(
    '',
    'namespaces',
    'create patch',
    'labels of namespaces; a namespace in which the new control plane is proved',
  ),
  { ...anywhere('', 'namespaces', 'delete', 'removes the namespace of the proof'), onlyProof: true },
  anywhere('networking.istio.io', 'virtualservices', 'create', 'asks validation, in dry runs that store nothing'),
  anywhere(
    '',
    'pods',
    'get create patch delete',
    'shadow proxies, dry runs of new pods, and pods that are handed over',
  ),
  anywhere(
    'discovery.k8s.io',
    'endpointslices',
    'create delete',
    'keeps the proxy of a pod that leaves its Services configured',
  ),
  anywhere('', 'pods/eviction', 'create', 'renews pod by pod what no rollout renews'),
  anywhere('', 'pods/portforward', 'get create', 'asks the proxy of a pod that leaves whether it is idle'),
  anywhere('', 'events', 'list', 'says why pods do not start'),
  anywhere('apps', 'deployments statefulsets daemonsets', 'get patch', 'renews workloads by a rolling restart'),
  anywhere('argoproj.io', 'rollouts', 'get patch', 'restarts Argo Rollouts'),
  anywhere('batch', 'jobs cronjobs', 'get', 'sees whether their next run has come'),
  anywhere('gateway.networking.k8s.io', 'gateways', 'get patch', 'label istio.io/rev of Gateways'),
];

const changes = 'get create patch delete';
const installed = (scope: Need['scope'], group: string, names: string, why: string) =>
  need('installer', scope, [group, names, changes], why);

const chart = 'objects of the charts base and istiod';

const installer: readonly Need[] = [
  need('installer', 'cluster', ['', 'secrets', 'list'], 'metadata of Helm releases and of secrets of remote clusters'),
  need('installer', 'control-plane', ['', 'secrets', 'get list create update delete'], 'releases, as Helm keeps them'),
  installed('control-plane', '', 'configmaps serviceaccounts services', chart),
  installed('control-plane', 'apps', 'deployments', chart),
  installed('control-plane', 'autoscaling', 'horizontalpodautoscalers', chart),
  installed('control-plane', 'policy', 'poddisruptionbudgets', chart),
  installed('control-plane', 'networking.k8s.io', 'networkpolicies', `${chart}, where the values ask for them`),
  installed('control-plane', rbac, 'roles rolebindings', chart),
  need(
    'installer',
    'control-plane',
    [rbac, 'roles', 'escalate bind'],
    "gives istiod rights that are not the installer's own",
  ),
  // Never deleted: all objects of the kind would go with it.
  need(
    'installer',
    'cluster',
    ['apiextensions.k8s.io', 'customresourcedefinitions', 'get create patch'],
    'CRDs of chart base',
  ),
  installed('cluster', admission, 'mutatingwebhookconfigurations validatingwebhookconfigurations', chart),
  installed(
    'cluster',
    admission,
    'validatingadmissionpolicies validatingadmissionpolicybindings',
    `${chart}, where the values ask for them`,
  ),
  installed('cluster', rbac, 'clusterroles clusterrolebindings', chart),
  need(
    'installer',
    'cluster',
    [rbac, 'clusterroles', 'escalate bind'],
    "gives istiod rights that are not the installer's own",
  ),
];

/** The whole table, by role. */
const needs: readonly Need[] = [...observer, ...mover, ...installer];

/** All that a role needs, with what the roles before it need. */
export function needsOf(role: RoleName): readonly Need[] {
  const highest = roleNames.indexOf(role);
  return needs.filter((one) => roleNames.indexOf(one.role) <= highest);
}
