/** From flags and environment to a cluster. client-node and undici are loaded only here, when they are needed. */
import type { KubeApi } from '../kube/api.ts';
import type { ConnectOptions } from '../kube/connection.ts';
import type { ClusterFlags } from './flags.ts';
import type { CliIo } from './io.ts';

/** A cluster to read; the caller closes `api`. */
export interface Cluster {
  readonly api: KubeApi;
  readonly context: string;
}

/** Reads the configuration; sends nothing yet. Throws InvalidInput. */
export async function openCluster(flags: ClusterFlags, io: Pick<CliIo, 'env' | 'home'>): Promise<Cluster> {
  const [{ connect }, { httpKubeApi }] = await Promise.all([
    import('../kube/connection.ts'),
    import('../kube/http-api.ts'),
  ]);
  const connection = await connect(connectOptions(flags, io));
  return { api: httpKubeApi(connection, { requestTimeoutMs: flags.requestTimeout }), context: connection.context };
}

function connectOptions(flags: ClusterFlags, { env, home }: Pick<CliIo, 'env' | 'home'>): ConnectOptions {
  const { kubeconfig, context, as: asUser, asGroup: asGroups, requestTimeout: requestTimeoutMs } = flags;
  const [host, port] = [env['KUBERNETES_SERVICE_HOST'], env['KUBERNETES_SERVICE_PORT']];
  return {
    ...{ home, requestTimeoutMs },
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(env['KUBECONFIG'] ? { kubeconfigEnv: env['KUBECONFIG'] } : {}),
    ...(context === undefined ? {} : { context }),
    ...(asUser === undefined ? {} : { asUser }),
    ...(asGroups === undefined ? {} : { asGroups }),
    ...(host && port ? { inCluster: { host, port } } : {}),
  };
}
