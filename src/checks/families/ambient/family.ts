/** Ambient. */
import type { Family } from '../../check.ts';

/** Checks of this family, by number. */
export const ambient: Family = { name: 'ambient', title: 'Ambient', checks: [] };
