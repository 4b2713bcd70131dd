import type { KubeObject } from '../../../src/kube/api.ts';
import type { PortCaller, PortReply, PortRequest } from '../../api/ports.ts';
import { resources } from '../../store/resources.ts';
import type { Store } from '../../store/store.ts';
import { lookup } from './lookup.ts';
import { runningSince } from './pod-state.ts';
import { proxyContainer, proxyFacts, type ProxyType } from './proxy.ts';

/** Envoy's admin port. */
const adminPort = 15_000;

/**
 * The admin port of proxies that no traffic reaches: never a request under way, and draining is agreed to. It listens on
 * 127.0.0.1 only, so the API server's proxy does not reach it. Everything else refuses.
 */
export function idleProxies(store: Store): PortCaller {
  return {
    call: (request) => {
      const { to } = request;
      const pod = lookup(store, { resource: resources.pods, namespace: to.namespace, name: to.pod });
      const type = pod && runningProxy(pod);
      if (type !== undefined && to.port === adminPort && request.via === 'port-forward') return answerOf(type, request);
      return { kind: 'refused', error: `dial tcp4 127.0.0.1:${to.port}: connect: connection refused` };
    },
  };
}

function runningProxy(pod: KubeObject): ProxyType | undefined {
  return runningSince(pod, proxyContainer) === undefined ? undefined : proxyFacts(pod)?.type;
}

function answerOf(type: ProxyType, { path, method }: PortRequest): PortReply {
  const [place = ''] = path.split('?');
  if (place === '/clusters') return answered(200, clusters(type));
  if (place !== '/drain_listeners') return answered(404, 'invalid path. admin commands are:\n');
  return method === 'POST' ? answered(200, 'OK\n') : answered(405, 'Method Not Allowed');
}

function clusters(type: ProxyType): string {
  const start = type === 'sidecar' ? 'inbound|8080||::127.0.0.6:8080' : 'outbound|80||idle.invalid::192.0.2.1:80';
  return ['cx_active', 'rq_active', 'rq_total'].map((name) => `${start}::${name}::0\n`).join('');
}

function answered(status: number, body: string): PortReply {
  return { kind: 'answered', status, body };
}
