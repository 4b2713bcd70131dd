/** The engine's world on a real cluster, or on a sandbox that is reached over HTTP. */
import { Aborted } from '../../errors.ts';
import type { World } from '../../engine/deps.ts';
import type { EngineEvent } from '../../engine/events.ts';
import { queryNumber, type FetchText } from '../../engine/prometheus.ts';
import { readRejections } from '../../engine/rejections.ts';
import { readRunView } from '../../engine/run-view.ts';
import type { RunningTraffic } from '../../engine/traffic.ts';
import { installerFor, type InstallerDeps } from '../../installers/choose.ts';
import { readCluster } from '../../inventory/read-cluster.ts';
import type { KubeApi } from '../../kube/api.ts';
import { buildMesh } from '../../mesh/build.ts';
import { stepKinds } from '../../steps/kinds.ts';
import type { Clock, View } from '../../steps/step.ts';
import type { CliIo } from '../io.ts';

/** What the world is made of. */
export interface WorldParts {
  readonly api: KubeApi;
  readonly context: string;
  readonly io: Pick<CliIo, 'now' | 'wait'>;
  readonly installers: InstallerDeps;
  readonly traffic: RunningTraffic | null;
  readonly fetchText: FetchText;
  readonly tell: (event: EngineEvent) => void;
}

/** Makes it. */
export function worldOf({ api, context, io, installers, traffic, fetchText, tell }: WorldParts): World {
  return {
    api,
    clock: clockOf(io),
    read: (signal) => readRunView(api, context, () => io.now(), signal),
    installer: ({ owner }) => installerFor(owner, installers),
    rejections: (view) => readRejections(api, view),
    prometheus: (condition, revisions) => queryNumber(fetchText, condition, revisions),
    traffic,
    kinds: stepKinds,
    tell,
  };
}

/** The command line's time for the engine. */
export function clockOf({ now, wait }: Pick<CliIo, 'now' | 'wait'>): Clock {
  return {
    now: () => now(),
    sleep: async (ms, signal) => {
      await wait(ms, signal);
      if (signal?.aborted === true) throw new Aborted('Stopped.');
    },
  };
}

/** Reads the whole mesh once, for a plan. @throws what reading throws */
export async function readView(api: KubeApi, context: string, { now }: Pick<CliIo, 'now'>): Promise<View> {
  const seenAt = now();
  const facts = await readCluster(api, { context });
  return { facts, mesh: buildMesh(facts), seenAt };
}
