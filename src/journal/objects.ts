/** How a run lies in the cluster: ConfigMaps in the control plane's namespace, all found by their labels. */
import type { KubeObject, ObjectRef, ResourceType } from '../kube/api.ts';
import { resources } from '../kube/resources.ts';

/** Label with the run's name, on every object of a run. */
export const runLabel = 'meshlift.dev/run';
/** Label with the part: 'head', 'plan' or 'journal'. */
export const partLabel = 'meshlift.dev/part';
/** Annotation of the head by which another process asks for something: 'pause' or 'rollback'. */
export const requestKey = 'meshlift.dev/request';

/**
 * Bytes of text in one ConfigMap: etcd takes 1.5 MiB, and every append rewrites the whole object there. A part of the journal is full
 * when it has reached them: what is stored at once, at most as much again, may go beyond.
 */
export const partBytes = { plan: 512 * 1024, journal: 128 * 1024 } as const;

/** The lease that allows one run a mesh. */
export const leases: ResourceType = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
};

/** Place of a ConfigMap. */
export function mapRef(namespace: string, name: string): ObjectRef {
  return { resource: resources.configMaps, namespace, name };
}

/** Name of a part: 'meshlift-RUN', 'meshlift-RUN-plan-0000', 'meshlift-RUN-journal-0000'. */
export function partName(run: string, part: 'head' | 'plan' | 'journal', index = 0): string {
  if (part === 'head') return `meshlift-${run}`;
  return `meshlift-${run}-${part}-${String(index).padStart(4, '0')}`;
}

/** A ConfigMap of a run. */
export function partObject(
  place: { readonly namespace: string; readonly run: string },
  part: { readonly kind: 'head' | 'plan' | 'journal'; readonly index?: number; readonly immutable?: boolean },
  data: Readonly<Record<string, string>>,
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: partName(place.run, part.kind, part.index ?? 0),
      namespace: place.namespace,
      labels: { 'app.kubernetes.io/managed-by': 'meshlift', [runLabel]: place.run, [partLabel]: part.kind },
    },
    ...(part.immutable === true && { immutable: true }),
    data: { ...data },
  };
}

/** The string fields of `data`. */
export function dataOf(object: KubeObject): Readonly<Record<string, string>> {
  const data = object['data'];
  if (typeof data !== 'object' || data === null) return {};
  return Object.fromEntries(
    Object.entries(data).filter((field): field is [string, string] => typeof field[1] === 'string'),
  );
}

/** Text in pieces of at most `bytes` UTF-8 bytes, never inside a character. */
export function pieces(text: string, bytes: number): string[] {
  const found: string[] = [];
  let from = 0;
  while (from < text.length) {
    let to = Math.min(text.length, from + bytes);
    while (Buffer.byteLength(text.slice(from, to)) > bytes) to = from + Math.floor((to - from) * 0.9);
    if (to < text.length && /[\uD800-\uDBFF]/.test(text[to - 1] ?? '')) to -= 1;
    found.push(text.slice(from, to));
    from = to;
  }
  return found.length === 0 ? [''] : found;
}
