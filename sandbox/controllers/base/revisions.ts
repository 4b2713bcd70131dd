import type { KubeObject, KubeOwnerReference, ResourceType } from '../../../src/kube/api.ts';
import { ApiFailure } from '../../store/failure.ts';
import { at, numberAt, objectAt, sameJson } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import { goneAlready, refOf, type Cluster } from './cluster.ts';
import { templateHash } from './hash.ts';
import { controllerReference } from './owners.ts';
import { templateOf } from './pod-control.ts';

/** Label of pods and ControllerRevisions that names a revision. */
export const revisionLabel = 'controller-revision-hash';

/** Number of a ControllerRevision. */
export const revisionNumber = (revision: KubeObject): number => numberAt(revision, 'revision') ?? 0;

/** Template that a ControllerRevision holds. */
export const revisionTemplate = (revision: KubeObject): unknown => at(revision, 'data', 'spec', 'template');

/** The ControllerRevisions of a workload, oldest first. */
export function revisionsOf(cluster: Cluster, owner: KubeObject): readonly KubeObject[] {
  const found = cluster.informers.controllerRevisions.by('controller', owner.metadata.uid ?? '');
  return [...found].sort((a, b) => revisionNumber(a) - revisionNumber(b));
}

/**
 * The revision of the workload's template: made when it is new, counted as the newest when it comes back.
 * @param recorded hash to be given to the first revision: recorded clusters come without their revisions, and another
 * hash would renew every pod
 */
export function currentRevision(
  cluster: Cluster,
  resource: ResourceType,
  owner: KubeObject,
  recorded?: string,
): KubeObject {
  const known = revisionsOf(cluster, owner);
  const template = { ...objectAt({ template: templateOf(owner) }, 'template'), $patch: 'replace' };
  const same = known.find((revision) => sameJson(revisionTemplate(revision), template));
  const newest = Math.max(0, ...known.map(revisionNumber));
  if (!same) {
    const hash = known.length === 0 ? recorded : undefined;
    return create(cluster, controllerReference(resource, owner), owner, { template, revision: newest + 1, hash });
  }
  if (revisionNumber(same) === newest) return same;
  return cluster.store.patch(refOf(resources.controllerRevisions, same), 'merge', { revision: newest + 1 });
}

interface NewRevision {
  readonly template: object;
  readonly revision: number;
  readonly hash: string | undefined;
}

function create(
  cluster: Cluster,
  reference: KubeOwnerReference,
  owner: KubeObject,
  { template, revision, hash: wanted }: NewRevision,
): KubeObject {
  const { name, namespace } = owner.metadata;
  for (let salt = 0; ; salt++) {
    const hash = wanted ?? templateHash(template, salt);
    const labels = { ...(objectAt(template, 'metadata', 'labels') as Record<string, string>), [revisionLabel]: hash };
    const metadata = { name: `${name}-${hash}`, ...(namespace !== undefined && { namespace }), labels };
    try {
      return cluster.store.create(resources.controllerRevisions, {
        metadata: { ...metadata, ownerReferences: [reference] },
        data: { spec: { template } },
        revision,
      });
    } catch (failure) {
      // A name that another template has: the next one.
      if (!(failure instanceof ApiFailure) || failure.reason !== 'AlreadyExists' || salt >= 9) throw failure;
    }
  }
}

/** Deletes the oldest revisions that nothing uses, beyond the workload's revisionHistoryLimit. */
export function cleanRevisions(cluster: Cluster, owner: KubeObject, inUse: (revision: KubeObject) => boolean): void {
  const limit = numberAt(owner, 'spec', 'revisionHistoryLimit') ?? 10;
  const unused = revisionsOf(cluster, owner).filter((revision) => !inUse(revision));
  for (const revision of unused.slice(0, Math.max(0, unused.length - limit))) {
    goneAlready(() => cluster.store.delete(refOf(resources.controllerRevisions, revision)));
  }
}
