import type { Cancel } from '../clock/scheduler.ts';
import type { PortReply, PortRequest } from '../api/ports.ts';
import type { LivePod } from './pod/live-pod.ts';
import type { Sidecar } from './pod/sidecar.ts';

/** Envoy's admin port, on 127.0.0.1 inside the pod. */
const adminPort = 15_000;
/** Where the agent tells readiness. */
const readinessPort = 15_021;

/** What the admin port needs besides the proxy. */
export interface AdminContext {
  readonly pod: LivePod;
  /** Does something later, as long as the pod lives. */
  readonly after: (ms: number, action: () => void) => Cancel;
}

/** Envoy's --drain-time-s as Istio sets it (meshConfig drainDuration): after it draining listeners are closed. */
const drainTimeMs = 45_000;

const answered = (status: number, body: string): PortReply => ({ kind: 'answered', status, body });

/** Answers of a proxy's own ports; undefined for ports that are not the proxy's. */
export function callProxy(context: AdminContext, request: PortRequest): PortReply | undefined {
  const { pod } = context;
  if (!pod.sidecar || (request.to.port !== adminPort && request.to.port !== readinessPort)) return undefined;
  // The admin port listens on 127.0.0.1 only, which the API server's proxy does not reach.
  if (!pod.proxyRuns || (request.to.port === adminPort && request.via === 'proxy')) return refused(request);
  if (request.to.port === readinessPort) return answered(pod.proxyReady ? 200 : 503, '');
  return admin(context, pod.sidecar, request);
}

function refused({ to }: PortRequest): PortReply {
  return { kind: 'refused', error: `dial tcp4 127.0.0.1:${to.port}: connect: connection refused` };
}

function admin(context: AdminContext, sidecar: Sidecar, { path, method }: PortRequest): PortReply {
  const url = new URL(path, 'http://127.0.0.1');
  if (url.pathname === '/clusters') return answered(200, clustersText(sidecar));
  if (url.pathname === '/server_info') return answered(200, serverInfo(context.pod, sidecar));
  if (url.pathname === '/stats') return answered(200, statsText(context.pod, sidecar));
  if (url.pathname !== '/drain_listeners') return answered(404, 'invalid path. admin commands are:\n');
  if (method !== 'POST') return answered(405, 'Method Not Allowed');
  drainListeners(context, sidecar, url.searchParams);
  return answered(200, 'OK\n');
}

function clustersText(sidecar: Sidecar): string {
  const lines = sidecar.clusters().flatMap((cluster) =>
    cluster.report().flatMap(({ address, active, total }) => {
      const start = `${cluster.name}::${address}`;
      return [`${start}::cx_active::${active}`, `${start}::rq_active::${active}`, `${start}::rq_total::${total}`];
    }),
  );
  return `${lines.join('\n')}\n`;
}

function serverInfo(pod: LivePod, sidecar: Sidecar): string {
  if (!pod.proxyReady) return JSON.stringify({ state: 'PRE_INITIALIZING' });
  return JSON.stringify({ state: sidecar.proxy.draining ? 'DRAINING' : 'LIVE' });
}

/** Without the downstream counters, which Istio's default stats matcher leaves out. */
function statsText(pod: LivePod, sidecar: Sidecar): string {
  const state = pod.proxyReady ? Number(sidecar.proxy.draining) : 2;
  return `cluster_manager.active_clusters: ${sidecar.clusters().length}\nserver.live: 1\nserver.state: ${state}\n`;
}

/** `graceful` sends clients away and closes the listeners after the drain time; without it they are closed at once. */
function drainListeners({ after }: AdminContext, { proxy }: Sidecar, query: URLSearchParams): void {
  const directions = query.has('inboundonly') ? (['inbound'] as const) : (['inbound', 'outbound'] as const);
  proxy.drain(...directions);
  const close = () => directions.forEach((direction) => proxy.refuse(direction));
  if (query.has('graceful')) after(drainTimeMs, close);
  else close();
}
