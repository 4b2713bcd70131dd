/** Tells what is done and how long each step took. */
export interface Progress {
  /** Runs a step and says its seconds. */
  step<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** A line for the person. */
  say(text: string): void;
  /** Seconds since the start. */
  seconds(): number;
}

/** Progress on a stream; `now` in milliseconds since any fixed point. */
export function progress(write: (text: string) => void, now: () => number): Progress {
  const start = now();
  const since = (then: number) => ((now() - then) / 1000).toFixed(1);
  return {
    say: (text) => write(`${text}\n`),
    seconds: () => Number(since(start)),
    async step(name, work) {
      const began = now();
      try {
        const result = await work();
        write(`${since(began).padStart(7)} s  ${name}\n`);
        return result;
      } catch (error) {
        write(`${since(began).padStart(7)} s  ${name}: FAILED\n`);
        throw error;
      }
    },
  };
}
