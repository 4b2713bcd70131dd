/** Builders of Facts for tests: what the Istio charts and istioctl put into a cluster, with as few words as possible. */
import type {
  EndpointSliceFact,
  Facts,
  Labels,
  MetaFact,
  PodFact,
  Read,
  RequirementFact,
  SelectorFact,
  ServiceFact,
  WebhookConfigFact,
  WebhookFact,
  WorkloadFact,
} from '../src/mesh/facts.ts';
import { noLists, podRest, serviceRest, templateRest, workloadRest } from './fact-defaults.ts';

/** A list that was read whole. */
export function read<T>(items: readonly T[]): Read<T> {
  return { items, unread: null };
}

/** A list that was not read, with the reason; `items` is what was seen before it stopped. */
export function notRead<T>(why = '403 Forbidden', items: readonly T[] = []): Read<T> {
  return { items, unread: why };
}

/** Metadata; `namespace` is '' (cluster-scoped) by default. */
export function meta(name: string, namespace = '', labels: Labels = {}, rest: Partial<MetaFact> = {}): MetaFact {
  return { namespace, name, labels, annotations: {}, owner: null, ...rest };
}

/** A readable cluster with nothing in it; `over` replaces whole lists. */
export function emptyFacts(over: Partial<Facts> = {}): Facts {
  return {
    source: { type: 'cluster', context: 'test', server: 'https://127.0.0.1:6443' },
    kubernetesVersion: 'v1.34.4',
    ...noLists,
    ...over,
  };
}

/** A pod; running, ready and without a proxy unless `rest` says otherwise. */
export function podFact(podMeta: MetaFact, rest: Partial<PodFact> = {}): PodFact {
  return {
    meta: podMeta,
    node: 'node-1',
    phase: 'Running',
    ready: true,
    deleting: false,
    hostNetwork: false,
    proxy: null,
    discoveryImage: '',
    cniImage: '',
    ...podRest,
    ...rest,
  };
}

/** A ClusterIP Service without ports. */
export function serviceFact(serviceMeta: MetaFact, selector: Labels = {}): ServiceFact {
  return { meta: serviceMeta, selector, ports: [], ...serviceRest };
}

/** A selector from requirements written [key, operator, ...values]. */
export function selector(...requirements: readonly (readonly [string, string, ...string[]])[]): SelectorFact {
  const matchExpressions = requirements.map(([key, operator, ...values]): RequirementFact => ({
    key,
    operator,
    values,
  }));
  return { matchLabels: {}, matchExpressions };
}

/** What `istioctl` puts into both selectors of a webhook that it switches off. */
export const neverMatch: SelectorFact = {
  matchLabels: { 'istio.io/deactivated': 'never-match' },
  matchExpressions: [],
};

/** The rule of every injecting webhook. */
export const podCreation: WebhookFact['rules'] = [
  { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'], scope: '*' },
];

/** Which configuration to make. */
export interface InjectorOptions {
  /** `default` makes the un-revisioned injector with its two more webhooks. */
  readonly revision: string;
  /** Makes istio-revision-tag-TAG in place of the revision's own configuration. */
  readonly tag?: string;
  /** Adds `auto.` where the two more webhooks are (enableNamespacesByDefault). */
  readonly auto?: boolean;
  readonly deactivated?: boolean;
  /** Replaces fields of every webhook. */
  readonly webhook?: Partial<WebhookFact>;
}

/** Name of istiod's Service for a revision. */
function istiodName(revision: string): string {
  return revision === 'default' ? 'istiod' : `istiod-${revision}`;
}

/** Selectors of the chart's webhooks: [name prefix, namespaceSelector, objectSelector]. */
function injectorSelectors(name: string, auto: boolean): (readonly [string, SelectorFact, SelectorFact])[] {
  const notRefused = ['sidecar.istio.io/inject', 'NotIn', 'false'] as const;
  const noRevision = ['istio.io/rev', 'DoesNotExist'] as const;
  const noInjection = ['istio-injection', 'DoesNotExist'] as const;
  const named = ['istio.io/rev', 'In', name] as const;
  const system = ['kube-system', 'kube-public', 'kube-node-lease', 'local-path-storage'] as const;
  const own = [
    ['rev.namespace', selector(named, noInjection), selector(notRefused)] as const,
    ['rev.object', selector(noRevision, noInjection), selector(notRefused, named)] as const,
  ];
  if (name !== 'default') return own;
  const forDefault = [
    ['namespace', selector(['istio-injection', 'In', 'enabled']), selector(notRefused)] as const,
    [
      'object',
      selector(noInjection, noRevision),
      selector(['sidecar.istio.io/inject', 'In', 'true'], noRevision),
    ] as const,
  ];
  const everywhere = [
    'auto',
    selector(noInjection, noRevision, ['kubernetes.io/metadata.name', 'NotIn', ...system]),
    selector(['sidecar.istio.io/inject', 'DoesNotExist'], noRevision),
  ] as const;
  return [...own, ...forDefault, ...(auto ? [everywhere] : [])];
}

/** The injector configuration of a revision, or of a tag when `tag` is given, as the istiod chart and istioctl make it. */
export function injectorConfig(options: InjectorOptions): WebhookConfigFact {
  const { revision, tag } = options;
  const own = revision === 'default' ? 'istio-sidecar-injector' : `istio-sidecar-injector-${revision}`;
  const labels = { app: 'sidecar-injector', 'istio.io/rev': revision, ...(tag ? { 'istio.io/tag': tag } : {}) };
  const webhooks = injectorSelectors(tag ?? revision, options.auto ?? false).map(
    ([prefix, namespaceSelector, objectSelector]): WebhookFact => ({
      ...webhookFact(`${prefix}.sidecar-injector.istio.io`, istiodName(revision)),
      rules: podCreation,
      namespaceSelector: options.deactivated ? neverMatch : namespaceSelector,
      objectSelector: options.deactivated ? neverMatch : objectSelector,
      ...options.webhook,
    }),
  );
  return {
    kind: 'MutatingWebhookConfiguration',
    meta: meta(tag ? `istio-revision-tag-${tag}` : own, '', labels),
    webhooks,
    managers: [],
  };
}

/** A webhook with failurePolicy Fail, a CA bundle, no rules, and selectors that match everything, unless `over` says otherwise. */
export function webhookFact(name: string, service: string, over: Partial<WebhookFact> = {}): WebhookFact {
  return {
    name,
    service: { namespace: 'istio-system', name: service, path: '/', port: 443 },
    url: '',
    caHash: 'c0ffee',
    hasCaBundle: true,
    failurePolicy: 'Fail',
    namespaceSelector: selector(),
    objectSelector: selector(),
    rules: [],
    matchConditions: [],
    ...over,
  };
}

/** How the istiod of a revision stands. */
export interface IstiodOptions {
  /** False: the Service is there but no endpoint is ready. */
  readonly ready?: boolean;
  /** Label istio.io/rev of the pod, when it is not the revision. */
  readonly podRevision?: string;
}

/** What stands behind a revision's webhooks. */
export interface IstiodBackend {
  readonly service: ServiceFact;
  readonly slice: EndpointSliceFact;
  readonly pod: PodFact;
  readonly deployment: WorkloadFact;
}

/** The Service, EndpointSlice, Deployment and one pod of a control plane. */
export function istiodBackend(revision: string, options: IstiodOptions = {}): IstiodBackend {
  const name = istiodName(revision);
  const ready = options.ready ?? true;
  const labels = { app: 'istiod', 'istio.io/rev': options.podRevision ?? revision };
  const pod = podFact(meta(`${name}-abc`, 'istio-system', labels), { ready, discoveryImage: 'istio/pilot:1.29.6' });
  return {
    service: serviceFact(meta(name, 'istio-system', { app: 'istiod', 'istio.io/rev': revision }), labels),
    slice: {
      meta: meta(`${name}-xyz`, 'istio-system'),
      service: name,
      endpoints: [{ ready, serving: ready, terminating: false, pod: pod.meta.name }],
    },
    pod,
    deployment: istiodDeployment(name, labels, revision),
  };
}

function istiodDeployment(name: string, labels: Labels, revision: string): WorkloadFact {
  return {
    kind: 'Deployment',
    meta: meta(name, 'istio-system', labels),
    ...{ replicas: 1, readyReplicas: 1, updatedReplicas: 1, availableReplicas: 1, observed: true, paused: false },
    ...{ strategy: 'RollingUpdate', maxSurge: '100%', maxUnavailable: '25%', partition: 0, selector: labels },
    template: { labels, annotations: {}, hostNetwork: false, proxy: null, images: {}, ...templateRest },
    istiodRevision: revision,
    ...workloadRest,
  };
}

/** Facts with the given configurations and live istiods; lists in `over` replace the made ones. */
export function cluster(
  backends: readonly IstiodBackend[],
  configs: readonly WebhookConfigFact[],
  over: Partial<Facts> = {},
): Facts {
  return emptyFacts({
    mutatingWebhooks: read(configs.filter((config) => config.kind === 'MutatingWebhookConfiguration')),
    validatingWebhooks: read(configs.filter((config) => config.kind === 'ValidatingWebhookConfiguration')),
    services: read(backends.map((backend) => backend.service)),
    endpointSlices: read(backends.map((backend) => backend.slice)),
    pods: read(backends.map((backend) => backend.pod)),
    deployments: read(backends.map((backend) => backend.deployment)),
    ...over,
  });
}
