import type { KubeApi } from '../src/kube/api.ts';
import type { Cluster } from './cluster.ts';
import { kubeconfigFor } from './http/kubeconfig.ts';
import { startHttp } from './http/server.ts';
import { LiveHost } from './live-start/host.ts';
import { liveServices, type ServiceUrls } from './live-start/services.ts';
import type { LiveMode } from './live/live-mode.ts';
import type { LiveTiming } from './live/timing.ts';
import { buildPast, pastClock, type SandboxOptions } from './past.ts';
import type { RunningSandbox } from './start.ts';

/** How to start with real servers. */
export interface LiveSandboxOptions extends SandboxOptions {
  /** Wins over what the scenario says. */
  readonly timing?: Partial<LiveTiming>;
}

/** A sandbox whose pods with a sidecar, gateways and annotated applications are real servers on loopback. */
export interface LiveSandbox extends RunningSandbox {
  /** The cluster without HTTP in between. */
  readonly api: KubeApi;
  readonly installer: Cluster['installer'];
  /** The Services that led to live pods at the start, and where they are reached. */
  readonly services: readonly ServiceUrls[];
  /** What can be done to pods, and addresses of Services, also of those that came later; see `LiveMode`. */
  readonly controls: Omit<LiveMode, 'runtime' | 'ports' | 'close'>;
  /** Switches pairs of versions that cannot work together. */
  readonly setBadPairs: Cluster['setBadPairs'];
}

/**
 * Builds the cluster in the past with modelled pods, as `startSandbox` does; then the time is the real one, and pods
 * become real servers at once, ready as they were. Proxies learn of changes only while an istiod answers them.
 * @throws InvalidInput when the port is in use or too many pods would be servers, Aborted by the signal, Transient when
 * servers do not come up, and what `loadScenario` throws
 */
export async function startLiveSandbox(options: LiveSandboxOptions): Promise<LiveSandbox> {
  const past = pastClock(options.now);
  const host = new LiveHost(past);
  const { cluster, leftOut } = await buildPast(options, past, host.shape);
  const close = async () => {
    cluster.close();
    await host.close();
  };
  try {
    const own = 'scenario' in options.content ? options.content.scenario.liveTiming : {};
    const live = await host.begin(cluster, options.now, { ...own, ...options.timing });
    const services = await liveServices(cluster.store, (port) => live.serviceAddress(port));
    const door = await startHttp(cluster, { port: options.port });
    const { api, installer } = cluster;
    return {
      ...{ api, installer, services, leftOut, controls: live },
      setBadPairs: (pairs) => cluster.setBadPairs(pairs),
      url: door.url,
      kubeconfig: kubeconfigFor(door.url),
      close: async () => {
        await door.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
