/** Facts of a large mesh, made of Kubernetes objects by the projections of the inventory: as a read of a cluster leaves them. */
import { assemble, createFactLists } from '../../src/inventory/fact-lists.ts';
import type { KubeObject } from '../../src/kube/api.ts';
import type { Facts } from '../../src/mesh/facts.ts';

/** How large. */
export interface MeshSize {
  readonly workloads: number;
  readonly pods: number;
  readonly workloadsANamespace: number;
}

type Lists = ReturnType<typeof createFactLists>;
type Kind = Parameters<Lists['add']>[0];
/** An object without its kind, which a list says. */
type Shape = Pick<KubeObject, 'metadata'> & Readonly<Record<string, unknown>>;

const system = 'istio-system';
const old = '1-29-6';

/** The facts: half of the namespaces use tag prod, the others name the revision; every workload has Service, budget and rules. */
export function largeMesh(size: MeshSize): Facts {
  const lists = createFactLists();
  const add = (kind: Kind, objectKind: string, object: Shape): void =>
    lists.add(kind, { kind: objectKind, ...object }, objectKind);
  controlPlane(add);
  for (let node = 0; node < size.pods / 100; node += 1) add('nodes', 'Node', nodeObject(node));
  for (let index = 0; index < size.workloads; index += 1) {
    const namespace = `ns-${String(Math.floor(index / size.workloadsANamespace))}`;
    if (index % size.workloadsANamespace === 0) add('namespaces', 'Namespace', namespaceObject(namespace, index));
    workloadObjects(add, namespace, index, size.pods / size.workloads);
  }
  for (const kind of allKinds(lists)) lists.finish(kind, null);
  const none = { items: [], unread: null };
  return assemble(
    lists.lists(() => 'not read'),
    {
      source: { type: 'cluster', context: 'bench', server: 'https://127.0.0.1' },
      ...{ kubernetesVersion: 'v1.34.4', istiods: none },
    },
  );
}

function allKinds(lists: Lists): readonly Kind[] {
  return Object.keys(lists.lists(() => '')) as Kind[];
}

type Add = (kind: Kind, objectKind: string, object: Shape) => void;

const app = (index: number): string => `app-${String(index)}`;

function namespaceObject(name: string, index: number): Shape {
  return {
    metadata: { name, labels: { 'istio.io/rev': index % 2 === 0 ? 'prod' : old } },
    status: { phase: 'Active' },
  };
}

function nodeObject(index: number): Shape {
  const zone = { 'topology.kubernetes.io/zone': `zone-${String(index % 3)}` };
  return {
    metadata: { name: `node-${String(index)}`, labels: zone },
    status: {
      conditions: [{ type: 'Ready', status: 'True' }],
      allocatable: { cpu: '32', memory: '128Gi', pods: '250' },
      nodeInfo: { kubeletVersion: 'v1.34.4' },
    },
  };
}

function workloadObjects(add: Add, namespace: string, index: number, pods: number): void {
  const name = app(index);
  const labels = { app: name };
  const meta = { name, namespace };
  const spec = {
    serviceAccountName: name,
    containers: [
      {
        name: 'app',
        image: `registry/${name}:1`,
        readinessProbe: { httpGet: { path: '/', port: 8080 } },
        resources: { requests: { cpu: '100m', memory: '128Mi' } },
        ports: [{ containerPort: 8080, name: 'http' }],
      },
    ],
  };
  add('deployments', 'Deployment', {
    metadata: { ...meta, generation: 1, labels },
    spec: {
      replicas: pods,
      selector: { matchLabels: labels },
      strategy: { type: 'RollingUpdate' },
      template: { metadata: { labels }, spec },
    },
    status: {
      replicas: pods,
      readyReplicas: pods,
      updatedReplicas: pods,
      availableReplicas: pods,
      observedGeneration: 1,
    },
  });
  const owner = (kind: string, of: string) => [{ apiVersion: 'apps/v1', kind, name: of, uid: of, controller: true }];
  add('replicaSets', 'ReplicaSet', {
    metadata: { ...meta, name: `${name}-1`, ownerReferences: owner('Deployment', name) },
  });
  add('services', 'Service', {
    metadata: meta,
    spec: { selector: labels, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
  });
  add('budgets', 'PodDisruptionBudget', {
    metadata: meta,
    spec: { minAvailable: 1, selector: { matchLabels: labels } },
    status: { disruptionsAllowed: pods - 1, currentHealthy: pods, desiredHealthy: 1, expectedPods: pods },
  });
  rules(add, meta);
  for (let pod = 0; pod < pods; pod += 1) {
    add(
      'pods',
      'Pod',
      podObject({
        namespace,
        name: `${name}-1-${String(pod)}`,
        index,
        pod,
        owner: owner('ReplicaSet', `${name}-1`),
        spec,
      }),
    );
  }
}

function rules(add: Add, meta: { readonly name: string; readonly namespace: string }): void {
  const host = `${meta.name}.${meta.namespace}.svc.cluster.local`;
  add('virtualServices', 'VirtualService', {
    metadata: meta,
    spec: { hosts: [host], http: [{ route: [{ destination: { host } }] }] },
  });
  add('destinationRules', 'DestinationRule', {
    metadata: meta,
    spec: { host, trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } } },
  });
}

interface PodPlace {
  readonly namespace: string;
  readonly name: string;
  readonly index: number;
  readonly pod: number;
  readonly owner: KubeObject['metadata']['ownerReferences'];
  readonly spec: Readonly<Record<string, unknown>>;
}

function podObject({ namespace, name, index, pod, owner, spec }: PodPlace): Shape {
  const proxy = {
    name: 'istio-proxy',
    image: 'istio/proxyv2:1.29.6',
    restartPolicy: 'Always',
    args: ['proxy', 'sidecar'],
    env: [{ name: 'CA_ADDR', value: `istiod-${old}.${system}.svc:15012` }],
  };
  return {
    metadata: {
      ...{ name, namespace, uid: `${name}-uid`, labels: { app: app(index), 'pod-template-hash': '1' } },
      annotations: { 'istio.io/rev': old },
      ...(owner === undefined ? {} : { ownerReferences: owner }),
    },
    spec: { ...spec, nodeName: `node-${String((index * 7 + pod) % 200)}`, initContainers: [proxy] },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [{ restartCount: 0 }],
    },
  };
}

function controlPlane(add: Add): void {
  const name = `istiod-${old}`;
  const labels = { app: 'istiod', 'istio.io/rev': old };
  const meta = { name, namespace: system, labels };
  const container = {
    name: 'discovery',
    image: 'istio/pilot:1.29.6',
    args: ['discovery'],
    env: [{ name: 'REVISION', value: old }],
  };
  add('namespaces', 'Namespace', { metadata: { name: system, labels: {} } });
  add('deployments', 'Deployment', {
    metadata: { ...meta, generation: 1 },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
    status: { readyReplicas: 2, updatedReplicas: 2, availableReplicas: 2, observedGeneration: 1 },
  });
  add('pods', 'Pod', {
    metadata: { ...meta, name: `${name}-0` },
    spec: { containers: [container] },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  });
  add('services', 'Service', { metadata: meta, spec: { selector: labels, ports: [{ port: 443 }] } });
  add('endpointSlices', 'EndpointSlice', {
    metadata: { name: `${name}-x`, namespace: system, labels: { 'kubernetes.io/service-name': name } },
    endpoints: [{ conditions: { ready: true }, targetRef: { kind: 'Pod', name: `${name}-0` } }],
  });
  for (const tag of [null, 'prod']) add('mutatingWebhooks', 'MutatingWebhookConfiguration', injector(name, tag));
}

function injector(service: string, tag: string | null): Shape {
  const value = tag ?? old;
  const webhook = (prefix: string, namespaceSelector: unknown, objectSelector: unknown) => ({
    name: `${prefix}.sidecar-injector.istio.io`,
    clientConfig: { service: { namespace: system, name: service, path: '/inject', port: 443 }, caBundle: 'eA==' },
    failurePolicy: 'Fail',
    ...{ namespaceSelector, objectSelector },
    rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
  });
  const one = (key: string, operator: string, ...values: string[]) => ({ key, operator, values });
  const notRefused = one('sidecar.istio.io/inject', 'NotIn', 'false');
  const unlabelled = one('istio-injection', 'DoesNotExist');
  return {
    metadata: {
      name: tag === null ? `istio-sidecar-injector-${old}` : `istio-revision-tag-${tag}`,
      labels: { 'istio.io/rev': old, ...(tag === null ? {} : { 'istio.io/tag': tag }) },
    },
    webhooks: [
      webhook(
        'rev.namespace',
        { matchExpressions: [one('istio.io/rev', 'In', value), unlabelled] },
        { matchExpressions: [notRefused] },
      ),
      webhook(
        'rev.object',
        { matchExpressions: [one('istio.io/rev', 'DoesNotExist'), unlabelled] },
        { matchExpressions: [notRefused, one('istio.io/rev', 'In', value)] },
      ),
    ],
  };
}
