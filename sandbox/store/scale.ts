import type { KubeObject, ObjectRef, PatchKind } from '../../src/kube/api.ts';
import { badRequest, invalid, methodNotAllowed } from './failure.ts';
import { at, objectAt, textAt, without, type JsonObject } from './json.ts';
import { jsonPatch } from './patch-json.ts';
import { mergePatch } from './patch-merge.ts';
import type { StoreState } from './state.ts';
import type { KindInfo, StoreWriteOptions } from './types.ts';
import { replaceObject } from './update.ts';

/** An object that can be scaled. */
interface Scaled {
  readonly ref: ObjectRef;
  readonly kind: KindInfo;
  readonly old: KubeObject;
}

/** The Scale (autoscaling/v1) of an object. @throws ApiFailure 405 when the kind has none */
export function scaleOf(kind: KindInfo, object: KubeObject): KubeObject {
  if (!kind.subresources.includes('scale')) throw methodNotAllowed();
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const labels = Object.entries(objectAt(object, 'spec', 'selector', 'matchLabels') ?? {});
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(creationTimestamp !== undefined && { creationTimestamp }),
    },
    spec: { replicas: at(object, 'spec', 'replicas') ?? 0 },
    status: {
      replicas: at(object, 'status', 'replicas') ?? 0,
      selector: labels.map(([key, value]) => `${key}=${String(value)}`).join(','),
    },
  };
}

/** Patches the Scale of an object: only spec.replicas counts. Returns the new Scale. */
export function patchScale(
  state: StoreState,
  scaled: Scaled,
  how: Exclude<PatchKind, 'apply'>,
  patch: unknown,
  options: StoreWriteOptions,
): KubeObject {
  const scale = scaleOf(scaled.kind, scaled.old);
  const next = how === 'json' ? jsonPatch(scale, patch) : mergePatch(scale, patch);
  return putScale(state, scaled, next, options);
}

/**
 * Sets the replicas of an object from its Scale.
 * @throws ApiFailure 422 when spec.replicas is no count, 409 when the Scale's resourceVersion is not the object's
 */
export function putScale(state: StoreState, scaled: Scaled, scale: unknown, options: StoreWriteOptions): KubeObject {
  const { ref, kind, old } = scaled;
  if (!kind.subresources.includes('scale')) throw methodNotAllowed();
  const replicas = at(scale, 'spec', 'replicas') ?? 0;
  if (typeof replicas !== 'number') throw badRequest('spec.replicas of a Scale is a number');
  if (!Number.isInteger(replicas) || replicas < 0) {
    const text = `Invalid value: ${replicas}: must be greater than or equal to 0`;
    const of = { group: 'autoscaling', plural: 'scales', kind: 'Scale' };
    throw invalid(of, ref.name, [{ field: 'spec.replicas', reason: 'FieldValueInvalid', text }]);
  }
  const resourceVersion = textAt(scale, 'metadata', 'resourceVersion') ?? old.metadata.resourceVersion;
  const spec: JsonObject = { ...objectAt(old, 'spec'), replicas };
  const metadata = { ...old.metadata, ...(resourceVersion !== undefined && { resourceVersion }) };
  const next: KubeObject = { ...old, metadata, spec };
  delete next.apiVersion;
  return scaleOf(kind, replaceObject(state, { ref, kind, old, next }, without(options, 'subresource')));
}
