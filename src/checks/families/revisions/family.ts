/** Revisions and tags. */
import type { Family } from '../../check.ts';
import { configIsRead } from './config.ts';
import { defaultExists, defaultIsDeliberate, noGhosts } from './default.ts';
import { tagIsServed, tagIsWhole, tagOwnerIsItsRevision } from './tags.ts';

/** Checks of this family, by number. */
export const revisions: Family = {
  name: 'revisions',
  title: 'Revisions and tags',
  checks: [tagIsServed, tagIsWhole, tagOwnerIsItsRevision, defaultExists, defaultIsDeliberate, noGhosts, configIsRead],
};
