import type { VirtualScheduler } from './clock/virtual.ts';
import { kubeconfigFor } from './http/kubeconfig.ts';
import { startHttp } from './http/server.ts';
import { buildPast, pastClock, type SandboxOptions } from './past.ts';

/** A sandbox that is served over HTTP; its time is the real time. */
export interface RunningSandbox {
  readonly url: string;
  /** Text of a kubeconfig for it. */
  readonly kubeconfig: string;
  /** Objects of the snapshot that it could not take, by kind. */
  readonly leftOut: Readonly<Record<string, number>>;
  close(): Promise<void>;
}

/** Milliseconds between two ticks. */
const tickMs = 10;

/**
 * Builds the cluster in the past, then lets its time go on with the real one.
 * @throws InvalidInput when the port is in use, Aborted by the signal, and what `loadScenario` throws
 */
export async function startSandbox(options: SandboxOptions): Promise<RunningSandbox> {
  const clock = pastClock(options.now);
  const { cluster, leftOut } = await buildPast(options, clock, { clock });
  try {
    const door = await startHttp(cluster, { port: options.port });
    const stopClock = keepTime(clock, options.now);
    return {
      url: door.url,
      kubeconfig: kubeconfigFor(door.url),
      leftOut,
      close: async () => {
        stopClock();
        await door.close();
        cluster.close();
      },
    };
  } catch (error) {
    cluster.close();
    throw error;
  }
}

/** Lets the cluster's time follow the real one; what was built in more time than has passed stays ahead of it. */
function keepTime(clock: VirtualScheduler, now: () => number): () => void {
  const ahead = Math.max(0, clock.now() - now());
  const timer = setInterval(() => clock.advance(Math.max(0, now() + ahead - clock.now())), tickMs);
  return () => clearInterval(timer);
}
