import type { KubeObject } from '../../src/kube/api.ts';
import { recorded } from './recorded.ts';
import { templateOf, type Template } from './template.ts';

/** The object as it stands in a list: the API server leaves kind and apiVersion out there. */
export function bare(object: KubeObject): KubeObject {
  const item = { ...object };
  delete item.apiVersion;
  delete item.kind;
  return item;
}

interface PodStatusPart {
  podIP: string;
  containerStatuses: { containerID: string }[];
  initContainerStatuses: { containerID: string }[];
}

/** Literals that every recorded pod has, with their placeholders. */
function podLiterals(pod: KubeObject): [string, string][] {
  const status = pod['status'] as PodStatusPart;
  const ids = [...status.containerStatuses, ...status.initContainerStatuses].map((container) => container.containerID);
  const volume = /kube-api-access-\w+/.exec(JSON.stringify(pod))?.[0] ?? '';
  return [
    ...ids.map((id, index): [string, string] => [id, `containerd://@@cid@@0${index}`]),
    [String(pod.metadata.uid), '@@uid@@'],
    [String(pod.metadata.ownerReferences?.[0]?.uid), '@@ownerUid@@'],
    [`"${pod.metadata.resourceVersion}"`, '"@@rv@@"'],
    [volume, 'kube-api-access-@@suffix@@'],
    [status.podIP, '@@ip@@'],
    ['10.10.0.1', '@@hostIp@@'],
    ['node-1', '@@node@@'],
    ['"shop"', '"@@ns@@"'],
    ['namespaces/shop/', 'namespaces/@@ns@@/'],
  ];
}

/** A pod of a Deployment. Placeholders: pod owner ownerUid hash app ns node hostIp ip uid rv cid suffix rev ver. */
function deploymentPod(objects: readonly KubeObject[]): Template {
  const pod = recorded(objects, 'Pod', 'shop/api-');
  const owner = pod.metadata.ownerReferences?.[0]?.name ?? '';
  const hash = pod.metadata.labels?.['pod-template-hash'] ?? '';
  return templateOf(bare(pod), [
    [pod.metadata.name, '@@pod@@'],
    [owner, '@@owner@@'],
    [hash, '@@hash@@'],
    ['"api"', '"@@app@@"'],
    ['"api-v1"', '"@@app@@-v1"'],
    ['deployments/api', 'deployments/@@app@@'],
    ...podLiterals(pod),
    ['1-30-3', '@@rev@@'],
    ['1.30.3', '@@ver@@'],
  ]);
}

/** A pod of a DaemonSet: the same containers, another owner. */
function daemonSetPod(objects: readonly KubeObject[]): Template {
  const pod = structuredClone(recorded(objects, 'Pod', 'shop/api-'));
  const owner = pod.metadata.ownerReferences?.[0];
  const hash = pod.metadata.labels?.['pod-template-hash'] ?? '';
  const labels = { ...pod.metadata.labels, 'controller-revision-hash': hash, 'pod-template-generation': '1' };
  delete (labels as Record<string, string>)['pod-template-hash'];
  pod.metadata = { ...pod.metadata, labels, generateName: 'api-' };
  if (owner !== undefined) pod.metadata.ownerReferences = [{ ...owner, kind: 'DaemonSet', name: 'api' }];
  return templateOf(bare(pod), [
    [pod.metadata.name, '@@pod@@'],
    [hash, '@@hash@@'],
    ['"api-"', '"@@app@@-"'],
    ['"api"', '"@@app@@"'],
    ['"api-v1"', '"@@app@@-v1"'],
    ['deployments/api', 'daemonsets/@@app@@'],
    ...podLiterals(pod),
    ['1-30-3', '@@rev@@'],
    ['1.30.3', '@@ver@@'],
  ]);
}

/** A pod of a StatefulSet; besides the placeholders of a Deployment's pod it needs `ordinal`. */
function statefulSetPod(objects: readonly KubeObject[]): Template {
  const pod = recorded(objects, 'Pod', 'shop/store-0');
  return templateOf(bare(pod), [
    ['"store-0"', '"@@pod@@"'],
    ['pod-index":"0"', 'pod-index":"@@ordinal@@"'],
    ['"store-59cf774c44"', '"@@app@@-@@hash@@"'],
    ['"store-"', '"@@app@@-"'],
    ['"store"', '"@@app@@"'],
    ['"store-v1"', '"@@app@@-v1"'],
    ['statefulsets/store', 'statefulsets/@@app@@'],
    ...podLiterals(pod),
    ['1-29-6', '@@rev@@'],
    ['1.29.6', '@@ver@@'],
  ]);
}

/** Placeholders: app ns uid n hash. */
function deployment(objects: readonly KubeObject[]): Template {
  const found = recorded(objects, 'Deployment', 'shop/api');
  return templateOf(bare(found), [
    [String(found.metadata.uid), '@@uid@@'],
    ['api-676d5568c8', '@@app@@-@@hash@@'],
    ['"api"', '"@@app@@"'],
    ['"api-v1"', '"@@app@@-v1"'],
    ['"shop"', '"@@ns@@"'],
    ...['replicas', 'readyReplicas', 'availableReplicas', 'updatedReplicas'].map((field): [string, string] => [
      `"${field}":3`,
      `"${field}":@@n@@`,
    ]),
  ]);
}

/** Placeholders: app ns uid ownerUid hash, and n for the current one. */
function replicaSet(objects: readonly KubeObject[], hash: string, current: boolean): Template {
  const found = recorded(objects, 'ReplicaSet', `shop/api-${hash}`);
  const counts = ['replicas', 'readyReplicas', 'availableReplicas', 'fullyLabeledReplicas'];
  return templateOf(bare(found), [
    [String(found.metadata.uid), '@@uid@@'],
    [String(found.metadata.ownerReferences?.[0]?.uid), '@@ownerUid@@'],
    [hash, '@@hash@@'],
    ['"api-@@hash@@"', '"@@app@@-@@hash@@"'],
    ['"api"', '"@@app@@"'],
    ['"shop"', '"@@ns@@"'],
    ...(current ? counts.map((field): [string, string] => [`"${field}":3`, `"${field}":@@n@@`]) : []),
  ]);
}

function statefulSet(objects: readonly KubeObject[]): Template {
  const found = recorded(objects, 'StatefulSet', 'shop/store');
  const counts = ['replicas', 'readyReplicas', 'availableReplicas', 'currentReplicas', 'updatedReplicas'];
  return templateOf(bare(found), [
    [String(found.metadata.uid), '@@uid@@'],
    ['store-59cf774c44', '@@app@@-@@hash@@'],
    ['"store"', '"@@app@@"'],
    ['"shop"', '"@@ns@@"'],
    ...counts.map((field): [string, string] => [`"${field}":2`, `"${field}":@@n@@`]),
  ]);
}

/** No DaemonSet was recorded in this mesh: a Deployment's pod template in a DaemonSet's frame. */
function daemonSet(objects: readonly KubeObject[]): Template {
  const found = recorded(objects, 'Deployment', 'shop/api');
  const { selector, template } = found['spec'] as { selector: unknown; template: unknown };
  const rollingUpdate = { maxSurge: 0, maxUnavailable: 1 };
  const spec = {
    revisionHistoryLimit: 10,
    selector,
    template,
    updateStrategy: { rollingUpdate, type: 'RollingUpdate' },
  };
  const fields = 'currentNumberScheduled desiredNumberScheduled numberAvailable numberReady updatedNumberScheduled';
  const status = Object.fromEntries(fields.split(' ').map((field) => [field, '@@n@@']));
  const literals: [string, string][] = [
    [String(found.metadata.uid), '@@uid@@'],
    ['"api"', '"@@app@@"'],
    ['"shop"', '"@@ns@@"'],
    ['"@@n@@"', '@@n@@'],
  ];
  const { metadata } = found;
  return templateOf({ metadata, spec, status: { ...status, numberMisscheduled: 0, observedGeneration: 2 } }, literals);
}

/** A template for the recorded object with that name, place and own uid. */
function plain(objects: readonly KubeObject[], kind: string, name: string): Template {
  const found = recorded(objects, kind, `shop/${name}`);
  return templateOf(bare(found), [
    [String(found.metadata.uid), '@@uid@@'],
    ['"shop"', '"@@ns@@"'],
    ...(name === 'api' ? [['"api"', '"@@app@@"'] satisfies [string, string]] : []),
  ]);
}

/** Templates of everything of which the cluster has many. */
export function shapesOf(objects: readonly KubeObject[]) {
  const node = recorded(objects, 'Node', '/node-1');
  const namespace = recorded(objects, 'Namespace', '/shop');
  return {
    pods: {
      Deployment: deploymentPod(objects),
      StatefulSet: statefulSetPod(objects),
      DaemonSet: daemonSetPod(objects),
    },
    workloads: { Deployment: deployment(objects), StatefulSet: statefulSet(objects), DaemonSet: daemonSet(objects) },
    replicaSet: replicaSet(objects, '676d5568c8', true),
    oldReplicaSet: replicaSet(objects, '777bdb5854', false),
    service: plain(objects, 'Service', 'api'),
    budget: plain(objects, 'PodDisruptionBudget', 'api'),
    configMap: plain(objects, 'ConfigMap', 'istio-ca-root-cert'),
    node: templateOf(bare(node), [
      [String(node.metadata.uid), '@@uid@@'],
      ['node-1', '@@node@@'],
      ['10.10.0.1', '@@hostIp@@'],
    ]),
    namespace: templateOf(bare(namespace), [
      [String(namespace.metadata.uid), '@@uid@@'],
      ['"shop"', '"@@ns@@"'],
      ['"istio.io/rev":"prod"', '"istio.io/rev":"@@rev@@"'],
    ]),
  };
}

/** All templates. */
export type Shapes = ReturnType<typeof shapesOf>;
