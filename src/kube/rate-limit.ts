/** Client-side limit on requests, so that a big cluster's read does not use up the share of others in the API server. */

/** What the limiter needs of the outside. */
interface LimiterClock {
  /** Milliseconds, only ever compared with itself. */
  readonly now: () => number;
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

/** Waits for a turn. */
export interface RateLimiter {
  /** Resolves when the request may go; in the order of the calls. Throws what `sleep` throws for the signal. */
  take(signal?: AbortSignal): Promise<void>;
}

/** Token bucket: `burst` requests at once, then `perSecond` a second. */
export function rateLimiter(rate: { perSecond: number; burst: number }, clock: LimiterClock): RateLimiter {
  let tokens = rate.burst;
  let filledAt = clock.now();
  return {
    async take(signal) {
      const now = clock.now();
      tokens = Math.min(rate.burst, tokens + ((now - filledAt) / 1000) * rate.perSecond);
      filledAt = now;
      // Below zero means turns already promised to those that wait: each takes its own place in the line.
      tokens -= 1;
      if (tokens < 0) await clock.sleep((-tokens / rate.perSecond) * 1000, signal);
    },
  };
}
