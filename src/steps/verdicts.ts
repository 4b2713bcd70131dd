/** Short ways to say where a step stands. */
import type { Observation, Verdict } from './step.ts';

/** It can be started. */
export const ready: Observation = { state: 'ready' };

/** Nothing is left to do. */
export const done: Observation = { state: 'done' };

/** What must hold does. */
export const passed: Verdict = { state: 'passed' };

/** It can't be started, and waiting does not help. */
export function blocked(why: string): Observation {
  return { state: 'blocked', why };
}

/** It can't be started yet, and may be by itself. */
export function notYet(why: string): Observation {
  return { state: 'waiting', why };
}

/** Not enough was read. */
export function unknown(why: string): { readonly state: 'unknown'; readonly why: string } {
  return { state: 'unknown', why };
}

/** It may still come. */
export function waiting(why: string): Verdict {
  return { state: 'waiting', why };
}

/** It will not come by itself. */
export function failed(why: string): Verdict {
  return { state: 'failed', why };
}

/** What is seen after a step: `whenDone` when nothing is left to do, waiting when it could still be started. */
export function verdictOf(observation: Observation, stillTo: string, whenDone: () => Verdict = () => passed): Verdict {
  if ('why' in observation)
    return { state: observation.state === 'blocked' ? 'failed' : observation.state, why: observation.why };
  return observation.state === 'done' ? whenDone() : waiting(stillTo);
}
