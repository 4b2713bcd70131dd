/** Small facts for tests of the model: each function gives a plausible object, changed by what the test says. */
import type {
  Facts,
  GatewayFact,
  IstiodFact,
  Labels,
  MetaFact,
  OwnerFact,
  PodFact,
  ProxyContainerFact,
  Read,
  ServiceFact,
  SyncEntry,
  TemplateFact,
  WebhookConfigFact,
  WorkloadFact,
  WorkloadKind,
} from '../src/mesh/facts.ts';

/** A whole list. */
export function read<T>(...items: readonly T[]): Read<T> {
  return { items, unread: null };
}

/** Nothing in the cluster, everything read. */
export function sampleFacts(parts: Partial<Facts> = {}): Facts {
  return {
    source: { type: 'snapshot', file: 'sample', takenAt: '2026-01-01T00:00:00Z' },
    kubernetesVersion: 'v1.34.4',
    namespaces: read(),
    nodes: read(),
    pods: read(),
    deployments: read(),
    statefulSets: read(),
    daemonSets: read(),
    rollouts: read(),
    jobs: read(),
    cronJobs: read(),
    replicaSets: read(),
    services: read(),
    endpointSlices: read(),
    budgets: read(),
    autoscalers: read(),
    mutatingWebhooks: read(),
    validatingWebhooks: read(),
    crds: read(),
    configMaps: read(),
    helmReleases: read(),
    gateways: read(),
    gatewayClasses: read(),
    istioGateways: read(),
    installers: read(),
    istiods: read(),
    ...parts,
  };
}

/** Metadata from 'namespace/name', or 'name' for cluster-scoped kinds. */
export function sampleMeta(full: string, parts: Partial<MetaFact> = {}): MetaFact {
  const [first = '', second] = full.split('/');
  const [namespace, name] = second === undefined ? ['', first] : [first, second];
  return { namespace, name, labels: {}, annotations: {}, owner: null, ...parts };
}

/** A controlling owner, in the API group of its kind. */
export function sampleOwner(kind: string, name: string, apiVersion?: string): OwnerFact {
  const groups: Labels = { Job: 'batch/v1', CronJob: 'batch/v1', Rollout: 'argoproj.io/v1alpha1', Node: 'v1' };
  return { apiVersion: apiVersion ?? groups[kind] ?? 'apps/v1', kind, name };
}

/** A native sidecar of 1.29.6. */
export function sampleProxy(parts: Partial<ProxyContainerFact> = {}): ProxyContainerFact {
  return { image: 'istio/proxyv2:1.29.6', form: 'native', role: 'sidecar', dials: '', ...parts };
}

/** What `samplePod` takes besides the fields of a pod. */
export type PodParts = Partial<Omit<PodFact, 'meta'> & Omit<MetaFact, 'namespace' | 'name'>>;

/** A running, ready pod without a proxy. */
export function samplePod(
  full: string,
  { labels = {}, annotations = {}, owner = null, ...parts }: PodParts = {},
): PodFact {
  return {
    meta: sampleMeta(full, { labels, annotations, owner }),
    node: 'node-1',
    phase: 'Running',
    ready: true,
    deleting: false,
    hostNetwork: false,
    proxy: null,
    discoveryImage: '',
    ...parts,
  };
}

/** A pod injected by a revision, whose name is its version with hyphens. */
export function injectedPod(full: string, version: string, parts: PodParts = {}): PodFact {
  return samplePod(full, {
    proxy: sampleProxy({ image: `istio/proxyv2:${version}` }),
    ...parts,
    annotations: { 'istio.io/rev': version.replaceAll('.', '-'), ...parts.annotations },
  });
}

/** What `sampleWorkload` takes besides the fields of a workload. */
export type WorkloadParts = Partial<Omit<WorkloadFact, 'meta' | 'template' | 'kind'>> & {
  readonly kind?: WorkloadKind;
  readonly meta?: Partial<MetaFact>;
  readonly template?: Partial<TemplateFact>;
};

/** A Deployment (or `kind`) of one ready replica that selects label app=NAME. */
export function sampleWorkload(full: string, { meta, template, ...parts }: WorkloadParts = {}): WorkloadFact {
  const made = sampleMeta(full, meta);
  return {
    kind: 'Deployment',
    meta: made,
    replicas: 1,
    readyReplicas: 1,
    updatedReplicas: 1,
    availableReplicas: 1,
    observed: true,
    paused: false,
    strategy: 'RollingUpdate',
    maxSurge: '25%',
    maxUnavailable: '25%',
    partition: 0,
    selector: { app: made.name },
    template: {
      labels: { app: made.name },
      annotations: {},
      hostNetwork: false,
      proxy: null,
      images: { app: 'app:1' },
      gracePeriodSeconds: 30,
      ...template,
    },
    istiodRevision: '',
    ...parts,
  };
}

/** istiod of a named revision in istio-system, as the chart makes it. */
export function sampleIstiod(version: string, parts: WorkloadParts = {}): WorkloadFact {
  const revision = version.replaceAll('.', '-');
  const labels = { app: 'istiod', 'istio.io/rev': revision };
  return sampleWorkload(`istio-system/istiod-${revision}`, {
    meta: { labels: { ...labels, istio: 'pilot' } },
    selector: labels,
    template: {
      labels: { ...labels, 'sidecar.istio.io/inject': 'false' },
      images: { discovery: `istio/pilot:${version}` },
    },
    istiodRevision: revision,
    ...parts,
  });
}

/** What an istiod pod of a version answered, with the proxies 'namespace/pod' connected to it. */
export function sampleAnswer(pod: string, version: string, connected: readonly string[] = []): IstiodFact {
  const syncz: readonly SyncEntry[] = connected.map((full) => {
    const { namespace, name } = sampleMeta(full);
    return { namespace, pod: name, proxyType: 'sidecar', version, stale: [] };
  });
  const text = `${version}-${version}-Clean`;
  return { namespace: 'istio-system', pod, revision: version.replaceAll('.', '-'), version: text, syncz, error: '' };
}

/** A ClusterIP Service. */
export function sampleService(full: string, selector: Labels, parts: Partial<ServiceFact> = {}): ServiceFact {
  return {
    meta: sampleMeta(full),
    type: 'ClusterIP',
    selector,
    ports: [],
    addresses: [],
    externalTrafficPolicy: '',
    ...parts,
  };
}

/** A Gateway API Gateway of class istio. */
export function sampleGateway(full: string, parts: Partial<GatewayFact> = {}): GatewayFact {
  return { meta: sampleMeta(full), className: 'istio', addresses: [], programmed: true, manual: false, ...parts };
}

/** The injector of a revision, or of a tag, with the selectors that the chart gives it. */
export function sampleInjector(revision: string, tag: string | null = null): WebhookConfigFact {
  const value = tag ?? revision;
  const base = {
    service: { namespace: 'istio-system', name: `istiod-${revision}`, path: '/inject', port: 443 },
    url: '',
    caHash: 'aa11',
    hasCaBundle: true,
    failurePolicy: 'Fail',
    matchConditions: [],
    rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'], scope: '*' }],
  };
  const rule = (key: string, operator: string, ...values: readonly string[]) => ({ key, operator, values });
  const selector = (...matchExpressions: readonly ReturnType<typeof rule>[]) => ({ matchLabels: {}, matchExpressions });
  const notRefused = rule('sidecar.istio.io/inject', 'NotIn', 'false');
  const unlabelled = rule('istio-injection', 'DoesNotExist');
  return {
    kind: 'MutatingWebhookConfiguration',
    meta: sampleMeta(tag === null ? `istio-sidecar-injector-${revision}` : `istio-revision-tag-${tag}`, {
      labels: { app: 'sidecar-injector', 'istio.io/rev': revision, ...(tag === null ? {} : { 'istio.io/tag': tag }) },
    }),
    webhooks: [
      {
        ...base,
        name: 'rev.namespace.sidecar-injector.istio.io',
        namespaceSelector: selector(rule('istio.io/rev', 'In', value), unlabelled),
        objectSelector: selector(notRefused),
      },
      {
        ...base,
        name: 'rev.object.sidecar-injector.istio.io',
        namespaceSelector: selector(rule('istio.io/rev', 'DoesNotExist'), unlabelled),
        objectSelector: selector(notRefused, rule('istio.io/rev', 'In', value)),
      },
    ],
  };
}
