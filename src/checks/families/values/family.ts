/** Mesh config, flags and values. */
import type { Family } from '../../check.ts';

/** Checks of this family, by number. */
export const values: Family = { name: 'values', title: 'Mesh config, flags and values', checks: [] };
