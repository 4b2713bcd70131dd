/** Through what a workload's new pods come to a revision, and what has to change for another one. */
import type { InjectionDecision } from '../mesh/injection-model.ts';
import { injectionKey, revisionKey } from '../mesh/keys.ts';
import type { Mesh, MeshNamespace } from '../mesh/mesh.ts';
import type { LabelNamespace, MoveTag } from '../steps/spec.ts';
import type { Ends } from './input.ts';
import { releaseOf } from './release.ts';

/** What moves: a tag, a namespace's labels, the workload's own template labels, or nothing any more. */
export type Route =
  | { readonly by: 'tag'; readonly tag: string }
  | { readonly by: 'namespace' }
  | { readonly by: 'template' }
  | { readonly by: 'done' };

/** Null: it is not injected by either of the two revisions. */
export function routeOf({ outcome, revision, tag, code }: InjectionDecision, ends: Ends): Route | null {
  if (outcome !== 'injected') return null;
  if (revision === ends.revision) return { by: 'done' };
  if (revision !== ends.old.revision) return null;
  if (tag !== null && tag !== 'default') return { by: 'tag', tag };
  const byPod = code === 'pod-revision' || code === 'pod-inject' || code === 'auto';
  return byPod ? { by: 'template' } : { by: 'namespace' };
}

/** `istio.io/rev` set and `istio-injection` removed in one patch: the old label would win over the new one. */
export function labelStep(
  { name, labels }: Pick<MeshNamespace, 'name' | 'labels'>,
  { revision }: Ends,
): LabelNamespace {
  const known = [revisionKey, injectionKey].filter((key) => labels[key] !== undefined);
  return {
    kind: 'label-namespace',
    namespace: name,
    set: { [revisionKey]: revision },
    remove: known.includes(injectionKey) ? [injectionKey] : [],
    before: Object.fromEntries(known.map((key) => [key, labels[key] ?? ''])),
  };
}

/** The step that points a tag to the new revision; null when the mesh does not know the tag's objects. */
export function tagStep(mesh: Mesh, name: string, { old, revision }: Ends): MoveTag | null {
  const tag = mesh.tags.find((one) => one.name === name);
  if (tag === undefined || tag.webhook === null) return null;
  return {
    kind: 'move-tag',
    tag: name,
    from: old.revision,
    to: revision,
    webhook: tag.webhook,
    service: placeOf(tag.service),
    release: releaseOf(tag.owner, old.namespace),
  };
}

/** 'namespace/name' in parts. */
export function placeOf(text: string | null): { readonly namespace: string; readonly name: string } | null {
  if (text === null) return null;
  const [namespace = '', name = ''] = text.split('/');
  return { namespace, name };
}
