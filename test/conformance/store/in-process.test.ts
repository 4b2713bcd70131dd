import { inProcessApi } from '../../../sandbox/api/in-process.ts';
import { seededRandom } from '../../../sandbox/store/random.ts';
import { resources } from '../../../sandbox/store/resources.ts';
import { Store } from '../../../sandbox/store/store.ts';
import type { ConformanceTarget } from './harness.ts';
import { storeConformance } from './index.ts';

const epoch = Date.UTC(2026, 0, 1);

function target(): Promise<ConformanceTarget> {
  const store = new Store({
    clock: () => epoch,
    random: seededRandom(1),
    webhooks: {
      call: ({ service }) => ({ kind: 'unreachable', error: `service "${service?.name ?? ''}" not found` }),
    },
  });
  store.create(resources.namespaces, { metadata: { name: 'conformance' } });
  const api = inProcessApi({ store });
  return Promise.resolve({ api, namespace: 'conformance', cleanup: () => api.close() });
}

storeConformance('the sandbox in process', target);
