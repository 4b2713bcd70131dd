import { NotFound } from '../../src/errors.ts';
import type { KubeObject, ObjectRef, ResourceType } from '../../src/kube/api.ts';
import type { Cluster } from '../cluster.ts';
import { customDefinitions } from '../store/custom-kinds.ts';
import { ApiFailure } from '../store/failure.ts';
import { objectAt } from '../store/json.ts';
import { resources } from '../store/resources.ts';
import type { Store } from '../store/store.ts';
import { install } from './install.ts';
import { settle, type Pass } from './settle.ts';
import type { NamespaceSpec, ObjectName, Scenario, Step } from './types.ts';
import { rolloutReplicaSet, workloadObjects } from './workload.ts';

/** The parts of a cluster that a scenario is loaded with. */
type Target = Pick<Cluster, 'store' | 'installer'>;

/**
 * Takes the steps of a scenario, one after the other, in a new cluster with its nodes and its Gateway API.
 * @param pass lets time pass between the steps
 * @throws Transient when workloads do not become ready, ApiFailure when the cluster refuses an object
 */
export async function loadScenario(target: Target, scenario: Scenario, pass: Pass): Promise<void> {
  for (const step of scenario.steps) await take(target, step, pass);
}

async function take({ store, installer }: Target, step: Step, pass: Pass): Promise<void> {
  switch (step.do) {
    case 'install':
      return step.install.forEach((one) => install(installer, one));
    case 'deploy':
      return step.namespaces.forEach((namespace) => deploy(store, namespace));
    case 'create':
      return step.objects.forEach((object) => void create(store, object));
    case 'run':
      return runJob(store, step);
    case 'patch':
      return change(store, step);
    case 'delete':
      return step.objects.forEach((object) => void store.delete(refOf(store, object)));
    case 'settle':
      return settle(store, pass);
  }
}

function deploy(store: Store, { name, labels = {}, workloads = [] }: NamespaceSpec): void {
  ensure(store, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { ...labels } } });
  for (const workload of workloads) {
    const isRollout = workload.kind === 'Rollout';
    if (isRollout) customDefinitions('argoproj.io').forEach((definition) => ensure(store, definition));
    const [own, ...others] = [...workloadObjects(name, workload)].reverse();
    // Workloads with the same label app share a Service.
    for (const object of others) ensure(store, object);
    const last = own && create(store, own);
    if (isRollout && last) create(store, rolloutReplicaSet(last, workload));
  }
}

function change(store: Store, { object, patch, by }: Extract<Step, { do: 'patch' }>): void {
  const how = Array.isArray(patch) ? 'json' : 'merge';
  store.patch(refOf(store, object), how, patch, by === undefined ? {} : { fieldManager: by });
}

/** As `kubectl create job --from=cronjob/NAME` does. */
function runJob(store: Store, { namespace, cronJob, job }: Extract<Step, { do: 'run' }>): void {
  const owner = store.get({ resource: resources.cronJobs, namespace, name: cronJob });
  const reference = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    name: cronJob,
    uid: owner.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
  create(store, {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: job,
      namespace,
      annotations: { 'cronjob.kubernetes.io/instantiate': 'manual' },
      ownerReferences: [reference],
    },
    spec: objectAt(owner, 'spec', 'jobTemplate', 'spec') ?? {},
  });
}

function create(store: Store, object: KubeObject): KubeObject {
  return store.create(resourceOf(store, object), object);
}

/** Creates what may be there already. */
function ensure(store: Store, object: KubeObject): void {
  try {
    create(store, object);
  } catch (error) {
    if (!(error instanceof ApiFailure) || error.reason !== 'AlreadyExists') throw error;
  }
}

function refOf(store: Store, object: ObjectName): ObjectRef {
  const { name, namespace } = object;
  return { resource: resourceOf(store, object), name, ...(namespace !== undefined && { namespace }) };
}

/** The kind of an object as the cluster serves it. @throws NotFound when it does not */
function resourceOf(store: Store, object: { readonly apiVersion?: string; readonly kind?: string }): ResourceType {
  const { apiVersion = '', kind = '' } = object;
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  for (const known of store.kinds()) {
    if (known.group !== group || known.kind !== kind || !known.versions.includes(version)) continue;
    return { group, version, plural: known.plural, kind, namespaced: known.namespaced };
  }
  throw new NotFound(`the cluster does not serve ${kind} of ${apiVersion}.`, {
    object: `${kind} of ${apiVersion}`,
    remedy: 'Create its CustomResourceDefinition in an earlier step.',
  });
}
