import { Conflict, NotFound } from '../../../src/errors.ts';
import type { KubeObject, ObjectRef } from '../../../src/kube/api.ts';
import { ApiFailure } from '../../store/failure.ts';
import { objectsAt, without, type JsonObject } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import type { Store } from '../../store/store.ts';
import { helmReleaseSecret } from '../charts/helm-release.ts';
import { ownedByHelm } from '../charts/labels.ts';
import { atLeast, minorOf } from '../charts/version.ts';
import { ensureNamespace, findObjects, inOrder, placeOf, writeRendered } from './write.ts';

/** A release as it is asked for. */
export interface ReleaseRequest {
  readonly name: string;
  readonly namespace: string;
  readonly chart: 'base' | 'istiod' | 'gateway' | 'cni' | 'ztunnel';
  readonly version: string;
  /** The user's values. Default none. */
  readonly values?: JsonObject;
}

type ReleaseName = Pick<ReleaseRequest, 'name' | 'namespace'>;

const nameKey = 'meta.helm.sh/release-name';
const namespaceKey = 'meta.helm.sh/release-namespace';

const isAnnotated = ({ metadata }: KubeObject, { name, namespace }: ReleaseName): boolean =>
  metadata.annotations?.[nameKey] === name && metadata.annotations[namespaceKey] === namespace;

/** istioctl copies Helm's annotations onto the webhooks of its tags, but not onto their Services. */
function isIstioctlTag(store: Store, object: KubeObject): boolean {
  const tag = object.metadata.labels?.['istio.io/tag'];
  if (tag === undefined || object.kind !== 'MutatingWebhookConfiguration') return false;
  const isService = ({ metadata }: KubeObject): boolean => metadata.name === `istiod-revision-tag-${tag}`;
  const service = [...store.all(resources.services)].find(isService);
  if (service !== undefined) return service.metadata.annotations?.[nameKey] === undefined;
  return objectsAt(object.metadata, 'managedFields').some((entry) => entry['manager'] === 'istioctl');
}

/** The objects of a release: what its annotations say, but for the copies of them. */
function objectsOf(store: Store, release: ReleaseName): KubeObject[] {
  return findObjects(store, (object) => isAnnotated(object, release) && !isIstioctlTag(store, object));
}

function secretsOf(store: Store, { name, namespace }: ReleaseName): KubeObject[] {
  const labelSelector = `owner=helm,name=${name}`;
  const found = store.list(resources.secrets, { namespace, labelSelector }).items;
  return [...found].sort((a, b) => revisionOf(a) - revisionOf(b));
}

const revisionOf = (secret: KubeObject): number => Number(secret.metadata.labels?.['version']);

function wrongKey(object: KubeObject, key: string, wanted: string): string[] {
  const present = object.metadata.annotations?.[key];
  if (present === wanted) return [];
  const what =
    present === undefined
      ? `missing key "${key}": must be set to "${wanted}"`
      : `key "${key}" must equal "${wanted}": current value is "${present}"`;
  return [`annotation validation error: ${what}`];
}

/** Helm takes over no object that says it is somebody else's, or nobody's. */
function refuseForeign(store: Store, object: KubeObject, release: ReleaseName, action: string): void {
  const { resource, namespace } = placeOf(object);
  const present = [...store.all(resource)].find(
    ({ metadata }) => metadata.name === object.metadata.name && metadata.namespace === namespace,
  );
  if (present === undefined) return;
  const errors = [
    ...wrongKey(present, nameKey, release.name),
    ...wrongKey(present, namespaceKey, release.namespace),
  ].join('; ');
  if (errors === '') return;
  const where = `${object.kind ?? ''} "${object.metadata.name}" in namespace "${namespace ?? ''}"`;
  throw new Conflict(
    `Unable to continue with ${action}: ${where} exists and cannot be imported into the current release: ` +
      `invalid ownership metadata; ${errors}`,
    { object: `${object.kind ?? ''} ${object.metadata.name}`, remedy: 'Remove it, or give it to the release first.' },
  );
}

/** Charts from these versions on leave failurePolicy alone in upgrades, so that istiod's Fail stays. */
function leavesPolicy(version: string): boolean {
  const first = ({ 28: '1.28.6', 29: '1.29.2' } as Readonly<Record<number, string>>)[minorOf(version)] ?? '1.30.0';
  return atLeast(version, first);
}

function asUpgrade(object: KubeObject, version: string): KubeObject {
  if (object.kind !== 'ValidatingWebhookConfiguration' || !leavesPolicy(version)) return object;
  return { ...object, webhooks: objectsAt(object, 'webhooks').map((webhook) => without(webhook, 'failurePolicy')) };
}

/**
 * `helm upgrade --install` of what a chart rendered: writes the objects with Helm's annotations, deletes those of the
 * release that are rendered no more, and keeps a record of the revision. Does not wait for anything.
 * @throws Conflict when an object belongs to somebody else; then nothing was changed
 */
export function helmUpgrade(store: Store, release: ReleaseRequest, rendered: readonly KubeObject[]): void {
  const before = secretsOf(store, release);
  const action = before.length === 0 ? 'install' : 'upgrade';
  for (const object of inOrder(rendered)) refuseForeign(store, object, release, action);
  ensureNamespace(store, release.namespace);
  const wanted = inOrder(ownedByHelm(rendered, release));
  const kept = new Set(wanted.map(idOf));
  const gone = objectsOf(store, release).filter((object) => !kept.has(idOf(object)));
  for (const object of wanted) {
    writeRendered(store, action === 'install' ? object : asUpgrade(object, release.version), 'helm');
  }
  for (const object of gone) remove(store, object);
  record(store, release, before);
}

const idOf = (object: KubeObject): string =>
  `${object.kind ?? ''} ${object.metadata.namespace ?? ''}/${object.metadata.name}`;

function record(store: Store, release: ReleaseRequest, before: readonly KubeObject[]): void {
  const [last] = before.slice(-1);
  if (last !== undefined) {
    store.patch(secretRef(last), 'merge', { metadata: { labels: { status: 'superseded' } } });
  }
  const revision = last === undefined ? 1 : revisionOf(last) + 1;
  const modifiedAt = Math.floor(Date.parse(store.now()) / 1000);
  store.create(resources.secrets, helmReleaseSecret({ ...release, revision, status: 'deployed', modifiedAt }));
}

const secretRef = ({ metadata: { name, namespace = '' } }: KubeObject): ObjectRef => ({
  resource: resources.secrets,
  namespace,
  name,
});

const isKept = ({ metadata }: KubeObject): boolean => metadata.annotations?.['helm.sh/resource-policy'] === 'keep';

function remove(store: Store, object: KubeObject): void {
  if (isKept(object)) return;
  try {
    store.delete(placeOf(object));
  } catch (error) {
    if (!(error instanceof ApiFailure) || error.code !== 404) throw error;
  }
}

/**
 * `helm uninstall`: deletes the objects of a release, but for those with resource-policy keep, and its records. What
 * istiod itself made stays (leases, root certificates, its authority), and so does what istioctl made of it: tags.
 * @throws NotFound when there is no such release
 */
export function helmUninstall(store: Store, release: ReleaseName): void {
  const records = secretsOf(store, release);
  if (records.length === 0) {
    throw new NotFound(`uninstall: Release not loaded: ${release.name}: release: not found`, {
      object: `release ${release.namespace}/${release.name}`,
      remedy: 'See which releases the namespace has.',
    });
  }
  for (const object of objectsOf(store, release).reverse()) remove(store, object);
  for (const secret of records) store.delete(secretRef(secret));
}
