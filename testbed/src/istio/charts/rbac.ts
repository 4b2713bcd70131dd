import type { KubeObject } from '../../../../src/kube/api.ts';

const rbac = 'rbac.authorization.k8s.io/v1';
const read = ['get', 'list', 'watch'];

/** What the stand-in istiod may do; less than Istio's own, under the names that Istio's has. */
export function istiodRoles(account: string, namespace: string): KubeObject[] {
  const name = `${account.replace(/^istiod/, 'istiod-clusterrole')}-${namespace}`;
  const rules = [
    { apiGroups: [''], resources: ['namespaces', 'pods', 'services'], verbs: read },
    { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: read },
    { apiGroups: [''], resources: ['configmaps'], verbs: [...read, 'create', 'patch'] },
    { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'create'] },
    { apiGroups: ['networking.istio.io'], resources: ['*'], verbs: read },
    {
      apiGroups: ['admissionregistration.k8s.io'],
      resources: ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
      verbs: [...read, 'patch'],
    },
  ];
  return [
    { apiVersion: rbac, kind: 'ClusterRole', metadata: { name }, rules },
    {
      apiVersion: rbac,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name: account, namespace }],
    },
  ];
}
