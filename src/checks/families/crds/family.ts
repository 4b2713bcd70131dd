/** Custom resource definitions. */
import type { Family } from '../../check.ts';

/** Checks of this family, by number. */
export const crds: Family = { name: 'crds', title: 'Custom resource definitions', checks: [] };
