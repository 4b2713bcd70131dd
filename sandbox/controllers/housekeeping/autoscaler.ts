import type { KubeObject, ObjectRef } from '../../../src/kube/api.ts';
import type { WorkQueue } from '../../clock/work-queue.ts';
import { numberAt, objectAt, objectsAt, textAt } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import { controllerQueue, writeStatus, type Cluster } from '../base/cluster.ts';
import { withCondition, type ConditionNote } from '../base/conditions.ts';

/** Upstream's period of looking at metrics, milliseconds. */
const periodMs = 15_000;

/**
 * Annotation of a HorizontalPodAutoscaler: the number of replicas that its metrics are to ask for. Without it there is
 * no metrics server, and only the bounds are kept.
 */
const wantedAnnotation = 'sandbox.meshlift.dev/desired-replicas';

const targets = {
  Deployment: resources.deployments,
  ReplicaSet: resources.replicaSets,
  StatefulSet: resources.statefulSets,
};

/** Scales what HorizontalPodAutoscalers point to, within their bounds. */
export function autoscaling(cluster: Cluster): void {
  const { autoscalers } = cluster.informers;
  const queue = controllerQueue(cluster, (key) => sync(cluster, queue, key));
  autoscalers.onChange(({ key }) => queue.add(key));
}

function sync(cluster: Cluster, queue: WorkQueue, key: string): void {
  const scaler = cluster.informers.autoscalers.get(key);
  if (!scaler) return;
  queue.addAfter(key, periodMs);
  const target = targetOf(cluster, scaler);
  if (!target) return tellMissing(cluster, scaler);
  const current = numberAt(target.object, 'spec', 'replicas') ?? 1;
  // A target of 0 replicas is switched off by hand.
  const wanted = current === 0 ? 0 : wantedReplicas(scaler, current);
  if (wanted !== current)
    cluster.store.patch(target.ref, 'merge', { spec: { replicas: wanted } }, { subresource: 'scale' });
  tell(cluster, scaler, { current, wanted, lastScale: wanted !== current });
}

function targetOf(
  cluster: Cluster,
  scaler: KubeObject,
): { readonly ref: ObjectRef; readonly object: KubeObject } | undefined {
  const kind = textAt(scaler, 'spec', 'scaleTargetRef', 'kind') ?? '';
  const name = textAt(scaler, 'spec', 'scaleTargetRef', 'name') ?? '';
  const resource = Object.entries(targets).find(([known]) => known === kind)?.[1];
  if (!resource) return undefined;
  const namespace = scaler.metadata.namespace ?? '';
  const { deployments, replicaSets, statefulSets } = cluster.informers;
  const informer = { Deployment: deployments, ReplicaSet: replicaSets, StatefulSet: statefulSets }[
    kind as keyof typeof targets
  ];
  const object = informer.get(`${namespace}/${name}`);
  return object && { ref: { resource, namespace, name }, object };
}

function wantedReplicas(scaler: KubeObject, current: number): number {
  const least = numberAt(scaler, 'spec', 'minReplicas') ?? 1;
  const most = numberAt(scaler, 'spec', 'maxReplicas') ?? current;
  const fixed = Number(scaler.metadata.annotations?.[wantedAnnotation]);
  return Math.max(least, Math.min(most, Number.isInteger(fixed) ? fixed : current));
}

interface Scaling {
  readonly current: number;
  readonly wanted: number;
  readonly lastScale: boolean;
}

function tell(cluster: Cluster, scaler: KubeObject, { current, wanted, lastScale }: Scaling): void {
  const measured = scaler.metadata.annotations?.[wantedAnnotation] !== undefined;
  const able = note(
    'AbleToScale',
    'True',
    'SucceededGetScale',
    "the HPA controller was able to get the target's current scale",
  );
  const active = measured
    ? note('ScalingActive', 'True', 'ValidMetricFound', 'the HPA was able to successfully calculate a replica count')
    : note('ScalingActive', 'False', 'FailedGetResourceMetric', noMetrics);
  const status = {
    ...objectAt(scaler, 'status'),
    ...(lastScale && { lastScaleTime: cluster.store.now() }),
    currentReplicas: current,
    desiredReplicas: wanted,
    conditions: conditionsWith(cluster, scaler, [able, active]),
  };
  writeStatus(cluster, resources.autoscalers, scaler, status);
}

const noMetrics =
  'the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for resource cpu: ' +
  'unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)';

function tellMissing(cluster: Cluster, scaler: KubeObject): void {
  const name = textAt(scaler, 'spec', 'scaleTargetRef', 'name') ?? '';
  const message = `the HPA controller was unable to get the target's current scale: ${name} not found`;
  const conditions = conditionsWith(cluster, scaler, [note('AbleToScale', 'False', 'FailedGetScale', message)]);
  const status = { currentReplicas: 0, desiredReplicas: 0, ...objectAt(scaler, 'status'), conditions };
  writeStatus(cluster, resources.autoscalers, scaler, status);
}

function note(type: string, status: 'True' | 'False', reason: string, message: string): ConditionNote {
  return { type, status, reason, message };
}

function conditionsWith(cluster: Cluster, scaler: KubeObject, notes: readonly ConditionNote[]) {
  const present = objectsAt(scaler, 'status', 'conditions');
  return notes.reduce((conditions, one) => withCondition(conditions, one, cluster.store.now()), present);
}
