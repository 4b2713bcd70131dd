/** Restart without loss. */
import type { Family } from '../../check.ts';

/** Checks of this family, by number. */
export const fitness: Family = { name: 'fitness', title: 'Restart without loss', checks: [] };
