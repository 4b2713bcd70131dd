/** Gateways. */
import type { Family } from '../../check.ts';

/** Checks of this family, by number. */
export const gateways: Family = { name: 'gateways', title: 'Gateways', checks: [] };
