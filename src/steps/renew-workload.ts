/** New pods for one workload, so that its proxies are of another revision. How: docs/hand-over.md, and `renew/`. */
import { applyRenewal } from './renew/apply.ts';
import { observeRenewal, verifyRenewal } from './renew/judge.ts';
import { describeRenewal, renewalWrites } from './renew/words.ts';
import type { RenewWorkload } from './spec.ts';
import type { StepKind } from './step.ts';

/** See `RenewWorkload`. A workload that is on target is never written to. */
export const renewWorkload: StepKind<RenewWorkload> = {
  describe: describeRenewal,
  writes: renewalWrites,
  observe: observeRenewal,
  apply: applyRenewal,
  verify: verifyRenewal,
  // The way back is another renewal, whose version, labels and method only the planner knows.
  undo: () => [],
};
