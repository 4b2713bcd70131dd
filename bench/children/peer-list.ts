/**
 * The list of @kubernetes/client-node as its informers use it: one request, one body, whole objects. BENCH_PODS bounds
 * it, so that the server is like one with so many pods; 0 asks for everything. Prints {pods} or {error}.
 */
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';

const limit = Number(process.env['BENCH_PODS'] ?? 0);
const config = new KubeConfig();
// Plain HTTP is refused unless told that no TLS check is wanted.
config.loadFromClusterAndUser(
  { name: 'bench', server: process.env['BENCH_SERVER'] ?? '', skipTLSVerify: true },
  { name: 'bench' },
);
const api = config.makeApiClient(CoreV1Api);
try {
  const list = await api.listPodForAllNamespaces(limit > 0 ? { limit } : {});
  console.log(JSON.stringify({ pods: list.items.length }));
} catch (error) {
  console.log(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
}
