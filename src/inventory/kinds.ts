/** Which kinds fill which list of the facts, how they are listed, and how much of an object is kept. */
import type { KubeObject, ResourceType } from '../kube/api.ts';
import { resources } from '../kube/resources.ts';
import type { FactKind, Facts } from '../mesh/facts.ts';
import { crd, installer, limitRange, quota, remoteSecret } from './project-cluster.ts';
import { autoscaler, budget, configMap, helmRelease, namespace, node } from './project-config.ts';
import { delivery } from './project-delivery.ts';
import {
  attached,
  authorizationPolicy,
  envoyFilter,
  peerAuthentication,
  proxyConfig,
  telemetry,
  wasmPlugin,
  workloadEntry,
} from './project-istio.ts';
import { meta, type Projection } from './project-meta.ts';
import { endpointSlice, gateway, gatewayClass, istioGateway, service } from './project-network.ts';
import { pod } from './project-pod.ts';
import {
  destinationRule,
  gatewayPolicy,
  networkPolicy,
  route,
  serviceEntry,
  virtualService,
} from './project-traffic.ts';
import { webhookConfig } from './project-webhook.ts';
import { workload } from './project-workload.ts';

/** Lists of the facts that come from Kubernetes objects: all but istiod's answers. */
export type ListedKind = Exclude<FactKind, 'istiods'>;

/** Element of a list of the facts. */
export type FactOf<K extends ListedKind> = Facts[K]['items'][number];

/** How one list of the facts is filled. */
export interface KindSpec<T> {
  readonly resources: readonly ResourceType[];
  readonly project: (object: KubeObject, projection: Projection) => T;
  /** Ask for metadata only. */
  readonly metadataOnly?: true;
  readonly labelSelector?: string;
  /** The same condition as the selector, for files that hold more; also for what no selector can say. */
  readonly keep?: (object: KubeObject) => boolean;
  /** `always`: every cluster serves the kind and has objects of it, so an answer of NotFound is a failure. */
  readonly presence: 'always' | 'served' | 'optional';
}

const onlyMeta = (object: KubeObject, projection: Projection) => ({ meta: meta(object, projection) });

// The mesh config, the injector's, and what Helm was given; not the defaults of gateway classes.
const isControlPlaneMap = (object: KubeObject): boolean =>
  /^(istio|values)(-|$)/.test(object.metadata.name) && !object.metadata.labels?.['gateway.istio.io/defaults-for-class'];

/** The table. */
export const kinds: { readonly [K in ListedKind]: KindSpec<FactOf<K>> } = {
  pods: { resources: [resources.pods], project: pod, presence: 'always' },
  mutatingWebhooks: {
    resources: [resources.mutatingWebhooks],
    project: webhookConfig('MutatingWebhookConfiguration'),
    presence: 'served',
  },
  validatingWebhooks: {
    resources: [resources.validatingWebhooks],
    project: webhookConfig('ValidatingWebhookConfiguration'),
    presence: 'served',
  },
  deployments: { resources: [resources.deployments], project: workload('Deployment'), presence: 'always' },
  daemonSets: { resources: [resources.daemonSets], project: workload('DaemonSet'), presence: 'served' },
  services: { resources: [resources.services], project: service, presence: 'always' },
  namespaces: { resources: [resources.namespaces], project: namespace, presence: 'always' },
  nodes: { resources: [resources.nodes], project: node, presence: 'always' },
  replicaSets: { resources: [resources.replicaSets], project: onlyMeta, metadataOnly: true, presence: 'served' },
  statefulSets: { resources: [resources.statefulSets], project: workload('StatefulSet'), presence: 'served' },
  rollouts: { resources: [resources.rollouts], project: workload('Rollout'), presence: 'optional' },
  jobs: { resources: [resources.jobs], project: workload('Job'), presence: 'served' },
  cronJobs: { resources: [resources.cronJobs], project: workload('CronJob'), presence: 'served' },
  endpointSlices: { resources: [resources.endpointSlices], project: endpointSlice, presence: 'served' },
  budgets: { resources: [resources.budgets], project: budget, presence: 'served' },
  autoscalers: { resources: [resources.autoscalers], project: autoscaler, presence: 'served' },
  crds: { resources: [resources.crds], project: crd, presence: 'served' },
  configMaps: {
    resources: [resources.configMaps],
    project: configMap,
    labelSelector: 'istio.io/rev',
    keep: isControlPlaneMap,
    presence: 'served',
  },
  helmReleases: {
    resources: [resources.secrets],
    project: helmRelease,
    metadataOnly: true,
    labelSelector: 'owner=helm',
    keep: (object) => object.metadata.labels?.['owner'] === 'helm',
    presence: 'served',
  },
  gateways: { resources: [resources.gateways], project: gateway, presence: 'optional' },
  gatewayClasses: { resources: [resources.gatewayClasses], project: gatewayClass, presence: 'optional' },
  istioGateways: { resources: [resources.istioGateways], project: istioGateway, presence: 'optional' },
  installers: {
    resources: [
      resources.istioOperators,
      resources.sailIstios,
      resources.sailRevisions,
      resources.sailTags,
      resources.sailCnis,
      resources.sailZtunnels,
    ],
    project: installer,
    presence: 'optional',
  },
  quotas: { resources: [resources.quotas], project: quota, presence: 'always' },
  limitRanges: { resources: [resources.limitRanges], project: limitRange, presence: 'always' },
  networkPolicies: { resources: [resources.networkPolicies], project: networkPolicy, presence: 'served' },
  remoteSecrets: {
    resources: [resources.secrets],
    project: remoteSecret,
    metadataOnly: true,
    labelSelector: 'istio/multiCluster=true',
    keep: (object) => object.metadata.labels?.['istio/multiCluster'] === 'true',
    presence: 'served',
  },
  envoyFilters: { resources: [resources.envoyFilters], project: envoyFilter, presence: 'optional' },
  wasmPlugins: { resources: [resources.wasmPlugins], project: wasmPlugin, presence: 'optional' },
  telemetries: { resources: [resources.telemetries], project: telemetry, presence: 'optional' },
  virtualServices: { resources: [resources.virtualServices], project: virtualService, presence: 'optional' },
  destinationRules: { resources: [resources.destinationRules], project: destinationRule, presence: 'optional' },
  serviceEntries: { resources: [resources.serviceEntries], project: serviceEntry, presence: 'optional' },
  sidecars: { resources: [resources.sidecars], project: attached, presence: 'optional' },
  peerAuthentications: {
    resources: [resources.peerAuthentications],
    project: peerAuthentication,
    presence: 'optional',
  },
  requestAuthentications: { resources: [resources.requestAuthentications], project: attached, presence: 'optional' },
  authorizationPolicies: {
    resources: [resources.authorizationPolicies],
    project: authorizationPolicy,
    presence: 'optional',
  },
  proxyConfigs: { resources: [resources.proxyConfigs], project: proxyConfig, presence: 'optional' },
  workloadEntries: { resources: [resources.workloadEntries], project: workloadEntry, presence: 'optional' },
  workloadGroups: { resources: [resources.workloadGroups], project: onlyMeta, presence: 'optional' },
  routes: {
    resources: [
      resources.httpRoutes,
      resources.grpcRoutes,
      resources.tlsRoutes,
      resources.tcpRoutes,
      resources.udpRoutes,
    ],
    project: route,
    presence: 'optional',
  },
  gatewayPolicies: {
    resources: [resources.backendTlsPolicies, resources.referenceGrants, resources.inferencePools],
    project: gatewayPolicy,
    presence: 'optional',
  },
  deliveries: {
    resources: [resources.argoApplications, resources.fluxHelmReleases, resources.fluxKustomizations],
    project: delivery,
    presence: 'optional',
  },
};

/** Names of the table. */
export const listedKinds = Object.keys(kinds) as readonly ListedKind[];

/**
 * The list that an object belongs to, by its apiVersion and kind, and for kinds of which two lists are made also by what the
 * lists keep; null when meshlift reads no such object.
 */
export function listOf(object: Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>): ListedKind | null {
  const found = byKind.get(`${groupOf(String(object.apiVersion))}/${String(object.kind)}`) ?? [];
  return found.length === 1 ? (found[0] ?? null) : (found.find((kind) => kinds[kind].keep?.(object) !== false) ?? null);
}

/** Group of an apiVersion: '' for 'v1'. */
function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

const byKind = byGroupAndKind();

function byGroupAndKind(): ReadonlyMap<string, readonly ListedKind[]> {
  const found = new Map<string, ListedKind[]>();
  for (const kind of listedKinds) {
    for (const { group, kind: name } of kinds[kind].resources) {
      found.set(`${group}/${name}`, [...(found.get(`${group}/${name}`) ?? []), kind]);
    }
  }
  return found;
}
