import type { ObjectRef, ResourceType } from '../../kube/api.ts';
import { resources } from '../../kube/resources.ts';
import type { RenewableKind, RenewWorkload } from '../spec.ts';

const kinds: Readonly<Record<RenewableKind, ResourceType>> = {
  Deployment: resources.deployments,
  StatefulSet: resources.statefulSets,
  DaemonSet: resources.daemonSets,
  Rollout: resources.rollouts,
  ReplicaSet: resources.replicaSets,
  Pod: resources.pods,
  Job: resources.jobs,
  CronJob: resources.cronJobs,
};

/** Where a workload is found. */
export function ownerRef(spec: RenewWorkload): ObjectRef {
  return { resource: kinds[spec.workload], namespace: spec.namespace, name: spec.name };
}

/** Where a pod of it is found. */
export function podRef(spec: RenewWorkload, name: string): ObjectRef {
  return { resource: resources.pods, namespace: spec.namespace, name };
}

/** Plural with group, as in RBAC. */
export function rightOf(spec: RenewWorkload): string {
  const { plural, group } = kinds[spec.workload];
  return group === '' ? plural : `${plural}.${group}`;
}

/** 'Deployment shop/web'. */
export function nameOf({ workload, namespace, name }: RenewWorkload): string {
  return `${workload} ${namespace}/${name}`;
}
