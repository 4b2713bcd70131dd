import type { KubeObject } from '../../../src/kube/api.ts';
import { at, objectAt, sameJson } from '../../store/json.ts';

/** One operation of a JSON patch (RFC 6902). */
export interface PatchOperation {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: string;
  readonly value?: unknown;
}

function operation(path: string, before: unknown, after: unknown): PatchOperation[] {
  if (sameJson(before, after)) return [];
  if (after === undefined) return [{ op: 'remove', path }];
  return [{ op: before === undefined ? 'add' : 'replace', path, value: after }];
}

/** The JSON patch from one pod to another: labels, annotations and each field of the spec as a whole. */
export function patchBetween(before: KubeObject, after: KubeObject): PatchOperation[] {
  const fields = [
    ...new Set([...Object.keys(objectAt(before, 'spec') ?? {}), ...Object.keys(objectAt(after, 'spec') ?? {})]),
  ];
  return [
    ...operation('/metadata/labels', before.metadata.labels, after.metadata.labels),
    ...operation('/metadata/annotations', before.metadata.annotations, after.metadata.annotations),
    ...fields.flatMap((field) => operation(`/spec/${field}`, at(before, 'spec', field), at(after, 'spec', field))),
  ];
}
