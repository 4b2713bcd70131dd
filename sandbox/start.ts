import { Aborted } from '../src/errors.ts';
import type { KubeObject } from '../src/kube/api.ts';
import { VirtualScheduler } from './clock/virtual.ts';
import { createCluster, type ClusterOptions } from './cluster.ts';
import { kubeconfigFor } from './http/kubeconfig.ts';
import { startHttp } from './http/server.ts';
import { loadScenario } from './scenarios/load.ts';
import type { Pass } from './scenarios/settle.ts';
import { restorable } from './scenarios/snapshot/load.ts';
import type { Scenario } from './scenarios/types.ts';

/** What a sandbox begins with: a scenario, or the objects of a snapshot. */
export type SandboxContent = { readonly scenario: Scenario } | { readonly objects: readonly KubeObject[] };

/** How to start. */
export interface SandboxOptions {
  readonly content: SandboxContent;
  /** On 127.0.0.1; 0 for any free one. */
  readonly port: number;
  /** The real time in milliseconds since 1970. */
  readonly now: () => number;
  /** Decides about names and times: the same gives the same cluster. Default 1. */
  readonly seed?: number;
  /** Stops the start. */
  readonly signal?: AbortSignal;
}

/** A sandbox that is served over HTTP; its time is the real time. */
export interface RunningSandbox {
  readonly url: string;
  /** Text of a kubeconfig for it. */
  readonly kubeconfig: string;
  /** Objects of the snapshot that it could not take, by kind. */
  readonly leftOut: Readonly<Record<string, number>>;
  close(): Promise<void>;
}

/** Milliseconds: what has happened before the start, how long controllers have for a snapshot, and between two ticks. */
const times = { history: 900_000, adoption: 10_000, tick: 10 };

/**
 * Builds the cluster in a past that passes as fast as the machine can, so that even a scenario of several installations
 * is ready at once; then lets its time go on with the real one.
 * @throws InvalidInput when the port is in use, Aborted by the signal, and what `loadScenario` throws
 */
export async function startSandbox(options: SandboxOptions): Promise<RunningSandbox> {
  const { content, port, now, seed = 1, signal } = options;
  const clock = new VirtualScheduler(now() - times.history);
  const { objects: restored, leftOut } = 'objects' in content ? restorable(content.objects) : nothing;
  const cluster = createCluster({ clock, seed, restored, ...('scenario' in content ? ground(content.scenario) : {}) });
  try {
    const pass = passing(clock, signal);
    if ('scenario' in content) await loadScenario(cluster, content.scenario, pass);
    else await pass(times.adoption);
    await pass(Math.max(0, now() - clock.now()));
    const door = await startHttp(cluster, { port });
    const stopClock = keepTime(clock, now);
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

const nothing = { objects: [], leftOut: {} };

/** What must be there before the first step of a scenario. */
function ground({ nodes, gatewayApi }: Scenario): Pick<ClusterOptions, 'nodes' | 'gatewayApi'> {
  return { nodes, ...(gatewayApi !== undefined && { gatewayApi }) };
}

/** Time of the machine's speed that can be stopped between two seconds of it. */
function passing(clock: VirtualScheduler, signal: AbortSignal | undefined): Pass {
  return async (ms) => {
    for (let left = ms; left > 0; left -= 1000) {
      if (signal?.aborted) throw new Aborted('Stopped before the sandbox was ready.');
      clock.advance(Math.min(left, 1000));
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
}

/** Lets the cluster's time follow the real one; what was built in more time than has passed stays ahead of it. */
function keepTime(clock: VirtualScheduler, now: () => number): () => void {
  const ahead = Math.max(0, clock.now() - now());
  const timer = setInterval(() => clock.advance(Math.max(0, now() + ahead - clock.now())), times.tick);
  return () => clearInterval(timer);
}
