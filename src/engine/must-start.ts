import { Aborted } from '../errors.ts';
import type { Session } from './deps.ts';

/** Whether something new may be started: every stop says no, also the one that lets running steps finish. @throws Aborted */
export function mustStart({ control }: Session): void {
  const stop = control.stop();
  if (stop !== null) throw new Aborted(`Stopped: ${stop.why}`);
}
