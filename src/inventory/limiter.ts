/** A bound on what runs at once. */

/** Runs a task when one of the slots is free; in the order of the calls. */
export type Limiter = <T>(task: () => Promise<T>) => Promise<T>;

/** A limiter with `slots` (at least 1) slots. */
export function createLimiter(slots: number): Limiter {
  const waiting: (() => void)[] = [];
  let free = Math.max(1, slots);
  const release = (): void => {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };
  return async (task) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await task();
    } finally {
      release();
    }
  };
}
