import { randomUUID } from 'node:crypto';
import type { KubeApi, ResourceType } from '../../src/kube/api.ts';
import { MeshliftError } from '../../src/errors.ts';
import { ownLayout } from '../src/environment.ts';
import { adminApi } from '../src/health.ts';
import type { Layout } from '../src/layout.ts';
import { until } from '../src/run.ts';

const namespaces: ResourceType = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
};
const accounts: ResourceType = {
  group: '',
  version: 'v1',
  plural: 'serviceaccounts',
  kind: 'ServiceAccount',
  namespaced: true,
};

/** A namespace of its own on the node, as the administrator sees it. */
export interface TestNamespace {
  readonly layout: Layout;
  readonly api: KubeApi;
  readonly namespace: string;
  /** Deletes the namespace, without waiting until its pods are gone, and frees the connections. */
  cleanup(): Promise<void>;
}

/** Makes a namespace in which pods can be created. `name` default: a random one. Waits until an earlier one of that name is gone. */
export async function testNamespace(name?: string): Promise<TestNamespace> {
  const layout = ownLayout();
  const api = await adminApi(layout);
  const namespace = name ?? `t-${randomUUID().slice(0, 8)}`;
  await until(`there is no namespace ${namespace} any more`, 60_000, async () => {
    return api.create(namespaces, { metadata: { name: namespace } }).then(() => true);
  });
  // A pod that comes before its namespace's account is refused.
  await until('the namespace has its account', 30_000, async () => {
    return api.get({ resource: accounts, namespace, name: 'default' }).then(() => true);
  });
  return {
    layout,
    api,
    namespace,
    cleanup: async () => {
      await api.delete({ resource: namespaces, name: namespace }).catch(unlessGone);
      await api.close();
    },
  };
}

/** A body may have deleted its namespace itself. */
function unlessGone(error: unknown): void {
  if (!(error instanceof MeshliftError) || !['NotFound', 'Conflict'].includes(error.errorClass)) throw error;
}
