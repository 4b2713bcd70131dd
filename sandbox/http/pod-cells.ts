import type { KubeObject } from '../../src/kube/api.ts';
import { at, isObject, numberAt, objectsAt, textAt, type JsonObject } from '../store/json.ts';

/** What `kubectl get pods` shows of a pod. */
export interface PodCells {
  /** Ready containers of all, native sidecars counted: '1/2'. */
  readonly ready: string;
  /** 'Running', 'Init:0/1', 'CrashLoopBackOff', 'Terminating'… */
  readonly status: string;
  readonly restarts: number;
}

/** Reads a pod's status the way the API server prints it. */
export function podCells(pod: KubeObject): PodCells {
  const sidecars = new Set(initContainers(pod).filter(isSidecar).map(nameOf));
  const statuses = objectsAt(pod, 'status', 'containerStatuses');
  const sidecarStatuses = objectsAt(pod, 'status', 'initContainerStatuses').filter((s) => sidecars.has(nameOf(s)));
  const counted = [...statuses, ...sidecarStatuses];
  const total = objectsAt(pod, 'spec', 'containers').length + sidecars.size;
  const ready = counted.filter((status) => status['ready'] === true).length;
  return {
    ready: `${ready}/${total}`,
    status: statusText(pod, sidecars),
    restarts: counted.reduce((sum, status) => sum + (numberAt(status, 'restartCount') ?? 0), 0),
  };
}

const nameOf = (part: JsonObject) => part['name'];
const isSidecar = (container: JsonObject) => container['restartPolicy'] === 'Always';
const initContainers = (pod: KubeObject) => objectsAt(pod, 'spec', 'initContainers');

function statusText(pod: KubeObject, sidecars: ReadonlySet<unknown>): string {
  const reason = textAt(pod, 'status', 'reason');
  if (pod.metadata.deletionTimestamp !== undefined) return reason === 'NodeLost' ? 'Unknown' : 'Terminating';
  return initText(pod, sidecars) ?? containersText(pod) ?? reason ?? textAt(pod, 'status', 'phase') ?? 'Unknown';
}

/** The first init container that holds the pod up; undefined when none does. */
function initText(pod: KubeObject, sidecars: ReadonlySet<unknown>): string | undefined {
  const statuses = objectsAt(pod, 'status', 'initContainerStatuses');
  const holding = statuses.findIndex((status) => !isPast(status, sidecars));
  const status = statuses[holding];
  if (!status) return undefined;
  const waiting = textAt(status, 'state', 'waiting', 'reason');
  const ended = endText(at(status, 'state', 'terminated'));
  if (ended !== undefined) return `Init:${ended}`;
  if (waiting !== undefined && waiting !== 'PodInitializing') return `Init:${waiting}`;
  return `Init:${holding}/${initContainers(pod).length}`;
}

function isPast(status: JsonObject, sidecars: ReadonlySet<unknown>): boolean {
  if (numberAt(status, 'state', 'terminated', 'exitCode') === 0) return true;
  return sidecars.has(nameOf(status)) && status['started'] === true;
}

function containersText(pod: KubeObject): string | undefined {
  const statuses = objectsAt(pod, 'status', 'containerStatuses');
  const texts = statuses.map(
    (status) => textAt(status, 'state', 'waiting', 'reason') ?? endText(at(status, 'state', 'terminated')),
  );
  const text = texts.find((found) => found !== undefined);
  const running = statuses.some((status) => status['ready'] === true && isObject(at(status, 'state', 'running')));
  return text === 'Completed' && running ? 'Running' : text;
}

function endText(terminated: unknown): string | undefined {
  if (!isObject(terminated)) return undefined;
  const signal = numberAt(terminated, 'signal') ?? 0;
  const code = numberAt(terminated, 'exitCode') ?? 0;
  return textAt(terminated, 'reason') ?? (signal === 0 ? `ExitCode:${code}` : `Signal:${signal}`);
}
