import { Conflict, NotFound } from '../../../src/errors.ts';
import type { KubeObject } from '../../../src/kube/api.ts';
import { resources } from '../../store/resources.ts';
import type { Store } from '../../store/store.ts';
import { istioctlInstall, type IstioctlOptions } from '../charts/istioctl.ts';
import { defaultTagValidator, istioctlTag } from '../charts/tags.ts';
import { deactivated } from '../charts/webhooks.ts';
import { ensureNamespace, findObjects, inOrder, placeOf, writeRendered } from './write.ts';

/** `istioctl tag set`. */
export interface TagRequest {
  readonly tag: string;
  /** Revision that it shall name; 'default' for the one without name. */
  readonly revision: string;
  /** Version of istioctl. */
  readonly version: string;
  /** Default false. */
  readonly overwrite?: boolean;
}

const label = (object: KubeObject, key: string): string | undefined => object.metadata.labels?.[key];
const tagKey = 'istio.io/tag';
const revisionKey = 'istio.io/rev';

function injectors(store: Store): KubeObject[] {
  return [...store.all(resources.mutatingWebhooks)];
}

/**
 * `istioctl tag set`: points a tag to a revision. Tag 'default' also switches the injector of the revision without name
 * off and makes the default validator.
 * @throws NotFound without such a revision, Conflict when the tag is there and `overwrite` is not set
 */
export function setTag(store: Store, request: TagRequest): void {
  const { tag, revision, version, overwrite = false } = request;
  const remedy = 'Name a revision that is installed.';
  const injector = injectors(store).find(
    (one) => label(one, revisionKey) === revision && label(one, tagKey) === undefined,
  );
  if (injector === undefined) {
    const why = `cannot find MutatingWebhookConfiguration or Service with revision "${revision}"`;
    throw new NotFound(`cannot modify tag: ${why}`, { object: `tag ${tag}`, remedy });
  }
  if (!overwrite && injectors(store).some((one) => label(one, tagKey) === tag)) {
    throw new Conflict(`revision tag "${tag}" already exists, and --overwrite is false`, {
      object: `tag ${tag}`,
      remedy: 'Set overwrite to move it.',
    });
  }
  const options = { injector, istioctlVersion: version };
  if (tag === 'default') switchOffPlainInjector(store);
  const validators = tag === 'default' ? [defaultTagValidator(options)] : [];
  for (const object of [...istioctlTag({ ...options, tag }), ...validators]) writeRendered(store, object, 'istioctl');
}

function switchOffPlainInjector(store: Store): void {
  for (const one of injectors(store)) {
    if (label(one, revisionKey) !== 'default' || label(one, tagKey) !== undefined) continue;
    store.update(resources.mutatingWebhooks, deactivated(one), { fieldManager: 'istioctl' });
  }
}

/**
 * `istioctl tag remove`, without asking. Leaves the default validator behind, as istioctl did before 1.31.
 * @throws NotFound when there is no such tag
 */
export function removeTag(store: Store, tag: string): void {
  const objects = findObjects(store, (object) => label(object, tagKey) === tag).filter(
    ({ kind }) => kind === 'MutatingWebhookConfiguration' || kind === 'Service',
  );
  if (objects.length === 0) {
    const remedy = 'See which tags the mesh has.';
    throw new NotFound(`cannot remove tag "${tag}": cannot find MutatingWebhookConfiguration for tag "${tag}"`, {
      object: `tag ${tag}`,
      remedy,
    });
  }
  for (const object of objects) store.delete(placeOf(object));
}

/** `istioctl install` over whatever is there: writes everything and removes what the same installation had before. */
export function installByIstioctl(store: Store, options: IstioctlOptions): void {
  ensureNamespace(store, options.namespace);
  const rendered = inOrder(istioctlInstall(options));
  for (const object of rendered) writeRendered(store, object, 'istio-operator');
  const kept = new Set(rendered.map((object) => JSON.stringify([object.kind, object.metadata.name])));
  const revision = options.revision === '' ? 'default' : options.revision;
  const pruned = findObjects(
    store,
    (object) =>
      label(object, 'operator.istio.io/managed') === 'Reconcile' &&
      label(object, revisionKey) === revision &&
      object.kind !== 'CustomResourceDefinition' &&
      !kept.has(JSON.stringify([object.kind, object.metadata.name])),
  );
  for (const object of pruned) store.delete(placeOf(object));
}
