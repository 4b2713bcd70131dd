/** A kind that the synthetic cluster serves. */
export interface ServedKind {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

const table = `
v1 namespaces Namespace cluster
v1 nodes Node cluster
v1 pods Pod
v1 services Service
v1 configmaps ConfigMap
v1 secrets Secret
v1 serviceaccounts ServiceAccount
v1 events Event
apps/v1 deployments Deployment
apps/v1 replicasets ReplicaSet
apps/v1 statefulsets StatefulSet
apps/v1 daemonsets DaemonSet
batch/v1 jobs Job
batch/v1 cronjobs CronJob
discovery.k8s.io/v1 endpointslices EndpointSlice
policy/v1 poddisruptionbudgets PodDisruptionBudget
autoscaling/v2 horizontalpodautoscalers HorizontalPodAutoscaler
coordination.k8s.io/v1 leases Lease
admissionregistration.k8s.io/v1 mutatingwebhookconfigurations MutatingWebhookConfiguration cluster
admissionregistration.k8s.io/v1 validatingwebhookconfigurations ValidatingWebhookConfiguration cluster
apiextensions.k8s.io/v1 customresourcedefinitions CustomResourceDefinition cluster
networking.istio.io/v1 gateways Gateway
networking.istio.io/v1 virtualservices VirtualService
networking.istio.io/v1 destinationrules DestinationRule
security.istio.io/v1 peerauthentications PeerAuthentication
`;

function kindOf(line: string): ServedKind {
  const [api = '', plural = '', kind = '', scope] = line.split(' ');
  const [group, version] = api.includes('/') ? api.split('/') : ['', api];
  return { group: group ?? '', version: version ?? '', plural, kind, namespaced: scope !== 'cluster' };
}

/** Every kind, the core group first. */
export const servedKinds: readonly ServedKind[] = table.trim().split('\n').map(kindOf);

/** Key of a kind: 'group/version/plural', the group '' for the core. */
export function kindKey(kind: Pick<ServedKind, 'group' | 'version' | 'plural'>): string {
  return `${kind.group}/${kind.version}/${kind.plural}`;
}
