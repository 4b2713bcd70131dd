/** Tags that nobody could move when their turn came: found before anything is begun. */
import { Blocked } from '../errors.ts';
import type { Mesh } from '../mesh/mesh.ts';
import type { MoveTag, StepSpec } from '../steps/spec.ts';
import { tagMover } from '../steps/tag-owner.ts';

/** Refuses a plan that would stand still at a tag which a Helm release holds. @throws Blocked with the commands that free it */
export function mustBeMovable(mesh: Mesh, specs: readonly StepSpec[]): void {
  const held = specs.flatMap(tagsIn).flatMap((move) => {
    const mover = tagMover(mesh, move);
    return mover.by === 'nobody' ? [{ tag: move.tag, ...mover }] : [];
  });
  if (held.length === 0) return;
  throw new Blocked(held.map(({ why }) => why).join(' '), {
    object: held.map(({ tag }) => `tag ${tag}`).join(', '),
    remedy: held.map(({ remedy }) => remedy).join('\n  '),
  });
}

function tagsIn(spec: StepSpec): readonly Omit<MoveTag, 'kind'>[] {
  if (spec.kind === 'move-tag') return [spec];
  return spec.kind === 'move-default' && spec.tag !== null ? [{ ...spec.tag, from: spec.from, to: spec.to }] : [];
}
