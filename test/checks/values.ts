import type { CheckCase } from './case.ts';

/** Cases of this family's checks. */
export const valuesCases: readonly CheckCase[] = [];
