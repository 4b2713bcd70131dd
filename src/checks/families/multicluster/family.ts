/** Several clusters. */
import type { Family } from '../../check.ts';

/** Checks of this family, by number. */
export const multicluster: Family = { name: 'multicluster', title: 'Several clusters', checks: [] };
