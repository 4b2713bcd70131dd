/** What of each kind goes into a snapshot. Rules name what is kept; all else is dropped. */
import type { KubeObject, ResourceType } from '../kube/api.ts';
import { isKnownAnnotation } from './annotations.ts';
import { caBundleHash, certificateHash, writtenFingerprint } from './certificates.ts';
import { cniSettings } from './cni-settings.ts';
import { writtenValues } from './helm-values.ts';
import { record, text } from './json.ts';
import type { ListedKind } from './kinds.ts';
import { writtenManagers } from './managers.ts';
import { dropped, parseObject, withoutSecrets } from './mesh-config.ts';
import { isInjector } from './project-config.ts';
import { proxyConfigKey, writtenProxyConfig } from './proxy-config.ts';
import { configRules } from './redact-istio.ts';
import { podSpec, podStatus, sidecarStatus } from './redact-pod.ts';
import {
  bareUrl,
  conditions,
  counters,
  each,
  fields,
  labelSelector,
  map,
  plain,
  scalar,
  token,
  words,
  type Rule,
} from './rules.ts';

// Keys stay, so that one sees that something was set; values only of the keys that meshlift knows.
const annotations: Rule = (value) =>
  Object.fromEntries(Object.entries(record(value)).map(([key, entry]) => [key, annotation(key, text(entry))]));

function annotation(key: string, value: string): string {
  if (key === 'sidecar.istio.io/status') return sidecarStatus(value) ?? dropped;
  if (key === proxyConfigKey) return writtenProxyConfig(value);
  return isKnownAnnotation(key) ? value : dropped;
}

const metadata = fields({
  ...plain('name', 'namespace', 'generateName', 'uid', 'resourceVersion', 'generation'),
  ...plain('creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'),
  labels: map,
  annotations,
  finalizers: words,
  ownerReferences: each(fields(plain('apiVersion', 'kind', 'name', 'uid', 'controller', 'blockOwnerDeletion'))),
});

// Who owns a field decides who may write it: kept only for the kinds whose managers are looked at.
const withManagers: ReadonlySet<ListedKind> = new Set([
  ...(['mutatingWebhooks', 'validatingWebhooks', 'crds'] as const),
  ...(['deployments', 'statefulSets', 'daemonSets', 'rollouts'] as const),
]);

function metadataOf(kind: ListedKind, object: KubeObject): KubeObject['metadata'] {
  const kept = metadata(object.metadata) as KubeObject['metadata'];
  return withManagers.has(kind) ? { ...kept, managedFields: writtenManagers(object.metadata['managedFields']) } : kept;
}

const template = fields({ metadata: fields({ labels: map, annotations }), spec: podSpec });
const rolling = fields(plain('maxSurge', 'maxUnavailable', 'partition'));
const jobSpec = {
  ...plain('parallelism', 'completions', 'backoffLimit', 'suspend', 'activeDeadlineSeconds', 'completionMode'),
  ...plain('ttlSecondsAfterFinished'),
  selector: labelSelector,
  template,
};
const workload: Readonly<Record<string, Rule>> = {
  spec: fields({
    ...plain('replicas', 'paused', 'minReadySeconds', 'revisionHistoryLimit', 'progressDeadlineSeconds'),
    ...plain('podManagementPolicy', 'serviceName', 'schedule', 'concurrencyPolicy', 'timeZone'),
    ...jobSpec,
    strategy: fields({ ...plain('type'), rollingUpdate: rolling, canary: rolling, blueGreen: fields({}) }),
    updateStrategy: fields({ ...plain('type'), rollingUpdate: rolling }),
    jobTemplate: fields({ spec: fields(jobSpec) }),
    workloadRef: fields(plain('apiVersion', 'kind', 'name')),
  }),
  status: (value) => ({
    ...record(counters(value)),
    ...record(fields({ conditions, active: each(fields(plain('kind', 'namespace', 'name'))) })(value)),
  }),
};

const caBundle: Rule = (value) => {
  const hash = caBundleHash(text(value));
  return text(value) === '' ? '' : hash === '' ? dropped : writtenFingerprint(hash);
};

const webhookConfig: Readonly<Record<string, Rule>> = {
  webhooks: each(
    fields({
      ...plain('name', 'failurePolicy', 'matchPolicy', 'sideEffects', 'timeoutSeconds', 'reinvocationPolicy'),
      admissionReviewVersions: words,
      clientConfig: fields({ caBundle, url: bareUrl, service: fields(plain('namespace', 'name', 'path', 'port')) }),
      namespaceSelector: labelSelector,
      objectSelector: labelSelector,
      rules: each(
        fields({ ...plain('scope'), apiGroups: words, apiVersions: words, operations: words, resources: words }),
      ),
      matchConditions: each(fields(plain('name'))),
    }),
  ),
};

const service: Readonly<Record<string, Rule>> = {
  spec: fields({
    ...plain(
      'type',
      'clusterIP',
      'externalTrafficPolicy',
      'internalTrafficPolicy',
      'loadBalancerClass',
      'ipFamilyPolicy',
    ),
    ...plain('loadBalancerIP', 'sessionAffinity', 'healthCheckNodePort', 'externalName', 'publishNotReadyAddresses'),
    clusterIPs: words,
    externalIPs: words,
    ipFamilies: words,
    selector: map,
    ports: each(fields(plain('name', 'port', 'targetPort', 'protocol', 'nodePort', 'appProtocol'))),
  }),
  status: fields({ loadBalancer: fields({ ingress: each(fields(plain('ip', 'hostname', 'ipMode'))) }) }),
};

const endpointSlice: Readonly<Record<string, Rule>> = {
  addressType: scalar,
  endpoints: each(
    fields({
      ...plain('nodeName', 'zone'),
      addresses: words,
      conditions: fields(plain('ready', 'serving', 'terminating')),
      targetRef: fields(plain('kind', 'namespace', 'name', 'uid')),
    }),
  ),
  ports: each(fields(plain('name', 'port', 'protocol', 'appProtocol'))),
};

const gateway: Readonly<Record<string, Rule>> = {
  spec: fields({
    ...plain('gatewayClassName'),
    addresses: each(fields(plain('type', 'value'))),
    listeners: each(fields({ ...plain('name', 'port', 'protocol', 'hostname'), tls: fields(plain('mode')) })),
    infrastructure: fields({ parametersRef: fields(plain('group', 'kind', 'name')) }),
  }),
  status: fields({
    addresses: each(fields(plain('type', 'value'))),
    conditions,
    listeners: each(fields(plain('name', 'attachedRoutes'))),
  }),
};

const node: Readonly<Record<string, Rule>> = {
  spec: fields({ ...plain('unschedulable'), taints: each(fields(plain('key', 'value', 'effect'))) }),
  status: fields({
    conditions,
    capacity: map,
    allocatable: map,
    nodeInfo: fields(plain('kubeletVersion', 'architecture', 'operatingSystem', 'osImage', 'kernelVersion')),
  }),
};

const rules: { readonly [K in ListedKind]: Readonly<Record<string, Rule>> } = {
  namespaces: { status: fields(plain('phase')) },
  nodes: node,
  pods: { spec: podSpec, status: podStatus },
  deployments: workload,
  statefulSets: workload,
  daemonSets: workload,
  rollouts: workload,
  jobs: workload,
  cronJobs: workload,
  replicaSets: {},
  services: service,
  endpointSlices: endpointSlice,
  budgets: {
    spec: fields({ ...plain('minAvailable', 'maxUnavailable', 'unhealthyPodEvictionPolicy'), selector: labelSelector }),
    status: fields({
      ...plain('currentHealthy', 'desiredHealthy', 'disruptionsAllowed', 'expectedPods', 'observedGeneration'),
      conditions,
    }),
  },
  autoscalers: {
    spec: fields({
      ...plain('minReplicas', 'maxReplicas'),
      scaleTargetRef: fields(plain('apiVersion', 'kind', 'name')),
    }),
    status: (value) => ({ ...record(counters(value)), ...record(fields({ conditions })(value)) }),
  },
  mutatingWebhooks: webhookConfig,
  validatingWebhooks: webhookConfig,
  crds: {
    spec: fields({ ...plain('group', 'scope'), versions: each(fields(plain('name', 'served', 'storage'))) }),
    status: fields({ conditions, storedVersions: words }),
  },
  configMaps: {},
  helmReleases: { type: scalar },
  gateways: gateway,
  gatewayClasses: { spec: fields(plain('controllerName')), status: fields({ conditions }) },
  istioGateways: {
    spec: fields({
      selector: map,
      servers: each(
        fields({ hosts: words, port: fields(plain('name', 'number', 'protocol')), tls: fields(plain('mode')) }),
      ),
    }),
  },
  installers: {
    spec: fields({
      ...plain('revision', 'version', 'namespace', 'profile'),
      targetRef: fields(plain('kind', 'name')),
      updateStrategy: fields(plain('type', 'updateWorkloads', 'inactiveRevisionDeletionGracePeriodSeconds')),
    }),
    status: fields({ conditions, state: scalar, status: token }),
  },
  ...configRules,
};

/** What a snapshot keeps of an object; apiVersion and kind are written out, because entries of a list don't carry them. */
export function redact(kind: ListedKind, object: KubeObject, resource: ResourceType): KubeObject {
  const { group, version } = resource;
  return {
    apiVersion: group === '' ? version : `${group}/${version}`,
    kind: resource.kind,
    metadata: metadataOf(kind, object),
    ...record(fields(rules[kind])(object)),
    ...(kind === 'configMaps' ? { data: controlPlaneData(object) } : {}),
  };
}

function controlPlaneData(object: KubeObject): Readonly<Record<string, string>> {
  const data = record(object['data']);
  const kept: readonly (readonly [string, string | null])[] = [
    ['mesh', meshData(text(data['mesh']))],
    ['config', isInjector(object) ? injectorData(text(data['config'])) : null],
    ['root-cert.pem', fingerprint(text(data['root-cert.pem']))],
    ['CURRENT_AGENT_VERSION', /^[\w.-]{1,128}$/.exec(text(data['CURRENT_AGENT_VERSION']))?.[0] ?? null],
    ['meshNetworks', networkNames(text(data['meshNetworks']))],
    ['values', isInjector(object) ? writtenValues(text(data['values'])) : null],
    ['original-values', data['original-values'] === undefined ? null : writtenValues(text(data['original-values']))],
  ];
  const settings = object.metadata.name === 'istio-cni-config' ? cniSettings(data) : {};
  return {
    ...settings,
    ...Object.fromEntries(kept.filter((entry): entry is readonly [string, string] => entry[1] !== null)),
  };
}

function meshData(source: string): string | null {
  const mesh = parseObject(source);
  return mesh === null ? null : JSON.stringify(withoutSecrets(mesh));
}

function networkNames(source: string): string | null {
  const networks = record(parseObject(source)?.['networks']);
  return source === ''
    ? null
    : JSON.stringify({ networks: Object.fromEntries(Object.keys(networks).map((name) => [name, {}])) });
}

const injectorFields = fields({
  ...plain('policy'),
  neverInjectSelector: each(labelSelector),
  alwaysInjectSelector: each(labelSelector),
  templates: (value) => Object.fromEntries(Object.keys(record(value)).map((name) => [name, dropped])),
});

function injectorData(source: string): string | null {
  const config = parseObject(source);
  return config === null ? null : JSON.stringify(injectorFields(config));
}

function fingerprint(certificate: string): string | null {
  const hash = certificateHash(certificate);
  return hash === '' ? null : writtenFingerprint(hash);
}
