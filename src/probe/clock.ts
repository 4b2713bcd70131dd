/** Time as the probe sees it; injected so that tests can block or bend it. */
export interface ProbeClock {
  /** Milliseconds, monotonic, with fractions; only differences have a meaning. */
  now(): number;
  /** Runs `run` once, not before `ms` milliseconds; the answer cancels it. */
  setTimer(ms: number, run: () => void): () => void;
}

/** The machine's own monotonic clock and timers. */
export const systemClock: ProbeClock = {
  now: () => performance.now(),
  setTimer: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** Milliseconds after its time from which an action counts as late: beyond it the delay is the prober's own. */
export const LATE_MS = 20;

/**
 * A deadline that is fair to the server: a timer that itself fires late means that this process was stopped, and
 * answers may wait unread in the kernel. It then gives them one more turn before it says that none came.
 */
export function setDeadline(clock: ProbeClock, ms: number, expire: () => void): () => void {
  let cancel = (): void => undefined;
  const arm = (wait: number): void => {
    const due = clock.now() + wait;
    cancel = clock.setTimer(wait, () => (clock.now() - due > LATE_MS ? arm(LATE_MS) : expire()));
  };
  arm(ms);
  return () => cancel();
}
