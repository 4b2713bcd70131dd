import type { KubeObject } from '../../../src/kube/api.ts';
import { containersOf } from '../../controllers/kubelet/containers.ts';
import type { ContainerReport, ContainerState, PodReport } from '../../controllers/kubelet/runtime.ts';

/** The state of the containers that share a process here: the proxy, or the application. */
export interface Part {
  state: ContainerState;
  last: ContainerState | undefined;
  restarts: number;
  started: boolean;
  ready: boolean;
}

/** A part that has not run yet. */
export function newPart(): Part {
  const state = { kind: 'waiting', reason: 'PodInitializing' } as const;
  return { state, last: undefined, restarts: 0, started: false, ready: false };
}

/** Notes that a part has ended; without effect on one that does not run. */
export function endPart(part: Part, exitCode: number, now: number): void {
  if (part.state.kind === 'terminated') return;
  const since = part.state.kind === 'running' ? part.state.since : now;
  Object.assign(part, { state: { kind: 'terminated', exitCode, since, until: now }, started: false, ready: false });
}

/** What the kubelet is told: init containers have ended well, istio-proxy is the one part, all others are the other. */
export function reportOf(pod: KubeObject, proxy: Part, app: Part, now: number): PodReport {
  const reports = containersOf(pod).map(({ name, role }) => {
    const part = name === 'istio-proxy' ? proxy : app;
    return { role, report: role === 'init' ? doneInit(name, now) : partReport(name, part) };
  });
  return {
    initContainers: reports.filter(({ role }) => role !== 'main').map(({ report }) => report),
    containers: reports.filter(({ role }) => role === 'main').map(({ report }) => report),
  };
}

function partReport(name: string, part: Part): ContainerReport {
  const { state, last, restarts, started, ready } = part;
  return { name, state, ...(last && { last }), restarts, started, ready };
}

function doneInit(name: string, now: number): ContainerReport {
  const state = { kind: 'terminated', exitCode: 0, since: now, until: now } as const;
  return { name, state, restarts: 0, started: false, ready: false };
}
