import { inProcessApi } from '../../../sandbox/api/in-process.ts';
import { VirtualScheduler } from '../../../sandbox/clock/virtual.ts';
import { startControllers } from '../../../sandbox/controllers/start.ts';
import { seededRandom } from '../../../sandbox/store/random.ts';
import { resources } from '../../../sandbox/store/resources.ts';
import { Store } from '../../../sandbox/store/store.ts';
import type { ControllerTarget } from './harness.ts';
import { controllerConformance } from './index.ts';

const stepMs = 50;

/** Three nodes and all controllers, on a virtual clock. */
function target(): Promise<ControllerTarget> {
  const clock = new VirtualScheduler(Date.UTC(2026, 0, 1));
  const store = new Store({ clock: () => clock.now(), random: seededRandom(7) });
  for (const name of ['node-1', 'node-2', 'node-3']) {
    store.create(resources.nodes, {
      metadata: { name, labels: { 'kubernetes.io/hostname': name } },
      status: {
        conditions: [{ type: 'Ready', status: 'True' }],
        allocatable: { cpu: '8', memory: '16Gi', pods: '110' },
      },
    });
  }
  const { stop } = startControllers(store, clock, { random: seededRandom(8) });
  const namespace = 'conformance';
  store.create(resources.namespaces, { metadata: { name: namespace } });
  const api = inProcessApi({ store });
  return Promise.resolve({
    api,
    namespace,
    image: 'registry.example.com/pause:3.10',
    eventually: async (what, condition) => {
      for (let waited = 0; waited <= 60_000; waited += stepMs) {
        if (await condition()) return;
        clock.advance(stepMs);
      }
      throw new Error(`not within a minute: ${what}`);
    },
    pass: (ms) => Promise.resolve(clock.advance(ms)),
    cleanup: async () => {
      stop();
      await api.close();
    },
  });
}

controllerConformance('the sandbox on a virtual clock', target);
