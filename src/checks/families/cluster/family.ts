/** Cluster and rights. */
import type { Family } from '../../check.ts';

/** Checks of this family, by number. */
export const cluster: Family = { name: 'cluster', title: 'Cluster and rights', checks: [] };
