import { changeCases } from './ambient-changes.ts';
import { nodeCases } from './ambient-nodes.ts';
import { replacingCases } from './ambient-replacing.ts';
import { setupCases } from './ambient-setup.ts';
import { versionCases } from './ambient-versions.ts';
import { waypointCases } from './ambient-waypoints.ts';
import type { CheckCase } from './case.ts';

/** Cases of this family's checks. */
export const ambientCases: readonly CheckCase[] = [
  ...versionCases,
  ...replacingCases,
  ...nodeCases,
  ...setupCases,
  ...changeCases,
  ...waypointCases,
];
