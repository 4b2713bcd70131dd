/**
 * The kinds that meshlift reads, each with the version it prefers, and what a server really serves. Built-in kinds are in
 * the versions of Kubernetes 1.25 and later; kinds of custom resources may be served in another version, which is then taken.
 */
import { Aborted, InvalidInput, MeshliftError } from '../errors.ts';
import type { CallOptions, KubeApi, ResourceType } from './api.ts';

function cluster(group: string, version: string, plural: string, kind: string): ResourceType {
  return { group, version, plural, kind, namespaced: false };
}

function namespaced(group: string, version: string, plural: string, kind: string): ResourceType {
  return { group, version, plural, kind, namespaced: true };
}

/** Every kind that is read, by a short name. Versions are the preferred ones: see `served`. */
export const resources = {
  namespaces: cluster('', 'v1', 'namespaces', 'Namespace'),
  nodes: cluster('', 'v1', 'nodes', 'Node'),
  pods: namespaced('', 'v1', 'pods', 'Pod'),
  services: namespaced('', 'v1', 'services', 'Service'),
  configMaps: namespaced('', 'v1', 'configmaps', 'ConfigMap'),
  secrets: namespaced('', 'v1', 'secrets', 'Secret'),
  deployments: namespaced('apps', 'v1', 'deployments', 'Deployment'),
  statefulSets: namespaced('apps', 'v1', 'statefulsets', 'StatefulSet'),
  daemonSets: namespaced('apps', 'v1', 'daemonsets', 'DaemonSet'),
  replicaSets: namespaced('apps', 'v1', 'replicasets', 'ReplicaSet'),
  jobs: namespaced('batch', 'v1', 'jobs', 'Job'),
  cronJobs: namespaced('batch', 'v1', 'cronjobs', 'CronJob'),
  rollouts: namespaced('argoproj.io', 'v1alpha1', 'rollouts', 'Rollout'),
  endpointSlices: namespaced('discovery.k8s.io', 'v1', 'endpointslices', 'EndpointSlice'),
  budgets: namespaced('policy', 'v1', 'poddisruptionbudgets', 'PodDisruptionBudget'),
  autoscalers: namespaced('autoscaling', 'v2', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler'),
  mutatingWebhooks: cluster(
    'admissionregistration.k8s.io',
    'v1',
    'mutatingwebhookconfigurations',
    'MutatingWebhookConfiguration',
  ),
  validatingWebhooks: cluster(
    'admissionregistration.k8s.io',
    'v1',
    'validatingwebhookconfigurations',
    'ValidatingWebhookConfiguration',
  ),
  crds: cluster('apiextensions.k8s.io', 'v1', 'customresourcedefinitions', 'CustomResourceDefinition'),
  gateways: namespaced('gateway.networking.k8s.io', 'v1', 'gateways', 'Gateway'),
  gatewayClasses: cluster('gateway.networking.k8s.io', 'v1', 'gatewayclasses', 'GatewayClass'),
  istioGateways: namespaced('networking.istio.io', 'v1', 'gateways', 'Gateway'),
  virtualServices: namespaced('networking.istio.io', 'v1', 'virtualservices', 'VirtualService'),
  destinationRules: namespaced('networking.istio.io', 'v1', 'destinationrules', 'DestinationRule'),
  serviceEntries: namespaced('networking.istio.io', 'v1', 'serviceentries', 'ServiceEntry'),
  sidecars: namespaced('networking.istio.io', 'v1', 'sidecars', 'Sidecar'),
  workloadEntries: namespaced('networking.istio.io', 'v1', 'workloadentries', 'WorkloadEntry'),
  workloadGroups: namespaced('networking.istio.io', 'v1', 'workloadgroups', 'WorkloadGroup'),
  envoyFilters: namespaced('networking.istio.io', 'v1alpha3', 'envoyfilters', 'EnvoyFilter'),
  proxyConfigs: namespaced('networking.istio.io', 'v1beta1', 'proxyconfigs', 'ProxyConfig'),
  wasmPlugins: namespaced('extensions.istio.io', 'v1alpha1', 'wasmplugins', 'WasmPlugin'),
  telemetries: namespaced('telemetry.istio.io', 'v1', 'telemetries', 'Telemetry'),
  peerAuthentications: namespaced('security.istio.io', 'v1', 'peerauthentications', 'PeerAuthentication'),
  requestAuthentications: namespaced('security.istio.io', 'v1', 'requestauthentications', 'RequestAuthentication'),
  authorizationPolicies: namespaced('security.istio.io', 'v1', 'authorizationpolicies', 'AuthorizationPolicy'),
  httpRoutes: namespaced('gateway.networking.k8s.io', 'v1', 'httproutes', 'HTTPRoute'),
  grpcRoutes: namespaced('gateway.networking.k8s.io', 'v1', 'grpcroutes', 'GRPCRoute'),
  tlsRoutes: namespaced('gateway.networking.k8s.io', 'v1', 'tlsroutes', 'TLSRoute'),
  tcpRoutes: namespaced('gateway.networking.k8s.io', 'v1alpha2', 'tcproutes', 'TCPRoute'),
  udpRoutes: namespaced('gateway.networking.k8s.io', 'v1alpha2', 'udproutes', 'UDPRoute'),
  backendTlsPolicies: namespaced('gateway.networking.k8s.io', 'v1', 'backendtlspolicies', 'BackendTLSPolicy'),
  referenceGrants: namespaced('gateway.networking.k8s.io', 'v1beta1', 'referencegrants', 'ReferenceGrant'),
  inferencePools: namespaced('inference.networking.k8s.io', 'v1', 'inferencepools', 'InferencePool'),
  quotas: namespaced('', 'v1', 'resourcequotas', 'ResourceQuota'),
  limitRanges: namespaced('', 'v1', 'limitranges', 'LimitRange'),
  networkPolicies: namespaced('networking.k8s.io', 'v1', 'networkpolicies', 'NetworkPolicy'),
  argoApplications: namespaced('argoproj.io', 'v1alpha1', 'applications', 'Application'),
  fluxHelmReleases: namespaced('helm.toolkit.fluxcd.io', 'v2', 'helmreleases', 'HelmRelease'),
  fluxKustomizations: namespaced('kustomize.toolkit.fluxcd.io', 'v1', 'kustomizations', 'Kustomization'),
  istioOperators: namespaced('install.istio.io', 'v1alpha1', 'istiooperators', 'IstioOperator'),
  sailIstios: cluster('sailoperator.io', 'v1', 'istios', 'Istio'),
  sailRevisions: cluster('sailoperator.io', 'v1', 'istiorevisions', 'IstioRevision'),
  sailTags: cluster('sailoperator.io', 'v1', 'istiorevisiontags', 'IstioRevisionTag'),
  sailCnis: cluster('sailoperator.io', 'v1', 'istiocnis', 'IstioCNI'),
  sailZtunnels: cluster('sailoperator.io', 'v1', 'ztunnels', 'ZTunnel'),
} as const satisfies Record<string, ResourceType>;

/** Whether a kind is served. `perhaps`: the server did not say; a list that ends in NotFound then means absent. */
export type ServedAs =
  { readonly state: 'served' | 'perhaps'; readonly resource: ResourceType } | { readonly state: 'absent' };

/** What a server serves. */
export interface Served {
  /** The kind in the version that the server serves: the preferred one when it does. Core kinds (group '') are always served. */
  as(resource: ResourceType): ServedAs;
  /** Why the server's list of kinds is missing; null when it was read. All kinds are then `perhaps`. */
  readonly unread: MeshliftError | null;
}

const accept = [
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList',
  'application/json',
].join(',');

interface Version {
  readonly name: string;
  /** Null: not known which kinds it has (legacy document, or an aggregated API server that is down). */
  readonly plurals: ReadonlySet<string> | null;
}

/**
 * Asks the server for its kinds with one GET of /apis (aggregated discovery, Kubernetes 1.26 and later; older servers answer
 * only their groups). Never fails because of a refusal or a time-out: `unread` then says why. Throws Aborted and InvalidInput.
 */
export async function served(api: KubeApi, options: CallOptions = {}): Promise<Served> {
  try {
    const groups = parseGroups(await api.getRaw('/apis', { ...options, accept }));
    return { as: (resource) => lookUp(groups, resource), unread: null };
  } catch (error) {
    if (!(error instanceof MeshliftError) || error instanceof Aborted || error instanceof InvalidInput) throw error;
    return { as: (resource) => ({ state: 'perhaps', resource }), unread: error };
  }
}

function lookUp(groups: ReadonlyMap<string, readonly Version[]> | null, resource: ResourceType): ServedAs {
  if (resource.group === '') return { state: 'served', resource };
  if (groups === null) return { state: 'perhaps', resource };
  const versions = groups.get(resource.group);
  if (versions === undefined) return { state: 'absent' };
  const known = versions.filter((version) => version.plurals?.has(resource.plural));
  const wanted = known.find((version) => version.name === resource.version) ?? known[0];
  if (wanted !== undefined) return { state: 'served', resource: { ...resource, version: wanted.name } };
  const unknown = versions.filter((version) => version.plurals === null);
  const guess = unknown.find((version) => version.name === resource.version) ?? unknown[0];
  return guess === undefined
    ? { state: 'absent' }
    : { state: 'perhaps', resource: { ...resource, version: guess.name } };
}

function parseGroups(body: string): ReadonlyMap<string, readonly Version[]> | null {
  const document = parse(body);
  if (Array.isArray(document['items'])) return new Map(objects(document['items']).map(aggregatedGroup));
  if (Array.isArray(document['groups'])) return new Map(objects(document['groups']).map(legacyGroup));
  return null;
}

function aggregatedGroup(group: Readonly<Record<string, unknown>>): [string, readonly Version[]] {
  const versions = objects(group['versions']).map((version): Version => {
    const plurals = new Set(objects(version['resources']).map((resource) => String(resource['resource'])));
    return { name: String(version['version']), plurals: version['freshness'] === 'Stale' ? null : plurals };
  });
  return [String(object(group['metadata'])['name']), versions];
}

function legacyGroup(group: Readonly<Record<string, unknown>>): [string, readonly Version[]] {
  const versions = objects(group['versions']).map((version) => ({ name: String(version['version']), plurals: null }));
  return [String(group['name']), versions];
}

function parse(body: string): Readonly<Record<string, unknown>> {
  try {
    return object(JSON.parse(body));
  } catch {
    return {};
  }
}

function object(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function objects(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.map(object) : [];
}
