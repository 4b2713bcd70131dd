import type { KubeObject } from '../../src/kube/api.ts';
import { isActive, isReady } from '../controllers/base/pods.ts';
import type { ContainerReport, PodReport, PodRuntime } from '../controllers/kubelet/runtime.ts';
import { numberAt, objectsAt, textAt, type JsonObject } from '../store/json.ts';

type Report = (state: PodReport) => void;

/** A runtime that gives its pods away. */
export interface HandOverRuntime {
  readonly runtime: PodRuntime;
  /**
   * From now on `next` runs what is started, and at once those of `pods` (as they are now) that it takes. Ready ones keep
   * their status as it is. Fulfils when each of these is ready there, or has said why it is not. Call it once.
   */
  handOver(next: PodRuntime, pods: readonly KubeObject[]): Promise<void>;
}

/** Lets a model run pods until something else takes over. `next` must pass on to the model what it does not take. */
export function handOverRuntime(model: PodRuntime): HandOverRuntime {
  const reports = new Map<string, Report>();
  let next: PodRuntime | undefined;
  return {
    runtime: {
      start: (pod, report) => {
        if (next) return next.start(pod, report);
        const uid = pod.metadata.uid ?? '';
        reports.set(uid, report);
        model.start(pod, (state) => reports.get(uid)?.(state));
      },
      stop: (pod, graceSeconds, done) => (next ?? model).stop(pod, graceSeconds, done),
    },
    handOver: async (to, pods) => {
      next = to;
      const given = pods.filter((pod) => isActive(pod) && reports.has(pod.metadata.uid ?? ''));
      await Promise.all(given.map((pod) => give(pod, to, reports)));
    },
  };
}

function give(pod: KubeObject, to: PodRuntime, reports: Map<string, Report>): Promise<void> {
  const uid = pod.metadata.uid ?? '';
  const report = reports.get(uid);
  // What the model still has to say of it counts no more.
  reports.delete(uid);
  if (!report) return Promise.resolve();
  if (!isReady(pod)) return Promise.resolve(to.start(pod, report));
  return new Promise((resolve) => to.start(pod, keepingStatus(pod, report, resolve)));
}

/** Says nothing until all containers are ready, which the status says already; then goes on from what it says. */
function keepingStatus(pod: KubeObject, report: Report, settled: () => void): Report {
  let began: ReadonlyMap<string, ContainerReport> | undefined;
  return (state) => {
    if (began) return report(continued(pod, state, began));
    const all = [...state.initContainers, ...state.containers];
    const failed = all.some((one) => one.state.kind === 'waiting' && one.state.reason !== 'PodInitializing');
    if (!failed && !state.containers.every(({ ready }) => ready)) return;
    began = new Map(all.map((one) => [one.name, one]));
    if (failed) report(state);
    settled();
  };
}

function continued(pod: KubeObject, state: PodReport, began: ReadonlyMap<string, ContainerReport>): PodReport {
  const statuses = [
    ...objectsAt(pod, 'status', 'initContainerStatuses'),
    ...objectsAt(pod, 'status', 'containerStatuses'),
  ];
  const one = (report: ContainerReport): ContainerReport => {
    const status = statuses.find(({ name }) => name === report.name);
    return { ...report, ...sinceOf(report, began.get(report.name), status), restarts: restartsOf(report, status) };
  };
  return { ...state, initContainers: state.initContainers.map(one), containers: state.containers.map(one) };
}

const restartsOf = ({ restarts }: ContainerReport, status: JsonObject | undefined) =>
  restarts + (numberAt(status, 'restartCount') ?? 0);

/** What has not changed since the hand-over has the times that its status had. */
function sinceOf({ state }: ContainerReport, began: ContainerReport | undefined, status: JsonObject | undefined) {
  const before = began?.state;
  const time = (kind: string, field: string) => Date.parse(textAt(status, 'state', kind, field) ?? '');
  if (state.kind === 'terminated' && before?.kind === 'terminated') {
    const [since, until] = [time('terminated', 'startedAt'), time('terminated', 'finishedAt')];
    return Number.isNaN(since + until) ? {} : { state: { ...state, since, until } };
  }
  if (state.kind !== 'running' || before?.kind !== 'running' || before.since !== state.since) return {};
  const since = time('running', 'startedAt');
  return Number.isNaN(since) ? {} : { state: { ...state, since } };
}
