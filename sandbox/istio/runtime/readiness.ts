import type { KubeObject } from '../../../src/kube/api.ts';
import type { ContainerReport, PodReport, PodRuntime } from '../../controllers/kubelet/runtime.ts';
import { isReady } from './pod-state.ts';
import { proxyContainer, proxyFacts } from './proxy.ts';

interface Waiting {
  readonly report: (state: PodReport) => void;
  last: PodReport | undefined;
}

const isProxy = (container: ContainerReport): boolean => container.name === proxyContainer;

// What is so already is told as it is: a report of its own would be compared and written time and again.
function unready(container: ContainerReport, hasStartupProbe: boolean): ContainerReport {
  if (!container.ready && !(container.started && hasStartupProbe)) return container;
  return { ...container, ready: false, started: container.started && !hasStartupProbe };
}

/** An application behind a native sidecar has not started while the sidecar has not. */
function held(container: ContainerReport): ContainerReport {
  const { state, started, ready } = container;
  if (state.kind === 'waiting' && state.reason === 'PodInitializing' && !started && !ready) return container;
  return { ...container, state: { kind: 'waiting', reason: 'PodInitializing' }, started: false, ready: false };
}

/** The same pod with a proxy that has no configuration yet: it runs and fails its probes. */
function withoutConfiguration(state: PodReport): PodReport {
  const native = state.initContainers.some(isProxy);
  return {
    ...state,
    initContainers: state.initContainers.map((one) => (isProxy(one) ? unready(one, true) : one)),
    containers: native
      ? state.containers.map(held)
      : state.containers.map((one) => (isProxy(one) ? unready(one, false) : one)),
  };
}

/** A runtime in which a proxy is ready only when it has had its configuration from an istiod. */
export interface ProxyReadiness {
  readonly runtime: PodRuntime;
  /** The proxy in this pod took its configuration. */
  readonly configured: (pod: KubeObject) => void;
}

/**
 * Lays the proxies' readiness over a runtime that knows nothing of Istio. A pod that was ready when its runtime took it
 * over keeps the configuration that it had.
 */
export function proxyReadiness(inner: PodRuntime): ProxyReadiness {
  const waiting = new Map<string, Waiting>();
  const start: PodRuntime['start'] = (pod, report) => {
    if (isReady(pod) || proxyFacts(pod) === undefined) return inner.start(pod, report);
    const uid = pod.metadata.uid ?? '';
    waiting.set(uid, { report, last: undefined });
    inner.start(pod, (state) => {
      const entry = waiting.get(uid);
      if (entry) entry.last = state;
      report(entry ? withoutConfiguration(state) : state);
    });
  };
  const stop: PodRuntime['stop'] = (pod, graceSeconds, done) => {
    // From now on the true states count: held containers would never end.
    waiting.delete(pod.metadata.uid ?? '');
    inner.stop(pod, graceSeconds, done);
  };
  const configured = (pod: KubeObject): void => {
    const uid = pod.metadata.uid ?? '';
    const entry = waiting.get(uid);
    waiting.delete(uid);
    if (entry?.last) entry.report(entry.last);
  };
  return { runtime: { start, stop }, configured };
}
