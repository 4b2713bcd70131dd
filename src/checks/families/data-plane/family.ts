/** Data plane. */
import type { Family } from '../../check.ts';

/** Checks of this family, by number. */
export const dataPlane: Family = { name: 'data-plane', title: 'Data plane', checks: [] };
