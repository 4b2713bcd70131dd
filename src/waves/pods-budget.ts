import type { WaveLimits } from './task.ts';

/** Pods that may be made at once, as a bucket that fills with time. */
export interface StartBudget {
  /** Below 0 when running renewals have made more than the rate allows: nobody can stop their next batch. */
  readonly tokens: number;
  /** Time up to which it has been filled. */
  readonly at: number;
}

/** A bucket holds what one second allows, and at least one pod. */
const burstSeconds = 1;

/** A full bucket. */
export function fullBudget(limits: WaveLimits, now: number): StartBudget {
  return { tokens: capacity(limits), at: now };
}

/** The bucket at a later time, after so many pods were made. */
export function spend(budget: StartBudget, limits: WaveLimits, now: number, pods: number): StartBudget {
  const filled = budget.tokens + (Math.max(0, now - budget.at) / 1000) * limits.startsPerSecond;
  return { tokens: Math.min(capacity(limits), filled) - pods, at: Math.max(now, budget.at) };
}

/** Milliseconds until the bucket has something in it again; 0 when it has. */
export function untilFilled({ tokens }: StartBudget, limits: WaveLimits): number {
  return tokens > 0 ? 0 : Math.ceil(((1e-6 - tokens) / limits.startsPerSecond) * 1000);
}

function capacity({ startsPerSecond }: WaveLimits): number {
  return Math.max(1, burstSeconds * startsPerSecond);
}
