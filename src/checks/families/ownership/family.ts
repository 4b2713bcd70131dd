/** Ownership and GitOps. */
import type { Family } from '../../check.ts';

/** Checks of this family, by number. */
export const ownership: Family = { name: 'ownership', title: 'Ownership and GitOps', checks: [] };
