import type { KubeObject } from '../../src/kube/api.ts';
import { filled, podSpec, podTemplateSpec } from './defaults-pod.ts';
import { at, isObject, objectAt, objectsAt, withFields, type JsonObject } from './json.ts';

/** Fills what was left out of a draft. Sources: the API reference of Kubernetes 1.34, section of each kind. */
type Defaulter = (draft: KubeObject) => void;

/** Sets fields that are missing. */
function fill(target: JsonObject, values: JsonObject): void {
  for (const [key, value] of Object.entries(values)) {
    if (target[key] === undefined || target[key] === null) target[key] = value;
  }
}

/** The object in a field, made when missing. */
function ensureObject(target: JsonObject, key: string): JsonObject {
  const found = target[key];
  if (isObject(found)) return found;
  const made: JsonObject = {};
  target[key] = made;
  return made;
}

const spec = (draft: KubeObject): JsonObject => ensureObject(draft, 'spec');

function template(owner: JsonObject): void {
  const [found, inside] = [objectAt(owner, 'template'), objectAt(owner, 'template', 'spec')];
  const complete = inside && podTemplateSpec(inside);
  if (complete !== inside) owner['template'] = { ...found, spec: complete };
}

/** Pod. */
export const defaultPod: Defaulter = (draft) => {
  draft['spec'] = podSpec(objectAt(draft, 'spec') ?? {});
};

/** Deployment. */
export const defaultDeployment: Defaulter = (draft) => {
  const target = spec(draft);
  template(target);
  fill(target, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
  const strategy = filled(objectAt(target, 'strategy') ?? {}, { type: 'RollingUpdate' });
  const rolling = { maxUnavailable: '25%', maxSurge: '25%' };
  target['strategy'] =
    strategy['type'] === 'RollingUpdate'
      ? withFields(strategy, { rollingUpdate: filled(objectAt(strategy, 'rollingUpdate') ?? {}, rolling) })
      : strategy;
};

/** ReplicaSet: labels default to those of the template. */
export const defaultReplicaSet: Defaulter = (draft) => {
  const target = spec(draft);
  template(target);
  fill(target, { replicas: 1 });
  const labels = objectAt(target, 'template', 'metadata', 'labels');
  if (labels && Object.keys(draft.metadata.labels ?? {}).length === 0) {
    draft.metadata = { ...draft.metadata, labels: { ...(labels as Record<string, string>) } };
  }
};

/** StatefulSet. */
export const defaultStatefulSet: Defaulter = (draft) => {
  const target = spec(draft);
  template(target);
  fill(target, { replicas: 1, revisionHistoryLimit: 10, podManagementPolicy: 'OrderedReady' });
  const strategy = ensureObject(target, 'updateStrategy');
  fill(strategy, { type: 'RollingUpdate' });
  if (strategy['type'] === 'RollingUpdate') fill(ensureObject(strategy, 'rollingUpdate'), { partition: 0 });
  fill(ensureObject(target, 'persistentVolumeClaimRetentionPolicy'), { whenDeleted: 'Retain', whenScaled: 'Retain' });
};

/** DaemonSet. */
export const defaultDaemonSet: Defaulter = (draft) => {
  const target = spec(draft);
  template(target);
  fill(target, { revisionHistoryLimit: 10 });
  const strategy = ensureObject(target, 'updateStrategy');
  fill(strategy, { type: 'RollingUpdate' });
  if (strategy['type'] === 'RollingUpdate') {
    fill(ensureObject(strategy, 'rollingUpdate'), { maxUnavailable: 1, maxSurge: 0 });
  }
};

function defaultJobSpec(target: JsonObject): void {
  template(target);
  if (target['completions'] === undefined && target['parallelism'] === undefined) target['completions'] = 1;
  fill(target, {
    parallelism: 1,
    backoffLimit: 6,
    completionMode: 'NonIndexed',
    suspend: false,
    podReplacementPolicy: target['podFailurePolicy'] === undefined ? 'TerminatingOrFailed' : 'Failed',
  });
}

/** Job. */
export const defaultJob: Defaulter = (draft) => {
  defaultJobSpec(spec(draft));
};

/** CronJob: the Job inside gets no defaults of its own but those of the pod template. */
export const defaultCronJob: Defaulter = (draft) => {
  const target = spec(draft);
  const job = objectAt(target, 'jobTemplate', 'spec');
  if (job) template(job);
  fill(target, {
    concurrencyPolicy: 'Allow',
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
  });
};

/** Service. */
export const defaultService: Defaulter = (draft) => {
  const target = spec(draft);
  fill(target, { type: 'ClusterIP', sessionAffinity: 'None' });
  for (const port of objectsAt(target, 'ports')) {
    fill(port, { protocol: 'TCP' });
    if (target['type'] !== 'ExternalName') fill(port, { targetPort: port['port'] });
  }
  if (target['type'] === 'ExternalName') return;
  fill(target, { internalTrafficPolicy: 'Cluster', ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4'] });
  if (target['type'] === 'ClusterIP') return;
  fill(target, { externalTrafficPolicy: 'Cluster' });
  if (target['type'] === 'LoadBalancer') fill(target, { allocateLoadBalancerNodePorts: true });
};

/** Namespace: the label with its name, and the finalizer that the namespace controller takes away. */
export const defaultNamespace: Defaulter = (draft) => {
  const labels = { ...draft.metadata.labels, 'kubernetes.io/metadata.name': draft.metadata.name };
  draft.metadata = { ...draft.metadata, labels };
};

/** Secret: `stringData` goes into `data`. */
export const defaultSecret: Defaulter = (draft) => {
  fill(draft, { type: 'Opaque' });
  const plain = draft['stringData'];
  if (!isObject(plain)) return;
  const data = ensureObject(draft, 'data');
  for (const [key, value] of Object.entries(plain)) data[key] = Buffer.from(String(value)).toString('base64');
  delete draft['stringData'];
};

/** HorizontalPodAutoscaler (autoscaling/v2): 80 % CPU when no metric is named. */
export const defaultAutoscaler: Defaulter = (draft) => {
  const cpu = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } };
  fill(spec(draft), { minReplicas: 1, metrics: [cpu] });
};

/** EndpointSlice. */
export const defaultEndpointSlice: Defaulter = (draft) => {
  for (const port of objectsAt(draft, 'ports')) fill(port, { name: '', protocol: 'TCP' });
};

function defaultWebhook(webhook: JsonObject): void {
  fill(webhook, { failurePolicy: 'Fail', matchPolicy: 'Equivalent', timeoutSeconds: 10 });
  ensureObject(webhook, 'namespaceSelector');
  ensureObject(webhook, 'objectSelector');
  for (const rule of objectsAt(webhook, 'rules')) fill(rule, { scope: '*' });
  const service = objectAt(webhook, 'clientConfig', 'service');
  if (service) fill(service, { port: 443 });
}

/** ValidatingWebhookConfiguration. */
export const defaultValidatingWebhooks: Defaulter = (draft) => {
  objectsAt(draft, 'webhooks').forEach(defaultWebhook);
};

/** MutatingWebhookConfiguration. */
export const defaultMutatingWebhooks: Defaulter = (draft) => {
  for (const webhook of objectsAt(draft, 'webhooks')) {
    defaultWebhook(webhook);
    fill(webhook, { reinvocationPolicy: 'Never' });
  }
};

/** CustomResourceDefinition. */
export const defaultDefinition: Defaulter = (draft) => {
  const target = spec(draft);
  fill(target, { conversion: { strategy: 'None' } });
  const names = ensureObject(target, 'names');
  const kind = at(names, 'kind');
  if (typeof kind === 'string') fill(names, { singular: kind.toLowerCase(), listKind: `${kind}List` });
};
