/** Injection. */
import type { Family } from '../../check.ts';

/** Checks of this family, by number. */
export const injection: Family = { name: 'injection', title: 'Injection', checks: [] };
