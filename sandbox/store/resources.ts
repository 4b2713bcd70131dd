import type { ResourceType } from '../../src/kube/api.ts';

const type = (group: string, version: string, plural: string, kind: string, namespaced = true): ResourceType =>
  Object.freeze({ group, version, plural, kind, namespaced });

/** The built-in kinds that controllers work with, as the store's calls name them. */
export const resources = Object.freeze({
  namespaces: type('', 'v1', 'namespaces', 'Namespace', false),
  nodes: type('', 'v1', 'nodes', 'Node', false),
  pods: type('', 'v1', 'pods', 'Pod'),
  services: type('', 'v1', 'services', 'Service'),
  configMaps: type('', 'v1', 'configmaps', 'ConfigMap'),
  secrets: type('', 'v1', 'secrets', 'Secret'),
  serviceAccounts: type('', 'v1', 'serviceaccounts', 'ServiceAccount'),
  events: type('', 'v1', 'events', 'Event'),
  persistentVolumeClaims: type('', 'v1', 'persistentvolumeclaims', 'PersistentVolumeClaim'),
  deployments: type('apps', 'v1', 'deployments', 'Deployment'),
  replicaSets: type('apps', 'v1', 'replicasets', 'ReplicaSet'),
  statefulSets: type('apps', 'v1', 'statefulsets', 'StatefulSet'),
  daemonSets: type('apps', 'v1', 'daemonsets', 'DaemonSet'),
  controllerRevisions: type('apps', 'v1', 'controllerrevisions', 'ControllerRevision'),
  jobs: type('batch', 'v1', 'jobs', 'Job'),
  cronJobs: type('batch', 'v1', 'cronjobs', 'CronJob'),
  disruptionBudgets: type('policy', 'v1', 'poddisruptionbudgets', 'PodDisruptionBudget'),
  autoscalers: type('autoscaling', 'v2', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler'),
  endpointSlices: type('discovery.k8s.io', 'v1', 'endpointslices', 'EndpointSlice'),
  leases: type('coordination.k8s.io', 'v1', 'leases', 'Lease'),
  definitions: type('apiextensions.k8s.io', 'v1', 'customresourcedefinitions', 'CustomResourceDefinition', false),
  mutatingWebhooks: type(
    'admissionregistration.k8s.io',
    'v1',
    'mutatingwebhookconfigurations',
    'MutatingWebhookConfiguration',
    false,
  ),
  validatingWebhooks: type(
    'admissionregistration.k8s.io',
    'v1',
    'validatingwebhookconfigurations',
    'ValidatingWebhookConfiguration',
    false,
  ),
});
