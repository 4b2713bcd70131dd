import type { CheckCase } from './case.ts';
import { limitCases } from './cluster-limits.ts';
import { nodeCases } from './cluster-nodes.ts';
import { versionCases } from './cluster-versions.ts';

/** Cases of this family's checks. */
export const clusterCases: readonly CheckCase[] = [...versionCases, ...nodeCases, ...limitCases];
