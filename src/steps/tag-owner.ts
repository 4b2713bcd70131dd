/** Whether a tag may be moved by patching its objects, or only by the tool that holds it. */
import { Blocked } from '../errors.ts';
import type { InstallRequest } from '../installers/installer.ts';
import type { Mesh } from '../mesh/mesh.ts';
import type { MoveTag, Release } from './spec.ts';

/** Who moves a tag: meshlift by patches, or the tool that holds it by a request; or nobody, with the reason. */
export type TagMover =
  | { readonly by: 'patch' }
  | { readonly by: 'tool'; readonly request: InstallRequest }
  | { readonly by: 'nobody'; readonly why: string; readonly remedy: string };

/**
 * Tags of `istioctl tag set`, of `helm template | kubectl apply` and of nobody are plain objects. A tag in value
 * revisionTags of a Helm release always names that release's own revision (istiod chart, revision-tags-mwc.yaml), so only
 * the release of the revision that it goes to can move it.
 */
export function tagMover(mesh: Mesh, spec: Omit<MoveTag, 'kind'>): TagMover {
  const { release, to } = spec;
  if (release.owner === 'istioctl' || release.owner === 'none') return { by: 'patch' };
  const target = mesh.controlPlanes.find(({ revision }) => revision === to);
  const name = `${release.namespace}/${release.name}`;
  if (release.owner === 'helm' && target?.owner.name !== name) return heldElsewhere(spec);
  const tags = mesh.tags.filter(({ owner }) => owner.kind === 'helm' && owner.name === name).map((tag) => tag.name);
  const version = target?.version ?? '';
  const all = [...new Set([...tags, spec.tag])].sort();
  return { by: 'tool', request: { chart: 'istiod', release, version, revision: to, tags: all, like: null } };
}

function heldElsewhere({ tag, to, webhook, service, release }: Omit<MoveTag, 'kind'>): TagMover {
  const objects = [
    `mutatingwebhookconfiguration ${webhook}`,
    ...(service === null ? [] : [`-n ${service.namespace} service ${service.name}`]),
  ];
  const all = (arguments_: string): string =>
    objects.map((one) => `kubectl annotate ${one} ${arguments_}`).join(' && ');
  return {
    by: 'nobody',
    why:
      `Tag ${tag} is held by Helm release ${releaseName(release)} (value revisionTags), which is not that of revision ${to}: ` +
      'Helm would delete the tag when the release gives it up, and pods would start without a proxy meanwhile.',
    remedy:
      `Take the tag out of the release without deleting it: ${all('helm.sh/resource-policy=keep')}; then ` +
      `helm upgrade ${release.name} -n ${release.namespace} with ${tag} removed from revisionTags and all else as it is; then ` +
      `${all('meta.helm.sh/release-name- meta.helm.sh/release-namespace-')}; then make a new plan.`,
  };
}

function releaseName({ namespace, name }: Release): string {
  return `${namespace}/${name}`;
}

/** The mover, or the refusal. @throws Blocked */
export function moverOrRefusal(mesh: Mesh, spec: Omit<MoveTag, 'kind'>): Exclude<TagMover, { by: 'nobody' }> {
  const mover = tagMover(mesh, spec);
  if (mover.by !== 'nobody') return mover;
  throw new Blocked(mover.why, { object: `tag ${spec.tag}`, remedy: mover.remedy });
}
