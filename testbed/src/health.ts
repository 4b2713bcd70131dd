import { request } from 'node:https';
import type { KubeApi, KubeObject } from '../../src/kube/api.ts';
import { connect } from '../../src/kube/connection.ts';
import { httpKubeApi } from '../../src/kube/http-api.ts';
import { clusterCa } from './kubeconfigs.ts';
import { apiServer, nodeName, type Layout } from './layout.ts';
import { until } from './run.ts';

/** Whether the API server answers that it is ready; within two seconds. */
export async function apiServerIsReady(layout: Layout): Promise<boolean> {
  const ca = await clusterCa(layout);
  return new Promise((resolve) => {
    const asked = request(`${apiServer}/readyz`, { ca, timeout: 2000, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(false));
    asked.end();
  });
}

/** Waits for the API server. */
export async function apiServerReady(layout: Layout): Promise<void> {
  await until('the API server is ready', 90_000, () => apiServerIsReady(layout));
}

/** The cluster as its administrator, without a limit to the rate. */
export async function adminApi(layout: Layout): Promise<KubeApi> {
  const connection = await connect({ kubeconfig: layout.kubeconfig });
  return httpKubeApi(connection, { userAgent: 'testbed', rate: { perSecond: 10_000, burst: 10_000 } });
}

/** Whether the node says that it is ready. */
export async function nodeIsReady(api: KubeApi): Promise<boolean> {
  const resource = { group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false };
  const node: KubeObject = await api.get({ resource, name: nodeName });
  const { conditions = [] } = (node['status'] ?? {}) as { conditions?: readonly { type: string; status: string }[] };
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

/** Waits for the node. */
export async function nodeReady(api: KubeApi): Promise<void> {
  await until('the node is ready', 90_000, () => nodeIsReady(api));
}
