/** The engine on an in-process sandbox whose time passes as fast as the machine can. */
import { Aborted } from '../../src/errors.ts';
import type { World } from '../../src/engine/deps.ts';
import type { EngineEvent } from '../../src/engine/events.ts';
import { readRunView } from '../../src/engine/run-view.ts';
import { readRejections } from '../../src/engine/rejections.ts';
import { sandboxInstaller } from '../../src/installers/sandbox.ts';
import { readCluster } from '../../src/inventory/read-cluster.ts';
import type { KubeApi } from '../../src/kube/api.ts';
import { buildMesh } from '../../src/mesh/build.ts';
import { stepKinds } from '../../src/steps/kinds.ts';
import type { Clock, View } from '../../src/steps/step.ts';
import { VirtualScheduler } from '../../sandbox/clock/virtual.ts';
import { createCluster, type Cluster } from '../../sandbox/cluster.ts';
import type { PodRuntime } from '../../sandbox/controllers/kubelet/runtime.ts';
import { scenarios } from '../../sandbox/scenarios/table.ts';
import { loadScenario } from '../../sandbox/scenarios/load.ts';

/** A cluster with its clock, after the steps of a scenario. */
export interface Stage {
  readonly cluster: Cluster;
  readonly scheduler: VirtualScheduler;
  readonly clock: Clock;
}

/** Lays something over the model that runs pods, on a clock. */
export type RuntimeOverlay = (scheduler: VirtualScheduler) => (model: PodRuntime) => PodRuntime;

/** Milliseconds since 1970 at which every story begins. */
const start = Date.parse('2026-03-02T08:00:00Z');

/** Builds a scenario. `runtime`: lays something over the model that runs pods. */
export async function stage(name: string, seed = 1, runtime?: RuntimeOverlay): Promise<Stage> {
  const scenario = scenarios.find((one) => one.name === name);
  if (scenario === undefined) throw new Error(`no scenario ${name}`);
  const scheduler = new VirtualScheduler(start);
  const { nodes, gatewayApi } = scenario;
  const options = {
    ...(gatewayApi !== undefined && { gatewayApi }),
    ...(runtime !== undefined && { runtime: runtime(scheduler) }),
  };
  const cluster = createCluster({ clock: scheduler, seed, nodes, installations: true, events: 'none', ...options });
  await loadScenario(cluster, scenario, async (ms) => {
    for (let left = ms; left > 0; left -= 1000) {
      scheduler.advance(Math.min(left, 1000));
      await turn();
    }
  });
  return { cluster, scheduler, clock: clockOf(scheduler) };
}

/** One turn of the event loop: everything that was promised has happened. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The scheduler as a clock for the engine. */
export function clockOf(scheduler: VirtualScheduler): Clock {
  return {
    now: () => scheduler.now(),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(new Aborted('Stopped.'));
        const cancel = scheduler.after(ms, () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        });
        const onAbort = (): void => {
          cancel();
          reject(new Aborted('Stopped.'));
        };
        signal?.addEventListener('abort', onAbort, { once: true });
      }),
  };
}

/**
 * Lets time pass until a promise is settled. `moment` is called whenever everything of a moment has happened.
 * @throws what it throws; an error after `limitMs` of virtual time
 */
export async function passing<T>(
  scheduler: VirtualScheduler,
  promise: Promise<T>,
  { limitMs = 7_200_000, moment = () => undefined }: { limitMs?: number; moment?: () => void } = {},
): Promise<T> {
  let settled = false;
  const watched = promise.finally(() => (settled = true));
  watched.catch(() => undefined);
  const end = scheduler.now() + limitMs;
  for (;;) {
    // Whoever waits for a promise must have had its turns before time goes on.
    await turn();
    moment();
    if (settled) return watched;
    const next = scheduler.nextAt();
    if (next === null) throw new Error('nothing is waited for, and the promise is not settled');
    if (next > end) throw new Error(`not settled after ${limitMs / 1000} s of virtual time`);
    scheduler.advance(next - scheduler.now());
  }
}

/** Reads the mesh of an API. */
export async function readView(api: KubeApi, clock: Clock): Promise<View> {
  const seenAt = clock.now();
  const facts = await readCluster(api, { context: 'sandbox' });
  return { facts, mesh: buildMesh(facts), seenAt };
}

/** The engine's world on a cluster; `api` may be one that fails now and then. */
export function worldOn({ cluster, clock }: Stage, api: KubeApi = cluster.api, events: EngineEvent[] = []): World {
  return {
    api,
    clock,
    read: () => readRunView(api, 'sandbox', () => clock.now()),
    installer: () => sandboxInstaller({ api, clock }),
    rejections: (view) => readRejections(api, view),
    prometheus: () => Promise.resolve(null),
    traffic: null,
    kinds: stepKinds,
    tell: (event) => events.push(event),
  };
}
