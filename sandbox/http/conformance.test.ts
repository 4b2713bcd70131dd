import { connect } from '../../src/kube/connection.ts';
import { httpKubeApi } from '../../src/kube/http-api.ts';
import type { ConformanceTarget } from '../../test/conformance/store/harness.ts';
import { storeConformance } from '../../test/conformance/store/index.ts';
import { seededRandom } from '../store/random.ts';
import { resources } from '../store/resources.ts';
import { Store } from '../store/store.ts';
import { kubeconfigFile } from './served.test-helper.ts';
import { startHttp } from './server.ts';

const epoch = Date.UTC(2026, 0, 1);

async function target(): Promise<ConformanceTarget> {
  const store = new Store({
    clock: () => epoch,
    random: seededRandom(1),
    webhooks: {
      call: ({ service }) => ({ kind: 'unreachable', error: `service "${service?.name ?? ''}" not found` }),
    },
  });
  store.create(resources.namespaces, { metadata: { name: 'conformance' } });
  const server = await startHttp({ store });
  const file = await kubeconfigFile(server.url);
  // A real kubeconfig file on the way, so that the written form is tried as well.
  const connection = await connect({ kubeconfig: file.path });
  const api = httpKubeApi(connection, { backoffMs: 1, rate: { perSecond: 10_000, burst: 10_000 } });
  const cleanup = async () => {
    await api.close();
    await server.close();
    await file.remove();
  };
  return { api, namespace: 'conformance', cleanup };
}

storeConformance('the sandbox over HTTP', target);
