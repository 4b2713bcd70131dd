/** What of each kind goes into a snapshot. Rules name what is kept; all else is dropped. */
import type { KubeObject, ResourceType } from '../kube/api.ts';
import { isKnownAnnotation } from './annotations.ts';
import { caBundleHash, certificateHash, writtenFingerprint } from './certificates.ts';
import { record, text } from './json.ts';
import type { ListedKind } from './kinds.ts';
import { dropped, parseObject, withoutSecrets } from './mesh-config.ts';
import { isInjector } from './project-config.ts';
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
  words,
  type Rule,
} from './rules.ts';

// Keys stay, so that one sees that something was set; values only of the keys that meshlift knows.
const annotations: Rule = (value) =>
  Object.fromEntries(Object.entries(record(value)).map(([key, entry]) => [key, annotation(key, text(entry))]));

function annotation(key: string, value: string): string {
  if (key === 'sidecar.istio.io/status') return sidecarStatus(value) ?? dropped;
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
    listeners: each(fields(plain('name', 'port', 'protocol', 'hostname'))),
  }),
  status: fields({ addresses: each(fields(plain('type', 'value'))), conditions }),
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
    status: counters,
  },
  mutatingWebhooks: webhookConfig,
  validatingWebhooks: webhookConfig,
  crds: {},
  configMaps: {},
  helmReleases: { type: scalar },
  gateways: gateway,
  gatewayClasses: { spec: fields(plain('controllerName')), status: fields({ conditions }) },
  istioGateways: {
    spec: fields({
      selector: map,
      servers: each(fields({ hosts: words, port: fields(plain('name', 'number', 'protocol')) })),
    }),
  },
  installers: {
    spec: fields({
      ...plain('revision', 'version', 'namespace', 'profile'),
      targetRef: fields(plain('kind', 'name')),
      updateStrategy: fields(plain('type')),
    }),
    status: fields({ conditions, state: scalar }),
  },
};

/** What a snapshot keeps of an object; apiVersion and kind are written out, because entries of a list don't carry them. */
export function redact(kind: ListedKind, object: KubeObject, resource: ResourceType): KubeObject {
  const { group, version } = resource;
  return {
    apiVersion: group === '' ? version : `${group}/${version}`,
    kind: resource.kind,
    metadata: metadata(object.metadata) as KubeObject['metadata'],
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
    ['AMBIENT_ENABLED', /^(true|false)$/.exec(text(data['AMBIENT_ENABLED']))?.[0] ?? null],
  ];
  return Object.fromEntries(kept.filter((entry): entry is readonly [string, string] => entry[1] !== null));
}

function meshData(source: string): string | null {
  const mesh = parseObject(source);
  return mesh === null ? null : JSON.stringify(withoutSecrets(mesh));
}

const injectorFields = fields({
  ...plain('policy'),
  neverInjectSelector: each(labelSelector),
  alwaysInjectSelector: each(labelSelector),
});

function injectorData(source: string): string | null {
  const config = parseObject(source);
  return config === null ? null : JSON.stringify(injectorFields(config));
}

function fingerprint(certificate: string): string | null {
  const hash = certificateHash(certificate);
  return hash === '' ? null : writtenFingerprint(hash);
}
