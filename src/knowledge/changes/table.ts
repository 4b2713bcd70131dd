/** All known changes of behaviour. */
import type { BehaviourChange } from './model.ts';
import { from118 } from './v1-18-to-1-20.ts';
import { from121 } from './v1-21-to-1-23.ts';
import { from124 } from './v1-24-to-1-26.ts';
import { from127 } from './v1-27-to-1-28.ts';
import { from129 } from './v1-29-to-1-31.ts';

/** About in the order in which they came. */
export const behaviourChanges: readonly BehaviourChange[] = [
  ...from118,
  ...from121,
  ...from124,
  ...from127,
  ...from129,
];
