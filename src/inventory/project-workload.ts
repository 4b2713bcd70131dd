/** Workloads: the six kinds in one shape. */
import type { KubeObject } from '../kube/api.ts';
import type { TroubleFact, WorkloadFact, WorkloadKind } from '../mesh/facts.ts';
import { count, isRecord, list, record, records, text, type Json } from './json.ts';
import { managers, replicasManager } from './managers.ts';
import { meta, spec, status, type Projection } from './project-meta.ts';
import { envValue, template } from './project-pod.ts';

type Numbers = Pick<WorkloadFact, 'replicas' | 'readyReplicas' | 'updatedReplicas' | 'availableReplicas'>;

const numbersOf: Readonly<Record<WorkloadKind, (spec: Json, status: Json) => Numbers>> = {
  Deployment: scaled,
  StatefulSet: scaled,
  Rollout: scaled,
  DaemonSet: (_spec, state) => ({
    replicas: count(state['desiredNumberScheduled']),
    readyReplicas: count(state['numberReady']),
    updatedReplicas: numberOrNull(state['updatedNumberScheduled']),
    availableReplicas: count(state['numberAvailable']),
  }),
  Job: (wanted, state) => ({
    replicas: count(wanted['parallelism'], 1),
    readyReplicas: count(state['ready']),
    updatedReplicas: null,
    availableReplicas: count(state['ready']),
  }),
  // A CronJob wants nothing between its runs: what counts is the Jobs that run now.
  CronJob: (_spec, state) => ({
    replicas: list(state['active']).length,
    readyReplicas: 0,
    updatedReplicas: null,
    availableReplicas: 0,
  }),
};

function scaled(wanted: Json, state: Json): Numbers {
  return {
    replicas: count(wanted['replicas'], 1),
    readyReplicas: count(state['readyReplicas']),
    updatedReplicas: numberOrNull(state['updatedReplicas']),
    availableReplicas: count(state['availableReplicas']),
  };
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

/** A projection for one kind of workload. A Rollout that takes its template from a Deployment (workloadRef) has an empty one. */
export function workload(kind: WorkloadKind): (object: KubeObject, projection: Projection) => WorkloadFact {
  return (object, projection) => {
    const wanted = spec(object);
    const state = status(object);
    const pods = kind === 'CronJob' ? record(record(wanted['jobTemplate'])['spec']) : wanted;
    return {
      kind,
      meta: meta(object, projection),
      uid: text(object.metadata.uid),
      generation: count(object.metadata.generation),
      ...numbersOf[kind](wanted, state),
      observed: observed(object, state, kind),
      paused: wanted['paused'] === true || wanted['suspend'] === true,
      ...strategy(wanted),
      selector: projection.intern.map(record(wanted['selector'])['matchLabels']),
      template: template(pods['template'], projection.intern),
      istiodRevision: istiodRevision(record(record(pods['template'])['spec'])),
      minReadySeconds: count(wanted['minReadySeconds']),
      progressDeadlineSeconds: count(wanted['progressDeadlineSeconds'], defaultDeadline(kind)),
      podManagement: kind === 'StatefulSet' ? text(wanted['podManagementPolicy']) || 'OrderedReady' : '',
      troubles: troubles(state),
      managers: managers(object, projection.intern),
      replicasManager: projection.intern.text(replicasManager(object)),
    };
  };
}

function defaultDeadline(kind: WorkloadKind): number {
  return kind === 'Deployment' || kind === 'Rollout' ? 600 : 0;
}

const bad: Readonly<Record<string, string>> = {
  ReplicaFailure: 'True',
  Progressing: 'False',
  Available: 'False',
  Degraded: 'True',
};

function troubles(state: Json): readonly TroubleFact[] {
  return records(state['conditions'])
    .filter((entry) => entry['status'] === bad[text(entry['type'])])
    .map((entry) => ({ type: text(entry['type']), reason: text(entry['reason']) }));
}

// Jobs and CronJobs have no observedGeneration. Argo Rollouts writes it as a string.
function observed(object: KubeObject, state: Json, kind: WorkloadKind): boolean {
  if (kind === 'Job' || kind === 'CronJob') return true;
  return Number(text(state['observedGeneration'])) >= count(object.metadata.generation);
}

function strategy(wanted: Json): Pick<WorkloadFact, 'strategy' | 'maxSurge' | 'maxUnavailable' | 'partition'> {
  const chosen = record(wanted['strategy'] ?? wanted['updateStrategy']);
  const rolling = isRecord(chosen['rollingUpdate']) ? chosen['rollingUpdate'] : record(chosen['canary']);
  return {
    strategy: text(chosen['type']),
    maxSurge: text(rolling['maxSurge']),
    maxUnavailable: text(rolling['maxUnavailable']),
    partition: count(rolling['partition']),
  };
}

function istiodRevision(podSpec: Json): string {
  const container = records(podSpec['containers']).find((entry) => entry['name'] === 'discovery');
  return container === undefined ? '' : envValue(container, 'REVISION');
}
