/** Facts of single objects with everything that a test does not care about left at what a healthy, plain cluster has. */
import type {
  AttachedFact,
  AutoscalerFact,
  BudgetFact,
  ConfigMapFact,
  CrdFact,
  DeliveryFact,
  Facts,
  FitnessFact,
  GatewayFact,
  InstallerFact,
  MetaFact,
  NamespaceFact,
  NodeFact,
  PodFact,
  Read,
  RequestsFact,
  ServiceFact,
  TemplateFact,
  WebhookConfigFact,
  WorkloadFact,
} from '../src/mesh/facts.ts';

const none: Read<never> = { items: [], unread: null };

/** Every list, read whole and empty. */
export const noLists: Omit<Facts, 'source' | 'kubernetesVersion'> = {
  ...{ namespaces: none, nodes: none, pods: none, deployments: none, statefulSets: none, daemonSets: none },
  ...{ rollouts: none, jobs: none, cronJobs: none, replicaSets: none, services: none, endpointSlices: none },
  ...{ budgets: none, autoscalers: none, mutatingWebhooks: none, validatingWebhooks: none, crds: none },
  ...{ configMaps: none, helmReleases: none, gateways: none, gatewayClasses: none, istioGateways: none },
  ...{ installers: none, quotas: none, limitRanges: none, networkPolicies: none, remoteSecrets: none },
  ...{ envoyFilters: none, wasmPlugins: none, telemetries: none, virtualServices: none, destinationRules: none },
  ...{ serviceEntries: none, sidecars: none, peerAuthentications: none, requestAuthentications: none },
  ...{ authorizationPolicies: none, proxyConfigs: none, workloadEntries: none, workloadGroups: none },
  ...{ routes: none, gatewayPolicies: none, deliveries: none, istiods: none },
};

/** Nothing asked for. */
export const noRequests: RequestsFact = { cpuMillis: 0, memoryBytes: 0 };

/** One application container that can be replaced without loss: readiness probe, preStop hook, spread over nodes. */
export const fit: FitnessFact = {
  ...{ readiness: 'all', readinessDelaySeconds: 0, preStop: 'all', hostPorts: [], claims: [], pinned: false },
  ...{ spread: ['kubernetes.io/hostname'], mustSpread: [], priorityClass: '', serviceAccount: 'default' },
  ...{ restartPolicy: 'Always', ports: [], containers: ['app'] },
};

/** The fields of a template besides those of its proxy and of admission. */
export const templateRest: Omit<TemplateFact, 'labels' | 'annotations' | 'hostNetwork' | 'proxy' | 'images'> = {
  ...{ gracePeriodSeconds: 30, fitness: fit, requests: noRequests, env: {}, proxyConfig: {}, configKeys: [] },
};

/** The fields of a workload besides its identity, numbers and template. */
export const workloadRest: Pick<
  WorkloadFact,
  | 'uid'
  | 'generation'
  | 'minReadySeconds'
  | 'progressDeadlineSeconds'
  | 'podManagement'
  | 'troubles'
  | 'managers'
  | 'replicasManager'
> = {
  ...{ uid: '', generation: 1, minReadySeconds: 0, progressDeadlineSeconds: 600, podManagement: '' },
  ...{ troubles: [], managers: [], replicasManager: '' },
};

/** The fields of a pod that only waiting or large pods have. */
export const podRest: Pick<PodFact, 'uid' | 'waiting' | 'restarts' | 'requests'> = {
  ...{ uid: '', waiting: '', restarts: 0, requests: noRequests },
};

/** The fields of a ClusterIP Service besides metadata, selector and ports. */
export const serviceRest: Omit<ServiceFact, 'meta' | 'selector' | 'ports'> = {
  ...{ type: 'ClusterIP', addresses: [], externalTrafficPolicy: '', uid: '', internalTrafficPolicy: 'Cluster' },
  ...{ publishNotReady: false, sessionAffinity: 'None', headless: false, externalName: '', loadBalancerIP: '' },
  ...{ loadBalancerClass: '', healthCheckNodePort: 0 },
};

/** A namespace that is not being deleted. */
export function namespaceFact(meta: MetaFact, over: Partial<NamespaceFact> = {}): NamespaceFact {
  return { meta, terminating: false, ...over };
}

/** A ready node of Kubernetes 1.34 with 4 cores, 16 GiB and room for 110 pods. */
export function nodeFact(meta: MetaFact, over: Partial<NodeFact> = {}): NodeFact {
  return {
    ...{ meta, ready: true, unschedulable: false, kubeletVersion: 'v1.34.4', zone: '', taints: [], kernel: '6.8.0' },
    ...{ osImage: 'Linux', allocatable: { cpuMillis: 4000, memoryBytes: 16 * 2 ** 30, pods: 110 }, ...over },
  };
}

/** An established CRD of which nothing but the name matters. */
export function crdFact(meta: MetaFact, over: Partial<CrdFact> = {}): CrdFact {
  const versions = [{ name: 'v1', served: true, storage: true }];
  const state = { established: true, terminating: false, managers: [] };
  return { meta, versions, storedVersions: ['v1'], ...state, ...over };
}

/** A ConfigMap of the control plane with nothing in it. */
export function configMapFact(meta: MetaFact, over: Partial<ConfigMapFact> = {}): ConfigMapFact {
  const texts = { meshHash: '', rootCertHash: '', cniVersion: '' };
  return { meta, mesh: null, injector: null, ...texts, settings: {}, values: {}, networks: [], ...over };
}

/** A budget over nothing that allows one disruption. */
export function budgetFact(meta: MetaFact, over: Partial<BudgetFact> = {}): BudgetFact {
  const numbers = { disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1, expectedPods: 2 };
  return { meta, selector: null, minAvailable: '', maxUnavailable: '1', ...numbers, ...over };
}

/** An active autoscaler of a Deployment between 1 and 5. */
export function autoscalerFact(meta: MetaFact, target: string, over: Partial<AutoscalerFact> = {}): AutoscalerFact {
  const numbers = { min: 1, max: 5, current: 1, desired: 1, active: true };
  return { meta, targetKind: 'Deployment', targetName: target, ...numbers, ...over };
}

/** A programmed Gateway of class istio without listeners. */
export function gatewayFact(meta: MetaFact, over: Partial<GatewayFact> = {}): GatewayFact {
  const rest = { addresses: [], programmed: true, manual: false, listeners: [], parameters: '' };
  return { meta, className: 'istio', ...rest, ...over };
}

/** An object of an installer that is in a good state. */
export function installerFact(kind: string, meta: MetaFact, over: Partial<InstallerFact> = {}): InstallerFact {
  const rest = { revision: '', version: '', state: '', strategy: '', graceSeconds: null, inUse: null };
  return { kind, meta, ...rest, updateWorkloads: false, finalizers: false, ...over };
}

/** An object of Istio's that applies to its whole namespace. */
export function attachedFact(meta: MetaFact, over: Partial<AttachedFact> = {}): AttachedFact {
  return { meta, selector: null, targets: [], spec: {}, ...over };
}

/** An Argo CD Application that does nothing by itself. */
export function deliveryFact(kind: string, meta: MetaFact, over: Partial<DeliveryFact> = {}): DeliveryFact {
  return {
    ...{ kind, meta, charts: [], urls: [], release: '', targetNamespace: 'istio-system', suspended: false },
    ...{ automated: false, selfHeal: false, prune: false, serverSideApply: false, ignoresWebhookFields: false },
    ...{ dependsOn: [], state: 'Synced, Healthy', ...over },
  };
}

/** A webhook configuration without webhooks. */
export function webhookConfigFact(
  kind: WebhookConfigFact['kind'],
  meta: MetaFact,
  webhooks: WebhookConfigFact['webhooks'] = [],
): WebhookConfigFact {
  return { kind, meta, webhooks, managers: [] };
}
