import { expect, test } from 'vitest';
import { VirtualScheduler } from '../clock/virtual.ts';
import { planOf, type PodPlan } from '../live/pod/plan.ts';
import { defaultLiveTiming } from '../live/timing.ts';
import { buildPast } from '../past.ts';
import { resources } from '../store/resources.ts';
import { bookinfo, quickBookinfo } from './bookinfo.ts';
import type { Scenario } from './types.ts';

/** How the pods of the mesh run, by workload. */
async function plans(scenario: Scenario): Promise<Readonly<Record<string, PodPlan>>> {
  const clock = new VirtualScheduler(0);
  const { cluster } = await buildPast({ content: { scenario }, port: 0, now: () => 900_000 }, clock, { clock });
  const pods = [...cluster.store.all(resources.pods)].filter(({ metadata }) => metadata.namespace !== 'istio-system');
  const found = pods.map((pod) => [pod.metadata.name.replace(/-\w+-\w+$/, ''), planOf(pod)] as const);
  cluster.close();
  return Object.fromEntries(found);
}

test('the quick one is the same but for how pods end', async () => {
  const [usual, quick] = await Promise.all([plans(bookinfo), plans(quickBookinfo)]);
  expect(Object.keys(usual)).toHaveLength(7);
  const ending = Object.entries(usual).map(([name, { drain, app, ...rest }]) => {
    const isGateway = rest.role === 'gateway';
    return [
      name,
      {
        ...rest,
        drain: { ...drain, drainMs: isGateway ? 1000 : drain.drainMs },
        app: { ...app, serveMs: isGateway ? app.serveMs : 500 },
      },
    ];
  });
  expect(quick).toEqual(Object.fromEntries(ending));
});

test('a pod of the quick one serves for longer than it takes until nobody is sent to it', async () => {
  const { serviceDelayMs, pushDelayMs } = defaultLiveTiming;
  const { app } = (await plans(quickBookinfo))['productpage-v1'] ?? {};
  expect(app?.serveMs).toBeGreaterThan(serviceDelayMs + pushDelayMs);
});
