import { Aborted } from '../src/errors.ts';
import type { KubeObject } from '../src/kube/api.ts';
import { VirtualScheduler } from './clock/virtual.ts';
import { createCluster, type Cluster, type ClusterOptions } from './cluster.ts';
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

/** A cluster that has come to the present. */
export interface Past {
  readonly cluster: Cluster;
  /** Objects of the snapshot that it could not take, by kind. */
  readonly leftOut: Readonly<Record<string, number>>;
}

/** Milliseconds: what has happened before the start, and how long controllers have for a snapshot. */
const times = { history: 900_000, adoption: 10_000 };

/** The clock of a past that reaches up to the real time. */
export function pastClock(now: () => number): VirtualScheduler {
  return new VirtualScheduler(now() - times.history);
}

/**
 * Builds the cluster in a past that passes as fast as the machine can, so that even a scenario of several installations
 * is ready at once.
 * @param past time of it, from `pastClock`
 * @param shape by what the cluster differs; its clock follows `past`
 * @throws Aborted by the signal, and what `loadScenario` throws
 */
export async function buildPast(
  options: SandboxOptions,
  past: VirtualScheduler,
  shape: Pick<ClusterOptions, 'clock' | 'runtime' | 'ports'>,
): Promise<Past> {
  const { content, now, seed = 1, signal } = options;
  const { objects: restored, leftOut } = 'objects' in content ? restorable(content.objects) : nothing;
  const cluster = createCluster({
    installations: true,
    ...shape,
    seed,
    restored,
    ...('scenario' in content ? ground(content.scenario) : {}),
  });
  try {
    const pass = passing(past, signal);
    if ('scenario' in content) await loadScenario(cluster, content.scenario, pass);
    else await pass(times.adoption);
    await pass(Math.max(0, now() - past.now()));
    return { cluster, leftOut };
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
function passing(past: VirtualScheduler, signal: AbortSignal | undefined): Pass {
  return async (ms) => {
    for (let left = ms; left > 0; left -= 1000) {
      if (signal?.aborted) throw new Aborted('Stopped before the sandbox was ready.');
      past.advance(Math.min(left, 1000));
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
}
