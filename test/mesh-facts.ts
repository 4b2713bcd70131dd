/** Builders of facts for tests of what runs in a mesh: control planes that answer, pods with proxies, their owners. */
import type {
  EndpointSliceFact,
  Facts,
  IstiodFact,
  Labels,
  MetaFact,
  OwnerFact,
  PodFact,
  Read,
  RequirementFact,
  ServiceFact,
  SyncEntry,
  TemplateFact,
  WebhookConfigFact,
  WorkloadFact,
  WorkloadKind,
} from '../src/mesh/facts.ts';
import { noLists, podRest, serviceRest, templateRest, workloadRest } from './fact-defaults.ts';

/** A list that was read whole. */
export function read<T>(...items: readonly T[]): Read<T> {
  return { items, unread: null };
}

/** An empty cluster that was read whole, with what is given instead. */
export function facts(given: Partial<Facts> = {}): Facts {
  return {
    source: { type: 'cluster', context: 'test', server: 'https://127.0.0.1' },
    kubernetesVersion: 'v1.34.4',
    ...noLists,
    ...given,
  };
}

/** Metadata; namespace '' for cluster-scoped kinds. */
export function meta(namespace: string, name: string, labels: Labels = {}, annotations: Labels = {}): MetaFact {
  return { namespace, name, labels, annotations, owner: null };
}

/** A running, ready pod without a proxy. */
export function pod(namespace: string, name: string, given: Partial<PodFact> = {}): PodFact {
  const state = { node: 'node-1', phase: 'Running', ready: true, deleting: false, hostNetwork: false };
  return { meta: meta(namespace, name), ...state, proxy: null, discoveryImage: '', cniImage: '', ...podRest, ...given };
}

/** A pod template of one container. */
export function template(given: Partial<TemplateFact> = {}): TemplateFact {
  const images = { app: 'app:1' };
  return { labels: {}, annotations: {}, hostNetwork: false, proxy: null, images, ...templateRest, ...given };
}

/** A workload of one ready replica that selects label app=NAME. */
export function workload(
  kind: WorkloadKind,
  namespace: string,
  name: string,
  given: Partial<WorkloadFact> = {},
): WorkloadFact {
  return {
    kind,
    meta: meta(namespace, name),
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
    selector: { app: name },
    template: template({ labels: { app: name } }),
    istiodRevision: '',
    ...workloadRest,
    ...given,
  };
}

/** A ClusterIP Service. */
export function service(
  namespace: string,
  name: string,
  selector: Labels,
  given: Partial<ServiceFact> = {},
): ServiceFact {
  return { meta: meta(namespace, name), selector, ports: [], ...serviceRest, ...given };
}

/** A controlling owner in the API group of its kind. */
export function owner(kind: string, name: string): OwnerFact {
  const groups: Labels = { Job: 'batch/v1', CronJob: 'batch/v1', Rollout: 'argoproj.io/v1alpha1', Node: 'v1' };
  return { apiVersion: groups[kind] ?? 'apps/v1', kind, name };
}

/** The pod with that controlling owner. */
export function owned(made: PodFact, by: OwnerFact, labels: Labels = {}): PodFact {
  return { ...made, meta: { ...made.meta, owner: by, labels: { ...made.meta.labels, ...labels } } };
}

/** The revision that a version is installed as by custom: 1-29-6. */
export function revisionOf(version: string): string {
  return version.replaceAll('.', '-');
}

/** A pod with a native sidecar that the revision of that version made. */
export function injected(namespace: string, name: string, version: string, given: Partial<PodFact> = {}): PodFact {
  return pod(namespace, name, {
    meta: meta(namespace, name, {}, { 'istio.io/rev': revisionOf(version) }),
    proxy: { image: `istio/proxyv2:${version}`, form: 'native', role: 'sidecar', dials: '' },
    ...given,
  });
}

/** A control plane that serves: what a webhook of its revision needs. */
export interface Plane {
  readonly deployment: WorkloadFact;
  readonly service: ServiceFact;
  readonly slice: EndpointSliceFact;
  readonly pod: PodFact;
}

/** The control plane that the istiod chart makes of a version, as a named revision in istio-system. */
export function plane(version: string): Plane {
  const revision = revisionOf(version);
  const name = `istiod-${revision}`;
  const selector = { app: 'istiod', 'istio.io/rev': revision };
  const labels = { ...selector, 'sidecar.istio.io/inject': 'false' };
  const own = meta('istio-system', name, { ...selector, istio: 'pilot' });
  const image = `istio/pilot:${version}`;
  return {
    deployment: workload('Deployment', 'istio-system', name, {
      meta: own,
      selector,
      template: template({ labels, images: { discovery: image } }),
      istiodRevision: revision,
    }),
    service: service('istio-system', name, selector, { meta: own }),
    slice: {
      meta: meta('istio-system', `${name}-abcde`),
      service: name,
      endpoints: [{ ready: true, serving: true, terminating: false, pod: `${name}-0` }],
    },
    pod: pod('istio-system', `${name}-0`, { meta: meta('istio-system', `${name}-0`, labels), discoveryImage: image }),
  };
}

/** Answer of that plane's pod, with the proxies ('namespace/pod') that it serves. */
export function answer(version: string, connected: readonly string[] = []): IstiodFact {
  const revision = revisionOf(version);
  const syncz = connected.map((full): SyncEntry => {
    const [namespace = '', name = ''] = full.split('/');
    return { namespace, pod: name, proxyType: 'sidecar', version, stale: [] };
  });
  const text = `${version}-${version}-Clean`;
  return { namespace: 'istio-system', pod: `istiod-${revision}-0`, revision, version: text, syncz, error: '' };
}

/** The injector of a revision, or of a tag that points to it, with the chart's selectors (mutatingwebhook.yaml). */
export function injector(version: string, tag: string | null = null): WebhookConfigFact {
  const revision = revisionOf(version);
  const value = tag ?? revision;
  const [inject, rev] = ['sidecar.istio.io/inject', 'istio.io/rev'];
  const unlabelled = rule('istio-injection', 'DoesNotExist');
  const common = {
    service: { namespace: 'istio-system', name: `istiod-${revision}`, path: '/inject', port: 443 },
    url: '',
    caHash: 'aa11',
    hasCaBundle: true,
    failurePolicy: 'Fail',
    matchConditions: [],
    rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'], scope: '*' }],
  };
  const labels = { app: 'sidecar-injector', [rev]: revision, ...(tag === null ? {} : { 'istio.io/tag': tag }) };
  return {
    kind: 'MutatingWebhookConfiguration',
    managers: [],
    meta: meta('', tag === null ? `istio-sidecar-injector-${revision}` : `istio-revision-tag-${tag}`, labels),
    webhooks: [
      {
        ...common,
        name: 'rev.namespace.sidecar-injector.istio.io',
        namespaceSelector: selector(rule(rev, 'In', value), unlabelled),
        objectSelector: selector(rule(inject, 'NotIn', 'false')),
      },
      {
        ...common,
        name: 'rev.object.sidecar-injector.istio.io',
        namespaceSelector: selector(rule(rev, 'DoesNotExist'), unlabelled),
        objectSelector: selector(rule(inject, 'NotIn', 'false'), rule(rev, 'In', value)),
      },
    ],
  };
}

function rule(key: string, operator: string, ...values: readonly string[]): RequirementFact {
  return { key, operator, values };
}

function selector(...matchExpressions: readonly RequirementFact[]) {
  return { matchLabels: {}, matchExpressions };
}

/** Facts with these control planes and injectors alive; further objects are added to theirs. */
export function cluster(
  planes: readonly Plane[],
  configs: readonly WebhookConfigFact[],
  given: Partial<Facts> = {},
): Facts {
  return facts({
    ...given,
    deployments: read(...planes.map((one) => one.deployment), ...(given.deployments?.items ?? [])),
    services: read(...planes.map((one) => one.service), ...(given.services?.items ?? [])),
    endpointSlices: read(...planes.map((one) => one.slice)),
    pods: read(...planes.map((one) => one.pod), ...(given.pods?.items ?? [])),
    mutatingWebhooks: read(...configs),
  });
}
