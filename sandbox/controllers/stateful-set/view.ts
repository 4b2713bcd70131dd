import type { KubeObject } from '../../../src/kube/api.ts';
import { numberAt, objectAt, objectsAt, textAt } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import { podOf, type PodOwner } from '../base/pod-control.ts';
import { revisionLabel } from '../base/revisions.ts';

/** The ordinals that a set wants: from spec.ordinals.start, as many as replicas. */
export function ordinalsOf(set: KubeObject): { readonly start: number; readonly end: number } {
  const start = numberAt(set, 'spec', 'ordinals', 'start') ?? 0;
  return { start, end: start + (numberAt(set, 'spec', 'replicas') ?? 1) };
}

/** Ordinal in a pod's name; -1 when it is not a pod of the set. */
export function ordinalOf(set: KubeObject, pod: KubeObject): number {
  const prefix = `${set.metadata.name}-`;
  const rest = pod.metadata.name.slice(prefix.length);
  return pod.metadata.name.startsWith(prefix) && /^\d+$/.test(rest) ? Number(rest) : -1;
}

/** Ordinals from this one on are updated; undefined when nothing is updated by itself (OnDelete). */
export function partitionOf(set: KubeObject): number | undefined {
  if (textAt(set, 'spec', 'updateStrategy', 'type') === 'OnDelete') return undefined;
  return numberAt(set, 'spec', 'updateStrategy', 'rollingUpdate', 'partition') ?? 0;
}

/** One pod after the other, in order. */
export const isOrdered = (set: KubeObject): boolean => textAt(set, 'spec', 'podManagementPolicy') !== 'Parallel';

/** Name of the claim of a volume template for a pod. */
export const claimName = (template: string, pod: string): string => `${template}-${pod}`;

/** The pod of an ordinal. */
export function podFor(owner: PodOwner, ordinal: number, template: unknown, revision: string): KubeObject {
  const { object: set } = owner;
  const name = `${set.metadata.name}-${ordinal}`;
  const subdomain = textAt(set, 'spec', 'serviceName');
  const claims = objectsAt(set, 'spec', 'volumeClaimTemplates').map((claim) => textAt(claim, 'metadata', 'name') ?? '');
  const spec = objectAt(template, 'spec');
  const others = objectsAt(spec, 'volumes').filter((volume) => !claims.includes(String(volume['name'])));
  const volumes = claims.map((claim) => ({
    name: claim,
    persistentVolumeClaim: { claimName: claimName(claim, name) },
  }));
  return podOf(owner, template, {
    name,
    labels: {
      [revisionLabel]: revision,
      'statefulset.kubernetes.io/pod-name': name,
      'apps.kubernetes.io/pod-index': String(ordinal),
    },
    spec: {
      hostname: name,
      ...(subdomain && { subdomain }),
      ...(claims.length > 0 && { volumes: [...volumes, ...others] }),
    },
  });
}

/** How the set is called in messages. */
export const ownerOf = (set: KubeObject): PodOwner => ({
  component: 'statefulset-controller',
  resource: resources.statefulSets,
  object: set,
});
