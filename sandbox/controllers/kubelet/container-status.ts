import type { KubeObject } from '../../../src/kube/api.ts';
import type { JsonObject } from '../../store/json.ts';
import { timeText } from '../base/cluster.ts';
import type { ContainerSpec } from './containers.ts';
import type { ContainerReport, ContainerState } from './runtime.ts';

/** Entry of containerStatuses or initContainerStatuses. */
export function containerStatus(pod: KubeObject, container: ContainerSpec, report: ContainerReport): JsonObject {
  const { state, last, restarts } = report;
  const ranOnce = state.kind !== 'waiting' || last !== undefined;
  const id = `containerd://${pod.metadata.uid ?? ''}-${container.name}-${restarts}`;
  const finished = container.role === 'init' && state.kind === 'terminated' && state.exitCode === 0;
  const { name, image } = container;
  const now = {
    state: stateStatus(state, id),
    lastState: last ? stateStatus(last, id) : {},
    ready: finished || report.ready,
    started: report.started,
    restartCount: restarts,
  };
  if (!ranOnce) return { name, image, imageID: '', ...now };
  return { name, image, imageID: `${image.replace(/[:@][^/]*$/, '')}@sandbox`, containerID: id, ...now };
}

function stateStatus(state: ContainerState, containerID: string): JsonObject {
  switch (state.kind) {
    case 'waiting':
      if (state.message === undefined) return { waiting: { reason: state.reason } };
      return { waiting: { reason: state.reason, message: state.message } };
    case 'running':
      return { running: { startedAt: timeText(state.since) } };
    case 'terminated':
      return {
        terminated: {
          exitCode: state.exitCode,
          reason: state.exitCode === 0 ? 'Completed' : 'Error',
          startedAt: timeText(state.since),
          finishedAt: timeText(state.until),
          containerID,
        },
      };
  }
}
