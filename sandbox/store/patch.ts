import type { KubeObject, ObjectRef, PatchKind } from '../../src/kube/api.ts';
import { applyConfiguration } from './apply/apply.ts';
import { createObject } from './create.ts';
import { ApiFailure, badRequest, invalid, notFound, unsupportedPatch } from './failure.ts';
import { isObject, without } from './json.ts';
import { jsonPatch } from './patch-json.ts';
import { mergePatch } from './patch-merge.ts';
import { strategicPatch } from './patch-strategic.ts';
import { getStored, inVersion } from './read.ts';
import { joinApiVersion } from './registry.ts';
import { patchScale } from './scale.ts';
import { bucketOf, keyOf, timestamp, type StoreState } from './state.ts';
import type { KindInfo, StoreWriteOptions } from './types.ts';
import { replaceObject } from './update.ts';

/**
 * Patches an object; an apply creates it when it is missing.
 * @throws ApiFailure 404, 400 malformed patch, 409, 415 strategic patch of a custom kind, 422 invalid result or failed
 * test, or admission's answer
 */
export function patchObject(
  state: StoreState,
  ref: ObjectRef,
  how: PatchKind,
  patch: unknown,
  options: StoreWriteOptions,
): KubeObject {
  const kind = state.registry.served(ref.resource);
  if (how === 'strategic' && kind.custom) {
    throw unsupportedPatch([
      'application/json-patch+json',
      'application/merge-patch+json',
      'application/apply-patch+yaml',
    ]);
  }
  if (how === 'apply') return applyObject(state, ref, kind, patch, options);
  const old = getStored(state, kind, ref.namespace, ref.name);
  if (options.subresource === 'scale') return patchScale(state, { ref, kind, old }, how, patch, options);
  const next = patched(inVersion(kind, ref.resource.version, old), how, patch, kind);
  return replaceObject(state, { ref, kind, old, next }, options);
}

function patched(target: KubeObject, how: Exclude<PatchKind, 'apply'>, patch: unknown, kind: KindInfo): KubeObject {
  if (how !== 'json' && !isObject(patch)) throw badRequest('error decoding patch: a patch of this type is an object');
  const next = how === 'json' ? jsonPatch(target, patch) : merged(target, how, patch, kind);
  if (!isObject(next) || !isObject(next['metadata'])) throw badRequest('the patch leaves no object with metadata');
  return next as KubeObject;
}

function merged(target: KubeObject, how: 'merge' | 'strategic', patch: unknown, kind: KindInfo): unknown {
  return how === 'merge' ? mergePatch(target, patch) : strategicPatch(target, patch, kind.schema);
}

function applyObject(
  state: StoreState,
  ref: ObjectRef,
  kind: KindInfo,
  body: unknown,
  options: StoreWriteOptions,
): KubeObject {
  const config = checkedConfiguration(ref, body);
  const manager = options.fieldManager;
  if (!manager) throw missingManager();
  if (options.subresource === 'scale') throw badRequest('apply through /scale is not modelled');
  const old = bucketOf(state, kind).get(keyOf(kind, ref.namespace, ref.name));
  if (!old && options.subresource !== undefined) throw notFound(kind, ref.name);
  const writer = {
    manager,
    apiVersion: joinApiVersion(ref.resource.group, ref.resource.version),
    subresource: options.subresource ?? '',
    now: timestamp(state),
  };
  const live: KubeObject = old ? inVersion(kind, ref.resource.version, old) : { metadata: config.metadata };
  const next = applyConfiguration(live, config, kind, writer, options.force === true);
  if (old) return replaceObject(state, { ref, kind, old, next, applied: true }, options);
  if (config.metadata.uid !== undefined)
    throw new ApiFailure(
      409,
      'Conflict',
      `uid mismatch: the provided object specified uid ${config.metadata.uid}, and no existing object was found`,
    );
  return createObject(state, ref.resource, next, without(options, 'fieldManager'));
}

function checkedConfiguration(ref: ObjectRef, body: unknown): KubeObject {
  if (!isObject(body) || !isObject(body['metadata'] ?? {})) throw badRequest('an apply configuration is an object');
  if (typeof body['apiVersion'] !== 'string' || typeof body['kind'] !== 'string') {
    throw badRequest('invalid object type: an apply configuration has apiVersion and kind');
  }
  const metadata = (body['metadata'] ?? {}) as KubeObject['metadata'];
  const name = metadata.name ?? ref.name;
  if (name !== ref.name)
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${ref.name})`);
  return {
    ...body,
    metadata: {
      ...metadata,
      name,
      ...(ref.namespace !== undefined && { namespace: metadata.namespace ?? ref.namespace }),
    },
  };
}

function missingManager(): ApiFailure {
  const text = 'Required value: is required for apply patch';
  const options = { group: 'meta.k8s.io', plural: 'patchoptions', kind: 'PatchOptions' };
  return invalid(options, '', [{ field: 'fieldManager', reason: 'FieldValueRequired', text }]);
}
