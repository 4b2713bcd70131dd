/** Single writes with preconditions: read, decide, patch what was read. */
import { Conflict, NotFound } from '../errors.ts';
import type { KubeApi, KubeObject, ObjectRef, ResourceType } from '../kube/api.ts';
import { served } from '../kube/resources.ts';
import type { StepContext } from './step.ts';

/** Part of an object as a JSON merge patch. */
export interface Change {
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

const attempts = 5;

/**
 * Patches an object so that the patch only takes effect on the version that was read; reads again when somebody else was
 * faster. `decide` gives null when nothing is left to do, so that a call after a lost reply changes nothing.
 * @returns whether it wrote
 * @throws what `decide` throws, NotFound, Conflict after five tries, Transient, Blocked
 */
export async function change(
  context: StepContext,
  ref: ObjectRef,
  decide: (object: KubeObject) => Change | null,
): Promise<boolean> {
  for (let left = attempts; ; left -= 1) {
    const object = await context.api.get(ref, { signal: context.signal });
    const wanted = decide(object);
    if (wanted === null) return false;
    const { resourceVersion } = object.metadata;
    const patch = { ...wanted, metadata: { ...wanted.metadata, resourceVersion } };
    try {
      await context.api.patch(ref, 'merge', patch, { signal: context.signal });
      return true;
    } catch (error) {
      if (!(error instanceof Conflict) || left <= 1) throw error;
    }
  }
}

/** The same for an object that may have been removed meanwhile: then nothing is left to do. */
export async function changeIfThere(
  context: StepContext,
  ref: ObjectRef,
  decide: (object: KubeObject) => Change | null,
): Promise<boolean> {
  try {
    return await change(context, ref, decide);
  } catch (error) {
    if (error instanceof NotFound) return false;
    throw error;
  }
}

/** The object, or null when it is not there. @throws Transient, Blocked, Aborted */
export async function find(context: Pick<StepContext, 'api' | 'signal'>, ref: ObjectRef): Promise<KubeObject | null> {
  try {
    return await context.api.get(ref, { signal: context.signal });
  } catch (error) {
    if (error instanceof NotFound) return null;
    throw error;
  }
}

/** Deletes this incarnation of an object; one that is gone, or is another by now, is fine. */
export async function removeSame(
  context: StepContext,
  resource: ResourceType,
  { metadata: { name, namespace, uid } }: KubeObject,
): Promise<void> {
  const ref = { resource, name, ...(namespace !== undefined && { namespace }) };
  try {
    await context.api.delete(ref, { signal: context.signal, ...(uid !== undefined && { uid }) });
  } catch (error) {
    if (!(error instanceof NotFound) && !(error instanceof Conflict)) throw error;
  }
}

/** All objects of a list. */
export async function listed(
  context: Pick<StepContext, 'api' | 'signal'>,
  resource: ResourceType,
  where: { readonly namespace?: string; readonly labelSelector?: string; readonly fieldSelector?: string } = {},
): Promise<KubeObject[]> {
  const found: KubeObject[] = [];
  const options = { ...where, signal: context.signal, project: (object: KubeObject) => object };
  for await (const page of context.api.list(resource, options)) found.push(...page.items);
  return found;
}

/** The kind in the version that the server serves; null when it serves none. */
export async function servedKind(
  context: { readonly api: KubeApi; readonly signal: AbortSignal },
  resource: ResourceType,
): Promise<ResourceType | null> {
  const as = (await served(context.api, { signal: context.signal })).as(resource);
  return as.state === 'absent' ? null : as.resource;
}
