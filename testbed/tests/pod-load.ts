import type { Tools } from '../src/istio/install.ts';
import { gatewayNamespace } from '../src/istio/shop.ts';
import { images } from '../src/images.ts';
import { run } from '../src/run.ts';

const namespace = 'clients';
const firstPort = 8081;

/** What the clients in a pod have counted, by workload. */
export interface PodReport {
  readonly byWorkload: Readonly<Record<string, { readonly sent: number; readonly failed: number }>>;
  readonly failed: number;
  /** Least share of the requests due that was sent to a workload; a client that could not keep up has measured nothing. */
  readonly sentShare: number;
}

/** A client for each workload, all in one pod without a sidecar; they give up after ten minutes. */
function clientPod(workloads: readonly string[], rate: number): object {
  const client = (name: string, index: number) => ({
    name,
    image: images.load,
    imagePullPolicy: 'Never',
    args: [
      `-url=http://istio-ingressgateway.${gatewayNamespace}/${name}/`,
      `-rate=${String(rate)}`,
      '-for=10m',
      `-listen=:${String(firstPort + index)}`,
    ],
    resources: { requests: { cpu: '5m', memory: '16Mi' } },
  });
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'load', namespace },
    spec: { restartPolicy: 'Never', terminationGracePeriodSeconds: 1, containers: workloads.map(client) },
  };
}

/** Removes the clients, if there are any. */
export async function removePodLoad({ env }: Tools): Promise<void> {
  await run('kubectl', ['delete', 'namespace', namespace, '--ignore-not-found'], { env, timeoutMs: 60_000 });
}

/**
 * Starts `rate` requests a second to each workload, from inside the cluster by the name of the gateway's Service, on connections that
 * are kept. `stop` gives what came of them and removes the pod.
 */
export async function startPodLoad(mesh: Tools, workloads: readonly string[], rate: number) {
  const { env } = mesh;
  const items = [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, clientPod(workloads, rate)];
  await run('kubectl', ['apply', '-f', '-'], { env, input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) });
  await run('kubectl', ['-n', namespace, 'wait', '--for=condition=Ready', 'pod/load', '--timeout=60s'], { env });
  const began = performance.now();
  const counts = async (index: number) => {
    const path = `/api/v1/namespaces/${namespace}/pods/load:${String(firstPort + index)}/proxy/report`;
    return JSON.parse(await run('kubectl', ['get', '--raw', path], { env })) as { sent: number; failed: number };
  };
  return {
    stop: async (): Promise<PodReport> => {
      const due = (rate * (performance.now() - began)) / 1000;
      const found = await Promise.all(workloads.map(async (name, index) => [name, await counts(index)] as const));
      await removePodLoad(mesh);
      return {
        byWorkload: Object.fromEntries(found),
        failed: found.reduce((sum, [, one]) => sum + one.failed, 0),
        sentShare: Math.min(...found.map(([, { sent }]) => sent / due)),
      };
    },
  };
}
