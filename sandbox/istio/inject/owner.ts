import type { KubeObject } from '../../../src/kube/api.ts';
import type { Owner } from '../charts/proxy-parts.ts';

/** Name of a Job that a CronJob made: the CronJob's, and the minute. */
const scheduled = /^(.+)-\d{8,10}$/;

/**
 * What a pod belongs to, as Istio derives it from names alone: the controller, for a ReplicaSet its Deployment, for a
 * Job with a minute in its name the CronJob, and without controller the pod (pkg/kube/inject, GetDeployMetaFromPod).
 */
export function ownerOf(pod: KubeObject, namespace: string): Owner {
  const controller = pod.metadata.ownerReferences?.find((reference) => reference.controller === true);
  if (controller === undefined) {
    const name = pod.metadata.name || String(pod.metadata['generateName'] ?? '').replace(/-$/, '');
    return { apiVersion: 'v1', plural: 'pods', namespace, name };
  }
  const { kind, name, apiVersion } = controller;
  const hash = pod.metadata.labels?.['pod-template-hash'];
  if (kind === 'ReplicaSet' && hash !== undefined && name.endsWith(`-${hash}`)) {
    return { apiVersion, plural: 'deployments', namespace, name: name.slice(0, -hash.length - 1) };
  }
  const cronJob = kind === 'Job' ? scheduled.exec(name)?.[1] : undefined;
  if (cronJob !== undefined) return { apiVersion, plural: 'cronjobs', namespace, name: cronJob };
  return { apiVersion, plural: `${kind.toLowerCase()}s`, namespace, name };
}
