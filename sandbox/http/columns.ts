import type { KubeObject } from '../../src/kube/api.ts';
import { at, isObject, numberAt, objectAt, objectsAt, textAt, type JsonObject } from '../store/json.ts';
import type { KindInfo } from '../store/types.ts';
import { humanDuration } from './duration.ts';
import { podCells } from './pod-cells.ts';

/** What stands in a cell of a table. */
export type Cell = string | number;

/** A column of `kubectl get`. */
export interface Column {
  readonly name: string;
  /** Shown with `-o wide` only. */
  readonly wide?: true;
  /** `now` is milliseconds since 1970 of the cluster's clock. */
  readonly cell: (object: KubeObject, now: number) => Cell;
}

/** Time since a timestamp as kubectl shows it; '<unknown>' without one. */
export function ageOf(timestamp: string | undefined, now: number): string {
  const since = Date.parse(timestamp ?? '');
  return Number.isNaN(since) ? '<unknown>' : humanDuration((now - since) / 1000);
}

const name: Column = { name: 'Name', cell: (object) => object.metadata.name };
const age: Column = { name: 'Age', cell: (object, now) => ageOf(object.metadata.creationTimestamp, now) };

const none = '<none>';
const shown = (value: unknown, missing: Cell = none): Cell =>
  typeof value === 'string' || typeof value === 'number' ? value : typeof value === 'boolean' ? String(value) : missing;
const column = (title: string, cell: Column['cell']): Column => ({ name: title, cell });
const wide = (title: string, cell: Column['cell']): Column => ({ name: title, wide: true, cell });
const text = (title: string, ...path: readonly string[]) => column(title, (object) => shown(at(object, ...path)));
const count = (title: string, ...path: readonly string[]) => column(title, (object) => numberAt(object, ...path) ?? 0);
const entries = (title: string, ...path: readonly string[]) =>
  column(title, (object) => Object.keys(objectAt(object, ...path) ?? {}).length);
const listed = (title: string, ...path: readonly string[]) =>
  column(title, (object) => objectsAt(object, ...path).length);

const pairs = (labels: unknown) =>
  Object.entries(isObject(labels) ? labels : {})
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(',') || none;
const selector = (...path: readonly string[]) => wide('Selector', (object) => pairs(at(object, ...path)));
const containersOf = (object: KubeObject) => objectsAt(object, 'spec', 'template', 'spec', 'containers');
const containers = [
  wide('Containers', (object) =>
    containersOf(object)
      .map((container) => String(container['name']))
      .join(','),
  ),
  wide('Images', (object) =>
    containersOf(object)
      .map((container) => String(container['image']))
      .join(','),
  ),
];
const readyOf = (object: KubeObject) =>
  `${numberAt(object, 'status', 'readyReplicas') ?? 0}/${numberAt(object, 'spec', 'replicas') ?? 0}`;

function nodeStatus(node: KubeObject): string {
  const ready = objectsAt(node, 'status', 'conditions').find((condition) => condition['type'] === 'Ready');
  const state = ready === undefined ? 'Unknown' : ready['status'] === 'True' ? 'Ready' : 'NotReady';
  return at(node, 'spec', 'unschedulable') === true ? `${state},SchedulingDisabled` : state;
}

function nodeRoles(node: KubeObject): string {
  const prefix = 'node-role.kubernetes.io/';
  const roles = Object.keys(node.metadata.labels ?? {}).filter((label) => label.startsWith(prefix));
  return (
    roles
      .map((label) => label.slice(prefix.length))
      .sort()
      .join(',') || none
  );
}

const nodeAddress = (type: string) => (node: KubeObject) =>
  shown(objectsAt(node, 'status', 'addresses').find((address) => address['type'] === type)?.['address']);

function servicePorts(service: KubeObject): string {
  const show = (port: JsonObject) =>
    `${shown(port['port'])}${port['nodePort'] ? `:${shown(port['nodePort'])}` : ''}/${shown(port['protocol'], 'TCP')}`;
  return objectsAt(service, 'spec', 'ports').map(show).join(',') || none;
}

function externalAddress(service: KubeObject): string {
  const given = objectsAt(service, 'status', 'loadBalancer', 'ingress').map((one) =>
    shown(one['ip'] ?? one['hostname']),
  );
  const external = at(service, 'spec', 'externalIPs');
  const all = [...given, ...(Array.isArray(external) ? external.map(String) : [])];
  if (all.length > 0) return all.join(',');
  if (textAt(service, 'spec', 'type') === 'ExternalName') return textAt(service, 'spec', 'externalName') ?? none;
  return textAt(service, 'spec', 'type') === 'LoadBalancer' ? '<pending>' : none;
}

function jobStatus(job: KubeObject): string {
  const met = (type: string) =>
    objectsAt(job, 'status', 'conditions').some((c) => c['type'] === type && c['status'] === 'True');
  return ['Complete', 'Failed', 'Suspended', 'FailureTarget'].find(met) ?? 'Running';
}

function endpointsOf(slice: KubeObject): string {
  const addresses = objectsAt(slice, 'endpoints').flatMap((one) =>
    Array.isArray(one['addresses']) ? one['addresses'].map(String) : [],
  );
  if (addresses.length === 0) return '<unset>';
  const more = addresses.length > 3 ? ` + ${addresses.length - 3} more...` : '';
  return addresses.slice(0, 3).join(',') + more;
}

const webhookColumns = [name, listed('Webhooks', 'webhooks'), age];
const wideWorkload = [...containers, selector('spec', 'selector', 'matchLabels')];
const orMissing = (title: string, ...path: readonly string[]) =>
  column(title, (object) => shown(at(object, ...path), 'N/A'));

/** Columns by 'plural.group'. Source: `kubectl get` of Kubernetes 1.34. */
const byKind: Readonly<Record<string, readonly Column[]>> = {
  'namespaces.': [name, text('Status', 'status', 'phase'), age],
  'nodes.': [
    name,
    column('Status', nodeStatus),
    column('Roles', nodeRoles),
    age,
    text('Version', 'status', 'nodeInfo', 'kubeletVersion'),
    wide('Internal-IP', nodeAddress('InternalIP')),
    wide('External-IP', nodeAddress('ExternalIP')),
  ],
  'pods.': [
    name,
    column('Ready', (pod) => podCells(pod).ready),
    column('Status', (pod) => podCells(pod).status),
    column('Restarts', (pod) => podCells(pod).restarts),
    age,
    wide('IP', (pod) => shown(at(pod, 'status', 'podIP'))),
    wide('Node', (pod) => shown(at(pod, 'spec', 'nodeName'))),
    wide('Nominated Node', (pod) => shown(at(pod, 'status', 'nominatedNodeName'))),
    wide('Readiness Gates', () => none),
  ],
  'services.': [
    name,
    text('Type', 'spec', 'type'),
    text('Cluster-IP', 'spec', 'clusterIP'),
    column('External-IP', externalAddress),
    column('Port(s)', servicePorts),
    age,
    selector('spec', 'selector'),
  ],
  'configmaps.': [name, entries('Data', 'data'), age],
  'secrets.': [name, text('Type', 'type'), entries('Data', 'data'), age],
  'events.': [
    column('Last Seen', (event, now) => ageOf(textAt(event, 'lastTimestamp') ?? textAt(event, 'eventTime'), now)),
    text('Type', 'type'),
    text('Reason', 'reason'),
    column('Object', (event) => {
      const kind = textAt(event, 'involvedObject', 'kind') ?? '';
      return `${kind.toLowerCase()}/${textAt(event, 'involvedObject', 'name') ?? ''}`;
    }),
    text('Message', 'message'),
  ],
  'deployments.apps': [
    name,
    column('Ready', readyOf),
    count('Up-to-date', 'status', 'updatedReplicas'),
    count('Available', 'status', 'availableReplicas'),
    age,
    ...wideWorkload,
  ],
  'replicasets.apps': [
    name,
    count('Desired', 'spec', 'replicas'),
    count('Current', 'status', 'replicas'),
    count('Ready', 'status', 'readyReplicas'),
    age,
    ...wideWorkload,
  ],
  'statefulsets.apps': [name, column('Ready', readyOf), age, ...containers],
  'daemonsets.apps': [
    name,
    count('Desired', 'status', 'desiredNumberScheduled'),
    count('Current', 'status', 'currentNumberScheduled'),
    count('Ready', 'status', 'numberReady'),
    count('Up-to-date', 'status', 'updatedNumberScheduled'),
    count('Available', 'status', 'numberAvailable'),
    column('Node Selector', (set) => pairs(at(set, 'spec', 'template', 'spec', 'nodeSelector'))),
    age,
    ...wideWorkload,
  ],
  'jobs.batch': [
    name,
    column('Status', jobStatus),
    column(
      'Completions',
      (job) => `${numberAt(job, 'status', 'succeeded') ?? 0}/${numberAt(job, 'spec', 'completions') ?? 1}`,
    ),
    age,
  ],
  'cronjobs.batch': [
    name,
    text('Schedule', 'spec', 'schedule'),
    text('Suspend', 'spec', 'suspend'),
    listed('Active', 'status', 'active'),
    age,
  ],
  'poddisruptionbudgets.policy': [
    name,
    orMissing('Min Available', 'spec', 'minAvailable'),
    orMissing('Max Unavailable', 'spec', 'maxUnavailable'),
    count('Allowed Disruptions', 'status', 'disruptionsAllowed'),
    age,
  ],
  'horizontalpodautoscalers.autoscaling': [
    name,
    column('Reference', (hpa) => {
      const target = objectAt(hpa, 'spec', 'scaleTargetRef');
      return `${shown(target?.['kind'])}/${shown(target?.['name'])}`;
    }),
    count('MinPods', 'spec', 'minReplicas'),
    count('MaxPods', 'spec', 'maxReplicas'),
    count('Replicas', 'status', 'currentReplicas'),
    age,
  ],
  'endpointslices.discovery.k8s.io': [
    name,
    text('AddressType', 'addressType'),
    column(
      'Ports',
      (slice) =>
        objectsAt(slice, 'ports')
          .map((port) => shown(port['port'], '*'))
          .join(',') || '<unset>',
    ),
    column('Endpoints', endpointsOf),
    age,
  ],
  'mutatingwebhookconfigurations.admissionregistration.k8s.io': webhookColumns,
  'validatingwebhookconfigurations.admissionregistration.k8s.io': webhookColumns,
  'customresourcedefinitions.apiextensions.k8s.io': [name, text('Created At', 'metadata', 'creationTimestamp')],
  'leases.coordination.k8s.io': [name, text('Holder', 'spec', 'holderIdentity'), age],
};

/** Columns of a built-in kind: those of kubectl for the common ones, name and age for the rest. */
export function builtInColumns(kind: Pick<KindInfo, 'group' | 'plural'>): readonly Column[] {
  return byKind[`${kind.plural}.${kind.group}`] ?? [name, age];
}

/** A custom kind's columns: its name, those that its definition declares, else its age. */
export function customColumns(declared: readonly Column[]): readonly Column[] {
  return declared.length > 0 ? [name, ...declared] : [name, age];
}
