/** A process that runs the engine, and may be killed at any moment: what it waits for then never comes. */
import type { KubeApi } from '../../src/kube/api.ts';
import type { Clock } from '../../src/steps/step.ts';
import { interposed, type Interposer } from './interpose.ts';

/** A process with its own connection to the cluster and its own clock. */
export interface Process {
  /** 1 for the first, and so on. */
  readonly number: number;
  readonly api: KubeApi;
  readonly clock: Clock;
  readonly alive: () => boolean;
  /** Everything that it awaits never settles from now on. */
  kill(): void;
}

/** Starts one. `around` sees every call of it; `killed` is told once. */
export function startProcess(
  number: number,
  { api, clock }: Pick<Process, 'api' | 'clock'>,
  around: Interposer,
  killed: () => void,
): Process {
  let alive = true;
  const never = <T>(): Promise<T> => new Promise<T>(() => undefined);
  const whileAlive = async <T>(go: () => Promise<T>): Promise<T> => {
    if (!alive) return never();
    try {
      const value = await go();
      return alive ? value : await never<T>();
    } catch (error) {
      if (!alive) return never();
      throw error;
    }
  };
  return {
    number,
    api: interposed(api, (call, go) => whileAlive(() => around(call, go))),
    clock: { now: () => clock.now(), sleep: (ms, signal) => whileAlive(() => clock.sleep(ms, signal)) },
    alive: () => alive,
    kill: () => {
      alive = false;
      killed();
    },
  };
}
