import type { KubeObject } from '../../src/kube/api.ts';
import * as defaults from './defaults.ts';
import { at, objectAt } from './json.ts';
import { schemaOf } from './schema.ts';
import {
  immutableKept,
  jobKept,
  podStrategy,
  prepareJob,
  selectorKept,
  selectorRules,
  serviceStrategy,
  statefulSetKept,
} from './strategies.ts';
import type { KindInfo, KindStrategy } from './types.ts';

/** What a row of the table says; the rest follows from it. */
interface Row {
  readonly kind: string;
  readonly plural?: string;
  readonly versions?: readonly string[];
  readonly short?: readonly string[];
  readonly categories?: readonly string[];
  readonly scope?: 'Cluster';
  readonly sub?: KindInfo['subresources'];
  readonly generation?: KindInfo['generation'];
  /** An update must name the version that it changes. */
  readonly strict?: true;
  readonly keepsStatus?: true;
  /** Field labels: paths, or label=path where they differ. */
  readonly select?: readonly string[];
  readonly strategy?: KindStrategy;
}

function build(group: string, row: Row): KindInfo {
  const versions = row.versions ?? ['v1'];
  const plural = row.plural ?? `${row.kind.toLowerCase()}s`;
  return {
    group,
    versions,
    storage: versions[0] ?? 'v1',
    kind: row.kind,
    plural,
    singular: row.kind.toLowerCase(),
    shortNames: row.short ?? [],
    categories: row.categories ?? [],
    namespaced: row.scope !== 'Cluster',
    subresources: row.sub ?? [],
    custom: false,
    generation: row.generation ?? 'none',
    unconditionalUpdate: !row.strict,
    keepsStatusOnCreate: row.keepsStatus === true,
    fieldLabels: Object.fromEntries((row.select ?? []).map((label) => [label, fieldReader(label)])),
    schema: schemaOf(group, plural),
    strategy: row.strategy ?? {},
  };
}

/** Reads a field by its label, as text; missing is ''. */
export function fieldReader(label: string): (object: KubeObject) => string {
  const path = (aliases[label] ?? label).split('.');
  return (object) => {
    const value = at(object, ...path);
    return value === undefined || value === null ? '' : String(value as string | number | boolean);
  };
}

/** Field labels that are not the path of their field. */
const aliases: Readonly<Record<string, string>> = { source: 'source.component' };

const all = ['all'];
const workload: KindStrategy = { validate: selectorRules, validateUpdate: selectorKept };

const core: readonly Row[] = [
  {
    kind: 'Namespace',
    short: ['ns'],
    scope: 'Cluster',
    sub: ['status', 'finalize'],
    select: ['status.phase'],
    strategy: {
      defaults: defaults.defaultNamespace,
      prepareCreate: (draft) => {
        draft['spec'] = { finalizers: ['kubernetes'] };
        draft['status'] = { phase: 'Active' };
      },
      prepareUpdate: (draft, old) => {
        draft['spec'] = { ...objectAt(draft, 'spec'), finalizers: at(old, 'spec', 'finalizers') ?? [] };
      },
    },
  },
  { kind: 'Node', short: ['no'], scope: 'Cluster', sub: ['status'], keepsStatus: true, select: ['spec.unschedulable'] },
  {
    kind: 'Pod',
    short: ['po'],
    categories: all,
    sub: ['status', 'eviction', 'binding'],
    generation: 'spec',
    select: [
      'spec.nodeName',
      'spec.restartPolicy',
      'spec.schedulerName',
      'spec.serviceAccountName',
      'spec.hostNetwork',
      'status.phase',
      'status.podIP',
      'status.nominatedNodeName',
    ],
    strategy: podStrategy,
  },
  {
    kind: 'Service',
    short: ['svc'],
    categories: all,
    sub: ['status'],
    select: ['spec.clusterIP', 'spec.type'],
    strategy: serviceStrategy,
  },
  { kind: 'ConfigMap', short: ['cm'], strategy: { validateUpdate: immutableKept } },
  {
    kind: 'Secret',
    select: ['type'],
    strategy: { defaults: defaults.defaultSecret, validateUpdate: immutableKept },
  },
  { kind: 'ServiceAccount', short: ['sa'] },
  {
    kind: 'Event',
    short: ['ev'],
    select: [
      'involvedObject.kind',
      'involvedObject.namespace',
      'involvedObject.name',
      'involvedObject.uid',
      'involvedObject.apiVersion',
      'involvedObject.resourceVersion',
      'involvedObject.fieldPath',
      'reason',
      'reportingComponent',
      'source',
      'type',
    ],
  },
  { kind: 'PersistentVolumeClaim', short: ['pvc'], sub: ['status'] },
  // Quotas, limits and network policies are kept for those who read them; nothing enforces them.
  { kind: 'ResourceQuota', short: ['quota'], sub: ['status'] },
  { kind: 'LimitRange', short: ['limits'] },
];

const apps: readonly Row[] = [
  {
    kind: 'Deployment',
    short: ['deploy'],
    categories: all,
    sub: ['status', 'scale'],
    generation: 'spec and annotations',
    strategy: { ...workload, shallow: true, defaults: defaults.defaultDeployment },
  },
  {
    kind: 'ReplicaSet',
    short: ['rs'],
    categories: all,
    sub: ['status', 'scale'],
    generation: 'spec',
    select: ['status.replicas'],
    strategy: { ...workload, shallow: true, defaults: defaults.defaultReplicaSet },
  },
  {
    kind: 'StatefulSet',
    short: ['sts'],
    categories: all,
    sub: ['status', 'scale'],
    generation: 'spec',
    strategy: { validate: selectorRules, validateUpdate: statefulSetKept, defaults: defaults.defaultStatefulSet },
  },
  {
    kind: 'DaemonSet',
    short: ['ds'],
    categories: all,
    sub: ['status'],
    generation: 'spec',
    strategy: { ...workload, defaults: defaults.defaultDaemonSet },
  },
  { kind: 'ControllerRevision' },
];

const batch: readonly Row[] = [
  {
    kind: 'Job',
    categories: all,
    sub: ['status'],
    generation: 'spec',
    select: ['status.successful'],
    strategy: {
      defaults: defaults.defaultJob,
      prepareCreate: prepareJob,
      validate: selectorRules,
      validateUpdate: jobKept,
    },
  },
  {
    kind: 'CronJob',
    short: ['cj'],
    categories: all,
    sub: ['status'],
    generation: 'spec',
    strategy: { defaults: defaults.defaultCronJob },
  },
];

const webhookRow = (kind: string, strategy: KindStrategy): Row => ({
  kind,
  scope: 'Cluster',
  generation: 'spec',
  strict: true,
  strategy,
});

const admission: readonly Row[] = [
  webhookRow('MutatingWebhookConfiguration', { defaults: defaults.defaultMutatingWebhooks }),
  webhookRow('ValidatingWebhookConfiguration', { defaults: defaults.defaultValidatingWebhooks }),
  { ...webhookRow('ValidatingAdmissionPolicy', {}), plural: 'validatingadmissionpolicies', sub: ['status'] },
  webhookRow('ValidatingAdmissionPolicyBinding', {}),
];

/** The kinds that every cluster serves, by group. Custom resources are served once their definition is stored. */
const table: Readonly<Record<string, readonly Row[]>> = {
  '': core,
  apps,
  batch,
  policy: [{ kind: 'PodDisruptionBudget', short: ['pdb'], sub: ['status'], generation: 'spec', strict: true }],
  autoscaling: [
    {
      kind: 'HorizontalPodAutoscaler',
      versions: ['v2'],
      short: ['hpa'],
      categories: all,
      sub: ['status'],
      strategy: { defaults: defaults.defaultAutoscaler },
    },
  ],
  'discovery.k8s.io': [
    { kind: 'EndpointSlice', generation: 'spec', strategy: { defaults: defaults.defaultEndpointSlice } },
  ],
  'networking.k8s.io': [{ kind: 'NetworkPolicy', plural: 'networkpolicies', short: ['netpol'], generation: 'spec' }],
  'admissionregistration.k8s.io': admission,
  'apiextensions.k8s.io': [
    {
      kind: 'CustomResourceDefinition',
      short: ['crd', 'crds'],
      categories: ['api-extensions'],
      scope: 'Cluster',
      sub: ['status'],
      generation: 'spec',
      strict: true,
      strategy: { defaults: defaults.defaultDefinition, prepareCreate: establish },
    },
  ],
  'coordination.k8s.io': [{ kind: 'Lease', strict: true }],
  'rbac.authorization.k8s.io': [
    { kind: 'Role' },
    { kind: 'RoleBinding' },
    { kind: 'ClusterRole', scope: 'Cluster' },
    { kind: 'ClusterRoleBinding', scope: 'Cluster' },
  ],
  'storage.k8s.io': [{ kind: 'StorageClass', plural: 'storageclasses', short: ['sc'], scope: 'Cluster' }],
  'scheduling.k8s.io': [
    { kind: 'PriorityClass', plural: 'priorityclasses', short: ['pc'], scope: 'Cluster', generation: 'spec' },
  ],
};

/** A definition is served from the moment that it is stored; a real server takes a second or so to establish it. */
function establish(draft: KubeObject, context: { readonly now: string }): void {
  const versions = (objectAt(draft, 'spec')?.['versions'] ?? []) as readonly unknown[];
  const stored = versions.filter((version) => at(version, 'storage') === true).map((version) => at(version, 'name'));
  const condition = (type: string, reason: string, message: string) => ({
    type,
    status: 'True',
    lastTransitionTime: context.now,
    reason,
    message,
  });
  draft['status'] = {
    acceptedNames: at(draft, 'spec', 'names'),
    conditions: [
      condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
      condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
    ],
    storedVersions: stored,
  };
}

/** The built-in kinds. */
export function builtInKinds(): readonly KindInfo[] {
  return Object.entries(table).flatMap(([group, rows]) => rows.map((row) => build(group, row)));
}
