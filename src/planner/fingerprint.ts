/** The facts that a plan rests on. What changes by itself all day (pods, readiness, replicas of an autoscaler) is not in it. */
import { digestOf } from '../journal/canonical.ts';
import type { WorkloadFact } from '../mesh/facts.ts';
import type { View } from '../steps/step.ts';
import type { Fingerprint } from './plan.ts';

/** Fingerprint of a view. */
export function fingerprint({ mesh, facts }: View): Fingerprint {
  const parts: Record<string, string> = {};
  const add = (name: string, value: unknown): void => {
    parts[name] = digestOf(value).slice(0, 16);
  };
  for (const { revision, namespace, version, imageVersion, owner, caRootHash } of mesh.controlPlanes) {
    add(`control plane ${revision}`, { namespace, version, imageVersion, owner, caRootHash });
  }
  for (const { name, revision, webhook, service } of mesh.tags) add(`tag ${name}`, { revision, webhook, service });
  add('default revision', mesh.defaultRevision);
  for (const { kind, name, target, deactivated, failurePolicy } of mesh.webhooks) {
    add(`webhook ${kind} ${name} ${target}`, { deactivated, failurePolicy });
  }
  for (const { name, labels } of mesh.namespaces) add(`namespace ${name}`, labels);
  const workloads = [
    ...facts.deployments.items,
    ...facts.statefulSets.items,
    ...facts.daemonSets.items,
    ...facts.rollouts.items,
  ];
  for (const workload of workloads)
    add(`${workload.kind} ${workload.meta.namespace}/${workload.meta.name}`, shapeOf(workload));
  for (const { namespace, name, form, effectiveRevision } of mesh.gateways)
    add(`gateway ${namespace}/${name}`, { form, effectiveRevision });
  return { hash: digestOf(parts), parts };
}

function shapeOf({ template, strategy, maxSurge, maxUnavailable, partition, paused, selector }: WorkloadFact) {
  const { labels, annotations, images } = template;
  const kept = Object.fromEntries(
    Object.entries(annotations).filter(([key]) => !/restartedAt$|^meshlift\.dev\//.test(key)),
  );
  return { labels, annotations: kept, images, strategy, maxSurge, maxUnavailable, partition, paused, selector };
}

/** What differs between two fingerprints, in words; empty when nothing does. */
export function changes(before: Fingerprint, now: Fingerprint): readonly string[] {
  const names = [...new Set([...Object.keys(before.parts), ...Object.keys(now.parts)])].sort();
  return names.flatMap((name) => {
    const [a, b] = [before.parts[name], now.parts[name]];
    if (a === b) return [];
    return [a === undefined ? `${name} is new` : b === undefined ? `${name} is gone` : `${name} changed`];
  });
}
