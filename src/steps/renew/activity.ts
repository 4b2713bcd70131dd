import type { StepContext } from '../step.ts';
import type { RenewWorkload } from '../spec.ts';

/** Envoy's admin port, on 127.0.0.1 in the pod. */
export const adminPort = 15_000;

/** What a proxy works on, from its /clusters. */
export interface Activity {
  /** Requests (and TCP connections and upgraded streams, which Envoy counts alike) under way. */
  readonly active: number;
  /** Requests so far. */
  readonly total: number;
}

/**
 * Counts, from the pieces of an answer to /clusters, what goes into a sidecar's application (`inbound|…`) or through a
 * gateway (`outbound|…`). Not from /stats: Istio's default stats matcher leaves the downstream counters out.
 */
export function activityCounter(role: RenewWorkload['role']): { add(piece: string): void; result(): Activity } {
  const line = new RegExp(`^${role === 'gateway' ? 'outbound' : 'inbound'}\\|.*::rq_(active|total)::(\\d+)$`);
  const sums = { active: 0, total: 0 };
  let rest = '';
  return {
    add: (piece) => {
      const lines = (rest + piece).split('\n');
      rest = lines.pop() ?? '';
      for (const found of lines.map((one) => line.exec(one))) {
        if (found) sums[found[1] === 'active' ? 'active' : 'total'] += Number(found[2]);
      }
    },
    result: () => ({ ...sums }),
  };
}

/** Asks the proxy of a pod what it works on. @throws Transient, Blocked, NotFound as a port-forward does */
export async function readActivity(context: StepContext, spec: RenewWorkload, pod: string): Promise<Activity | null> {
  const { api, signal } = context;
  const counter = activityCounter(spec.role);
  const decoder = new TextDecoder();
  // A gateway of a large mesh answers with many MB: it is read as it comes.
  const onBody = (piece: Uint8Array) => counter.add(decoder.decode(piece, { stream: true }));
  const to = { namespace: spec.namespace, pod, port: adminPort };
  const { status } = await api.forwardedRequest(to, '/clusters', { signal, onBody, deadlineMs: 10_000 });
  if (status !== 200) return null;
  counter.add('\n');
  return counter.result();
}
