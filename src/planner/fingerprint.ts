/**
 * The facts that a plan rests on. What changes by itself all day (pods, readiness, replicas of an autoscaler) is not in it, nor is what
 * stands outside the mesh.
 */
import { digestOf } from '../journal/canonical.ts';
import type { WorkloadFact } from '../mesh/facts.ts';
import type { Labels } from '../mesh/fact-basics.ts';
import { injectionKey } from '../mesh/keys.ts';
import type { Workload } from '../mesh/data-plane-model.ts';
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
  for (const { name, labels, injection, ambient } of mesh.namespaces)
    if (injection.outcome !== 'none' || ambient || asks(labels)) add(`namespace ${name}`, labels);
  const outside = new Set(
    mesh.workloads.filter(isOutside).map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`),
  );
  const workloads = [
    ...facts.deployments.items,
    ...facts.statefulSets.items,
    ...facts.daemonSets.items,
    ...facts.rollouts.items,
  ];
  for (const workload of workloads) {
    const name = `${workload.kind} ${workload.meta.namespace}/${workload.meta.name}`;
    if (!outside.has(name)) add(name, shapeOf(workload));
  }
  for (const { namespace, name, form, effectiveRevision } of mesh.gateways)
    add(`gateway ${namespace}/${name}`, { form, effectiveRevision });
  return { hash: digestOf(parts), parts };
}

/** A label that leads nowhere counts too: somebody wanted a proxy. */
const asks = (labels: Labels): boolean =>
  Object.keys(labels).some((key) => key === injectionKey || key.startsWith('istio.io/'));

/** It has no proxy, and a new pod of it would get none. */
const isOutside = ({ role, injection }: Workload): boolean => role === null && injection.outcome === 'none';

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
    if (a === undefined) return [`${name} is new in the mesh`];
    return [b === undefined ? `${name} is gone from the mesh` : `${name} changed`];
  });
}
