import type { KubeObject } from '../../../src/kube/api.ts';
import { objectAt, objectsAt, textAt, type JsonObject } from '../../store/json.ts';
import { isTrue, withCondition, type ConditionNote } from '../base/conditions.ts';
import { containerStatus } from './container-status.ts';
import { containersOf, restartPolicyOf, type ContainerSpec } from './containers.ts';
import type { ContainerReport, PodReport } from './runtime.ts';

/** What the kubelet knows besides the runtime's report. */
export interface PodFacts {
  readonly hostIP: string;
  readonly podIP: string | undefined;
  readonly startTime: string;
  readonly now: string;
  /** No container will run again: the pod was stopped. */
  readonly over: boolean;
}

interface Seen {
  readonly container: ContainerSpec;
  readonly report: ContainerReport;
}

/** The status of a pod from the state of its containers. Conditions of others stay. */
export function podStatus(pod: KubeObject, state: PodReport, facts: PodFacts): JsonObject {
  const reports = [...state.initContainers, ...state.containers];
  const seen: readonly Seen[] = containersOf(pod).flatMap((container) => {
    const report = reports.find((other) => other.name === container.name);
    return report ? [{ container, report }] : [];
  });
  const first = seen.filter(({ container }) => container.role !== 'main');
  const mains = seen.filter(({ container }) => container.role === 'main');
  const phase = phaseFor(pod, first, mains, facts.over);
  const statuses = (list: readonly Seen[]) => list.map((one) => containerStatus(pod, one.container, one.report));
  return {
    ...objectAt(pod, 'status'),
    phase,
    conditions: conditionsFor(pod, first, mains, { phase, now: facts.now, network: facts.podIP !== undefined }),
    hostIP: facts.hostIP,
    hostIPs: [{ ip: facts.hostIP }],
    ...(facts.podIP !== undefined && { podIP: facts.podIP, podIPs: [{ ip: facts.podIP }] }),
    startTime: facts.startTime,
    ...(first.length > 0 && { initContainerStatuses: statuses(first) }),
    containerStatuses: statuses(mains),
  };
}

function initialized({ container, report }: Seen): boolean {
  if (container.role === 'sidecar') return report.started || report.state.kind === 'terminated';
  return report.state.kind === 'terminated' && report.state.exitCode === 0;
}

function phaseFor(pod: KubeObject, first: readonly Seen[], mains: readonly Seen[], over: boolean): string {
  const policy = restartPolicyOf(pod);
  const exitCode = ({ report }: Seen) => (report.state.kind === 'terminated' ? report.state.exitCode : undefined);
  const failedInit = first.some((one) => one.container.role === 'init' && (exitCode(one) ?? 0) !== 0);
  if (failedInit && (over || policy === 'Never')) return 'Failed';
  const allEnded = [...first, ...mains].every((one) => exitCode(one) !== undefined);
  if (allEnded) {
    const well = mains.every((one) => exitCode(one) === 0);
    const final = over || policy === 'Never' || (policy === 'OnFailure' && well);
    if (final) return well ? 'Succeeded' : 'Failed';
  }
  const ran = ({ report }: Seen) => report.state.kind !== 'waiting' || report.last !== undefined;
  return mains.every(ran) ? 'Running' : 'Pending';
}

interface ConditionFacts {
  readonly phase: string;
  readonly now: string;
  readonly network: boolean;
}

function conditionsFor(
  pod: KubeObject,
  first: readonly Seen[],
  mains: readonly Seen[],
  facts: ConditionFacts,
): readonly JsonObject[] {
  const names = (list: readonly Seen[]) => `[${list.map(({ container }) => container.name).join(' ')}]`;
  const missing = mains.some(({ report }) => report.state.kind !== 'waiting')
    ? []
    : first.filter((one) => !initialized(one));
  const unready = [...first.filter(({ container }) => container.role === 'sidecar'), ...mains].filter(
    ({ report }) => !report.ready,
  );
  const containers: Verdict =
    facts.phase === 'Succeeded'
      ? ['PodCompleted', '']
      : facts.phase === 'Failed'
        ? ['PodFailed', '']
        : unready.length > 0 && ['ContainersNotReady', `containers with unready status: ${names(unready)}`];
  const notes: readonly ConditionNote[] = [
    note('PodReadyToStartContainers', !facts.network && ['', '']),
    note(
      'Initialized',
      missing.length > 0 && ['ContainersNotInitialized', `containers with incomplete status: ${names(missing)}`],
    ),
    note('Ready', containers || closedGate(pod)),
    note('ContainersReady', containers),
  ];
  const present = objectsAt(pod, 'status', 'conditions');
  return notes.reduce((conditions, one) => withCondition(conditions, one, facts.now), present);
}

/** Why a condition is False, or false when it is True. */
type Verdict = readonly [reason: string, message: string] | false;

function note(type: string, why: Verdict): ConditionNote {
  const [reason, message] = why || ['', ''];
  return { type, status: why ? 'False' : 'True', ...(reason && { reason }), ...(message && { message }) };
}

/** The first readiness gate that keeps the pod from being ready. */
function closedGate(pod: KubeObject): Verdict {
  const gates = objectsAt(pod, 'spec', 'readinessGates').map((gate) => textAt(gate, 'conditionType') ?? '');
  const closed = gates.filter((gate) => !isTrue(pod, gate));
  if (closed.length === 0) return false;
  const present = new Set(objectsAt(pod, 'status', 'conditions').map((condition) => condition['type']));
  const why = closed.map((gate) =>
    present.has(gate)
      ? `the status of pod readiness gate "${gate}" is not "True", but False`
      : `corresponding condition of pod readiness gate "${gate}" does not exist.`,
  );
  return ['ReadinessGatesNotReady', why.join(', ')];
}
