import type { KubeApi, KubeObject, ResourceType } from '../../src/kube/api.ts';
import { images } from './images.ts';
import { network } from './layout.ts';
import { until } from './run.ts';

const type = (group: string, plural: string, kind: string, namespaced = true): ResourceType => ({
  group,
  version: 'v1',
  plural,
  kind,
  namespaced,
});

const namespace = 'kube-system';
const labels = { 'k8s-app': 'kube-dns' };
const metadata = { name: 'kube-dns', namespace, labels };
const rbac = 'rbac.authorization.k8s.io';

const container = {
  name: 'dns',
  image: images.dns,
  imagePullPolicy: 'Never',
  ports: [
    { name: 'dns', containerPort: 53, protocol: 'UDP' },
    { name: 'dns-tcp', containerPort: 53, protocol: 'TCP' },
  ],
  readinessProbe: { httpGet: { path: '/readyz', port: 8181 }, periodSeconds: 1 },
};

/** DNS of the cluster: a Deployment of programs/dns behind the Service with the address that kubelet tells the pods. */
const objects: readonly (readonly [ResourceType, KubeObject])[] = [
  [type('', 'serviceaccounts', 'ServiceAccount'), { metadata }],
  [
    type(rbac, 'clusterroles', 'ClusterRole', false),
    {
      metadata: { name: 'testbed:dns' },
      rules: [
        { apiGroups: [''], resources: ['services'], verbs: ['list', 'watch'] },
        { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
      ],
    },
  ],
  [
    type(rbac, 'clusterrolebindings', 'ClusterRoleBinding', false),
    {
      metadata: { name: 'testbed:dns' },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'testbed:dns' },
      subjects: [{ kind: 'ServiceAccount', name: 'kube-dns', namespace }],
    },
  ],
  [
    type('', 'services', 'Service'),
    {
      metadata,
      spec: {
        clusterIP: network.dns,
        selector: labels,
        ports: [
          { name: 'dns', port: 53, protocol: 'UDP' },
          { name: 'dns-tcp', port: 53, protocol: 'TCP' },
        ],
      },
    },
  ],
  [
    type('apps', 'deployments', 'Deployment'),
    {
      metadata,
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { serviceAccountName: 'kube-dns', dnsPolicy: 'Default', containers: [container] },
        },
      },
    },
  ],
];

/** Makes the objects of the cluster's DNS. */
export async function installDns(api: KubeApi): Promise<void> {
  for (const [resource, object] of objects) await api.create(resource, object);
}

/** Waits until DNS answers. */
export async function dnsReady(api: KubeApi): Promise<void> {
  const resource = type('apps', 'deployments', 'Deployment');
  await until('DNS is ready', 90_000, async () => {
    const deployment = await api.get({ resource, namespace, name: 'kube-dns' });
    return (deployment['status'] as { readyReplicas?: number } | undefined)?.readyReplicas === 1;
  });
}
