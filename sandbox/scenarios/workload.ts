import type { KubeObject } from '../../src/kube/api.ts';
import { appAnnotation } from '../live/app/behaviour.ts';
import type { JsonObject } from '../store/json.ts';
import type { Words, WorkloadSpec } from './types.ts';

type Kind = NonNullable<WorkloadSpec['kind']>;

/** apiVersion of each kind. */
const apiVersions: Readonly<Record<Kind, string>> = {
  Deployment: 'apps/v1',
  StatefulSet: 'apps/v1',
  DaemonSet: 'apps/v1',
  ReplicaSet: 'apps/v1',
  Pod: 'v1',
  CronJob: 'batch/v1',
  Rollout: 'argoproj.io/v1alpha1',
};

/** Kinds whose pods stay until somebody takes them away. */
const serving: ReadonlySet<Kind> = new Set(['Deployment', 'StatefulSet', 'ReplicaSet', 'Pod', 'Rollout']);

/** What a selector of the workload says: its app, and its version where there are several. */
function selectorOf({ name, app = name, labels = {} }: WorkloadSpec): Words {
  const { version } = labels;
  return { app, ...(version === undefined ? {} : { version }) };
}

function container(spec: WorkloadSpec): JsonObject {
  const { name, image = `registry.example/${name}:1.0`, port = 8080, probed = true } = spec;
  // The injector replaces the image `auto`; without injection such a pod cannot start.
  if (spec.gateway) return { name: 'istio-proxy', image: 'auto' };
  return {
    name,
    image,
    ports: [{ containerPort: port }],
    ...(probed ? { readinessProbe: { httpGet: { path: '/healthz', port }, periodSeconds: 2 } } : {}),
  };
}

function podSpec(spec: WorkloadSpec): JsonObject {
  return {
    ...(spec.graceSeconds === undefined ? {} : { terminationGracePeriodSeconds: spec.graceSeconds }),
    containers: [container(spec), ...(spec.containers ?? [])],
  };
}

function podMetadata(spec: WorkloadSpec): JsonObject {
  const gateway = spec.gateway ? { 'inject.istio.io/templates': 'gateway' } : {};
  const live = spec.behaviour ? { [appAnnotation]: JSON.stringify(spec.behaviour) } : {};
  const annotations = { ...spec.annotations, ...live, ...gateway };
  return {
    labels: { ...selectorOf(spec), ...spec.labels },
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
}

/** The pod template of a workload. */
export function templateOf(spec: WorkloadSpec): JsonObject {
  return { metadata: podMetadata(spec), spec: podSpec(spec) };
}

const cronJobSpec = (spec: WorkloadSpec): JsonObject => ({
  schedule: '0 3 * * *',
  concurrencyPolicy: 'Forbid',
  jobTemplate: {
    spec: { template: { ...templateOf(spec), spec: { ...podSpec(spec), restartPolicy: 'Never' } } },
  },
});

function specOf(spec: WorkloadSpec): JsonObject {
  const { replicas = 1, strategy, name } = spec;
  const selected = { selector: { matchLabels: selectorOf(spec) }, template: templateOf(spec) };
  const update = strategy === undefined ? {} : { updateStrategy: strategy };
  switch (spec.kind ?? 'Deployment') {
    case 'Pod':
      return podSpec(spec);
    case 'CronJob':
      return cronJobSpec(spec);
    case 'DaemonSet':
      return { ...selected, ...update };
    case 'StatefulSet':
      return { replicas, serviceName: name, ...selected, ...update };
    case 'ReplicaSet':
      return { replicas, ...selected };
    case 'Rollout':
      return { replicas, ...selected, strategy: { canary: {} } };
    case 'Deployment':
      return { replicas, ...selected, ...(strategy === undefined ? {} : { strategy }) };
  }
}

function serviceOf(namespace: string, spec: WorkloadSpec): KubeObject {
  const { name, app = name, port = 8080, portName = 'http' } = spec;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: app, namespace, labels: { app } },
    spec: { selector: { app }, ports: [{ name: portName, port, targetPort: port }] },
  };
}

function budgetOf(namespace: string, spec: WorkloadSpec): KubeObject {
  const { name, minAvailable } = spec;
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name, namespace },
    spec: { minAvailable, selector: { matchLabels: selectorOf(spec) } },
  };
}

/** The objects of a workload: its Service, its disruption budget, and the workload itself, which comes last. */
export function workloadObjects(namespace: string, spec: WorkloadSpec): readonly KubeObject[] {
  const { name, kind = 'Deployment', service = serving.has(kind) && !spec.gateway } = spec;
  const labels = { ...(podMetadata(spec)['labels'] as Words) };
  const metadata = kind === 'Pod' ? podMetadata(spec) : { labels };
  const workload: KubeObject = {
    apiVersion: apiVersions[kind],
    kind,
    metadata: { ...metadata, name, namespace },
    spec: specOf(spec),
  };
  return [
    ...(service ? [serviceOf(namespace, spec)] : []),
    ...(spec.minAvailable === undefined ? [] : [budgetOf(namespace, spec)]),
    workload,
  ];
}

/** The ReplicaSet that Argo Rollouts makes for a Rollout: the same template and one more label, owned by it. */
export function rolloutReplicaSet(rollout: KubeObject, spec: WorkloadSpec): KubeObject {
  const { name, namespace = '', uid = '' } = rollout.metadata;
  const hash = { 'rollouts-pod-template-hash': '6cf78c66c5' };
  const template = templateOf(spec);
  const labels = { ...selectorOf(spec), ...spec.labels, ...hash };
  const owner = {
    apiVersion: apiVersions.Rollout,
    kind: 'Rollout',
    name,
    uid,
    controller: true,
    blockOwnerDeletion: true,
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: `${name}-6cf78c66c5`, namespace, labels, ownerReferences: [owner] },
    spec: {
      replicas: spec.replicas ?? 1,
      selector: { matchLabels: { ...selectorOf(spec), ...hash } },
      template: { ...template, metadata: { ...(template['metadata'] as JsonObject), labels } },
    },
  };
}
