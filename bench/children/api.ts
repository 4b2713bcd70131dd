import { connect } from '../../src/kube/connection.ts';
import { httpKubeApi } from '../../src/kube/http-api.ts';
import type { KubeApi } from '../../src/kube/api.ts';

/** The client of the product, for the cluster of KUBECONFIG. */
export async function openBenchApi(): Promise<KubeApi> {
  const requestTimeoutMs = 30_000;
  const { HOME: home = '', KUBECONFIG: kubeconfig = '' } = process.env;
  return httpKubeApi(await connect({ home, kubeconfig, requestTimeoutMs }), { requestTimeoutMs });
}
