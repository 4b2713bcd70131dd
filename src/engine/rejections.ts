/** How many configurations proxies rejected, as each istiod counted it. */
import { Aborted, InvalidInput, MeshliftError } from '../errors.ts';
import type { KubeApi, PortAnswer } from '../kube/api.ts';
import type { View } from '../steps/step.ts';
import type { Rejections } from './gates.ts';

/** Port of istiod with /metrics (pilot/pkg/bootstrap/monitoring.go). */
const port = 15014;

/** Asks every ready istiod pod; one that does not answer is null. @throws Aborted */
export async function readRejections(api: KubeApi, { mesh }: View, deadlineMs = 5000): Promise<Rejections> {
  const pods = mesh.controlPlanes.flatMap(({ namespace, pods: own }) =>
    own.filter(({ ready }) => ready).map(({ name }) => ({ namespace, name })),
  );
  const counts = await Promise.all(pods.map((pod) => rejectionsOf(api, pod, deadlineMs)));
  return Object.fromEntries(pods.map(({ namespace, name }, index) => [`${namespace}/${name}`, counts[index] ?? null]));
}

async function rejectionsOf(
  api: KubeApi,
  pod: { namespace: string; name: string },
  deadlineMs: number,
): Promise<number | null> {
  try {
    const answer = await ask(api, pod, deadlineMs);
    return answer.status === 200 ? countRejections(answer.body) : null;
  } catch (error) {
    if (!(error instanceof MeshliftError) || error instanceof Aborted || error instanceof InvalidInput) throw error;
    return null;
  }
}

// The roles of `meshlift rbac` hold pods/portforward. Who lacks it may have the API server's proxy: metrics need no token.
async function ask(api: KubeApi, pod: { namespace: string; name: string }, deadlineMs: number): Promise<PortAnswer> {
  try {
    return await api.forwardedRequest({ namespace: pod.namespace, pod: pod.name, port }, '/metrics', { deadlineMs });
  } catch (error) {
    if (!(error instanceof MeshliftError) || error.status !== 403) throw error;
    return api.proxyGet({ kind: 'pods', ...pod, port }, '/metrics', { deadlineMs });
  }
}

/**
 * Counts that only grow: a container of istiod that is started again begins at zero, and what its pod counted since would be hidden
 * behind what it had counted before (Prometheus reads counters so, too).
 */
export function acrossRestarts(read: (view: View) => Promise<Rejections>): (view: View) => Promise<Rejections> {
  const seen = new Map<string, { readonly last: number; readonly lost: number }>();
  const total = (pod: string, count: number): number => {
    const { last, lost } = seen.get(pod) ?? { last: 0, lost: 0 };
    const all = count < last ? lost + last : lost;
    seen.set(pod, { last: count, lost: all });
    return all + count;
  };
  return async (view) => {
    const counts = Object.entries(await read(view));
    return Object.fromEntries(counts.map(([pod, count]) => [pod, count === null ? null : total(pod, count)]));
  };
}

/**
 * Sum of pilot_total_xds_rejects over all types (pkg/xds/monitoring.go). Zero when the metric is absent: istiod's counters of
 * bad things appear with the first one.
 */
export function countRejections(metrics: string): number {
  let sum = 0;
  for (const [, value] of metrics.matchAll(/^pilot_total_xds_rejects(?:\{[^}]*\})?\s+([0-9.eE+]+)/gm))
    sum += Number(value);
  return sum;
}
