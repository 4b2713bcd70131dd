/** Control plane. */
import type { Family } from '../../check.ts';

/** Checks of this family, by number. */
export const controlPlane: Family = { name: 'control-plane', title: 'Control plane', checks: [] };
