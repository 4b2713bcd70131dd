import type { Shapes } from './shapes.ts';
import { suffixOf, uidOf, type Values } from './template.ts';
import { addObject, collectionOf, type ClusterSize, type World } from './world.ts';

type BulkKind = 'Deployment' | 'StatefulSet' | 'DaemonSet';

interface BulkWorkload {
  readonly index: number;
  readonly kind: BulkKind;
  readonly app: string;
  readonly ns: string;
  readonly hash: string;
  readonly rev: string;
  readonly pods: number;
  /** Number of the pods before its own. */
  readonly firstPod: number;
}

const plurals = { Deployment: 'deployments', StatefulSet: 'statefulsets', DaemonSet: 'daemonsets' } as const;
const versions: Record<string, string> = { '1-29-6': '1.29.6', '1-30-3': '1.30.3' };

const nodeName = (index: number) => `node-${String(index).padStart(4, '0')}`;
const namespaceName = (index: number) => `team-${String(index).padStart(4, '0')}`;
const address = (first: number, index: number) =>
  `10.${first + ((index >> 16) & 63)}.${(index >> 8) & 255}.${index & 255}`;
/** One namespace in twenty names a revision; the others name the tag. */
const namespaceRevision = (index: number) => (index % 20 === 7 ? '1-29-6' : 'prod');

/** Of twenty workloads seventeen are Deployments, two StatefulSets, one a DaemonSet. */
function kindOf(index: number): BulkKind {
  if (index % 20 === 19) return 'DaemonSet';
  return index % 20 >= 17 ? 'StatefulSet' : 'Deployment';
}

function workloadAt(size: ClusterSize, index: number): BulkWorkload {
  const namespace = Math.floor((index * size.namespaces) / size.workloads);
  const firstPod = Math.floor((index * size.pods) / size.workloads);
  const restarted = namespaceRevision(namespace) === 'prod' && index % 2 === 0;
  return {
    index,
    kind: kindOf(index),
    app: `app-${String(index).padStart(4, '0')}`,
    ns: namespaceName(namespace),
    hash: suffixOf(index * 7919, 10),
    rev: restarted ? '1-30-3' : '1-29-6',
    pods: Math.floor(((index + 1) * size.pods) / size.workloads) - firstPod,
    firstPod,
  };
}

function podLabels(workload: BulkWorkload): Record<string, string> {
  const common = { app: workload.app, version: 'v1', 'service.istio.io/canonical-name': workload.app };
  if (workload.kind !== 'Deployment') return { ...common, 'controller-revision-hash': workload.hash };
  return { ...common, 'pod-template-hash': workload.hash };
}

function podName(workload: BulkWorkload, index: number): string {
  if (workload.kind === 'StatefulSet') return `${workload.app}-${index}`;
  const stem = workload.kind === 'Deployment' ? `${workload.app}-${workload.hash}` : workload.app;
  return `${stem}-${suffixOf(workload.firstPod + index, 5)}`;
}

function podValues(workload: BulkWorkload, index: number, nodes: number): Values {
  const serial = workload.firstPod + index;
  const node = serial % nodes;
  return {
    pod: podName(workload, index),
    owner: workload.kind === 'Deployment' ? `${workload.app}-${workload.hash}` : workload.app,
    ownerUid: uidOf(workload.kind === 'Deployment' ? 2 : 1, workload.index),
    hash: workload.hash,
    app: workload.app,
    ns: workload.ns,
    node: nodeName(node),
    hostIp: address(0, node),
    ip: address(64, serial),
    uid: uidOf(3, serial),
    rv: 2_000_000 + serial,
    cid: serial.toString(16).padStart(31, '0').repeat(2),
    suffix: suffixOf(serial * 31, 5),
    rev: workload.rev,
    ver: versions[workload.rev] ?? '',
    ordinal: index,
  };
}

function addPods(world: World, shapes: Shapes, workload: BulkWorkload, nodes: number): void {
  const pods = collectionOf(world, 'pods');
  const labels = podLabels(workload);
  const connected = world.proxies.get(workload.rev) ?? [];
  world.proxies.set(workload.rev, connected);
  const endpoints: object[] = [];
  for (let index = 0; index < workload.pods; index += 1) {
    const values = podValues(workload, index, nodes);
    const name = String(values['pod']);
    const fields = { 'status.phase': 'Running', 'spec.nodeName': String(values['node']) };
    pods.add({ namespace: workload.ns, name, labels, fields }, shapes.pods[workload.kind](values));
    connected.push(`${name}.${workload.ns}`);
    endpoints.push(endpointOf(values));
  }
  addSlice(world, workload, endpoints);
}

function endpointOf(values: Values): object {
  return {
    addresses: [values['ip']],
    conditions: { ready: true, serving: true, terminating: false },
    nodeName: values['node'],
    targetRef: { kind: 'Pod', name: values['pod'], namespace: values['ns'], uid: values['uid'] },
  };
}

function addSlice(world: World, workload: BulkWorkload, endpoints: readonly object[]): void {
  const labels = { app: workload.app, 'kubernetes.io/service-name': workload.app };
  const metadata = { labels, name: `${workload.app}-${suffixOf(workload.index, 5)}`, namespace: workload.ns };
  const slice = {
    addressType: 'IPv4',
    endpoints,
    metadata: { ...metadata, resourceVersion: '1704', uid: uidOf(4, workload.index) },
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  };
  addObject(world, 'endpointslices', JSON.stringify(slice));
}

function addWorkload(world: World, shapes: Shapes, workload: BulkWorkload): void {
  const { index, app, ns, hash, pods: n } = workload;
  const uid = uidOf(1, index);
  addObject(world, plurals[workload.kind], shapes.workloads[workload.kind]({ app, ns, uid, n, hash }));
  addObject(world, 'services', shapes.service({ app, ns, uid: uidOf(5, index) }));
  if (index % 5 === 0) addObject(world, 'poddisruptionbudgets', shapes.budget({ app, ns, uid: uidOf(6, index) }));
  if (workload.kind !== 'Deployment') return;
  const current = { app, ns, hash, n, uid: uidOf(2, index), ownerUid: uid };
  addObject(world, 'replicasets', shapes.replicaSet(current));
  const old = { ...current, hash: suffixOf(index * 7919 + 1, 10), uid: uidOf(7, index) };
  addObject(world, 'replicasets', shapes.oldReplicaSet(old));
  if (index % 4 === 0) addAutoscaler(world, workload);
}

function addAutoscaler(world: World, { index, app, ns, pods }: BulkWorkload): void {
  const metadata = { name: app, namespace: ns, resourceVersion: '1272', uid: uidOf(8, index) };
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: app };
  const spec = { maxReplicas: pods * 2, minReplicas: 1, scaleTargetRef };
  const status = { currentReplicas: pods, desiredReplicas: pods };
  addObject(world, 'horizontalpodautoscalers', JSON.stringify({ metadata, spec, status }));
}

function addNamespace(world: World, shapes: Shapes, index: number): void {
  const ns = namespaceName(index);
  addObject(world, 'namespaces', shapes.namespace({ ns, uid: uidOf(9, index), rev: namespaceRevision(index) }));
  addObject(world, 'configmaps', shapes.configMap({ ns, uid: uidOf(10, index) }));
  const metadata = { name: 'app-credentials', namespace: ns, resourceVersion: '1', uid: uidOf(11, index) };
  const data = { token: Buffer.from(ns.repeat(100)).toString('base64') };
  addObject(world, 'secrets', JSON.stringify({ data, metadata, type: 'Opaque' }));
}

/** Adds the nodes, namespaces, workloads and pods of the users. */
export function addBulk(world: World, shapes: Shapes, size: ClusterSize): void {
  for (let index = 0; index < size.nodes; index += 1) {
    const values = { node: nodeName(index), hostIp: address(0, index), uid: uidOf(12, index) };
    addObject(world, 'nodes', shapes.node(values));
  }
  for (let index = 0; index < size.namespaces; index += 1) addNamespace(world, shapes, index);
  for (let index = 0; index < size.workloads; index += 1) {
    const workload = workloadAt(size, index);
    addWorkload(world, shapes, workload);
    addPods(world, shapes, workload, size.nodes);
  }
}
