/** A crash at every write of a story, and what becomes of the run that somebody else goes on with. */
import { Transient } from '../../src/errors.ts';
import { deviations, tell, type Disturb, type StorySpec, type Told } from './story.ts';

/** Before the write, after it without its answer, or with its answer lost and the process alive. */
export type CrashMode = 'before' | 'after' | 'lost';

/** All of them. */
export const crashModes: readonly CrashMode[] = ['before', 'after', 'lost'];

/** A disturbance at one write. */
export interface CrashPoint {
  readonly write: number;
  readonly mode: CrashMode;
}

/** Every point of a story that has so many writes; `every` 3 takes one of three, beginning with `offset`. */
export function crashPoints(writes: number, every = 1, offset = 0): readonly CrashPoint[] {
  const all = Array.from({ length: writes }, (_none, index) =>
    crashModes.map((mode) => ({ write: index + 1, mode })),
  ).flat();
  return all.filter((_point, index) => index % every === offset % every);
}

/** Disturbs one write of a story. */
export function crashAt({ write, mode }: CrashPoint): Disturb {
  let done = false;
  return (_call, number, process) => {
    if (done || number !== write) return null;
    done = true;
    return async (call, go) => {
      if (mode === 'before') process.kill();
      if (mode === 'before') return new Promise(() => undefined);
      await go();
      if (mode === 'lost') {
        throw new Transient(`the answer to ${call.verb} ${call.resource} ${call.name} was lost: ECONNRESET`);
      }
      process.kill();
      return new Promise(() => undefined);
    };
  };
}

/** Tells a story with a crash. @returns what differs from the undisturbed one; empty: nothing */
export async function crashed(spec: StorySpec, undisturbed: Told, point: CrashPoint): Promise<readonly string[]> {
  return deviations(undisturbed, await tell(spec, { disturb: crashAt(point) }));
}
