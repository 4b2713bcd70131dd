/** Takes back something that was to be done later; without effect once it has been done. */
export type Cancel = () => void;

/** Time and what is done at which time. The only source of time in the sandbox. */
export interface Scheduler {
  /** Milliseconds since 1970. */
  now(): number;
  /** Does something after so many milliseconds; what is due at the same time is done in the order it was asked for. */
  after(ms: number, action: () => void): Cancel;
}
