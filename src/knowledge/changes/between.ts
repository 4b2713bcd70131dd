/** Which changes a move from one version to another meets. */
import { compareVersions } from '../../mesh/versions.ts';
import { minorOf } from '../versions.ts';
import type { BehaviourChange, Revert } from './model.ts';

/** A change on the way. `leaves`: the old behaviour comes back, at a downgrade or because it was taken back. */
export interface MetChange {
  readonly change: BehaviourChange;
  readonly direction: 'arrives' | 'leaves';
}

/** Whether a version has a change: from the first version of its own line on, or as a minor after the newest line named. */
export function hasChange(full: string, { since, until }: Pick<BehaviourChange, 'since' | 'until'>): boolean {
  // A candidate of a release has what the release has.
  const version = full.replace(/-.*$/, '');
  if (until !== null && compareVersions(version, until) >= 0) return false;
  const minor = minorOf(version);
  const sameLine = since.find((first) => minorOf(first) === minor);
  const first = sameLine ?? since.at(-1);
  return first !== undefined && compareVersions(version, first) >= 0;
}

/**
 * Changes that one of two full versions has and the other has not, in the order of the table. A change that came and went between
 * the two (`until` at or below `to`) is not met by a direct move, but by each hop of a longer way.
 */
export function changesBetween(from: string, to: string, changes: readonly BehaviourChange[]): readonly MetChange[] {
  return changes.flatMap((change): readonly MetChange[] => {
    const [before, after] = [hasChange(from, change), hasChange(to, change)];
    return before === after ? [] : [{ change, direction: after ? 'arrives' : 'leaves' }];
  });
}

/** What restores the old behaviour in this version; null when nothing does, or no longer. */
export function revertIn(version: string, { revert }: Pick<BehaviourChange, 'revert'>): Revert | null {
  if (revert === null || revert.until === null) return revert;
  return compareVersions(version, revert.until) < 0 ? revert : null;
}
