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
  /** Its entry in the status. */
  readonly status: JsonObject;
}

/**
 * Makes the status of one pod, time and again. Parts that say the same as the last time are the same objects again: they
 * need not be compared, frozen or kept once more.
 */
export class PodStatusMaker {
  /** Spec that the containers are of: a patch may have changed an image. */
  #spec: unknown;
  #containers: readonly ContainerSpec[] = [];
  #seen: readonly Seen[] = [];
  /** Init containers and sidecars of `#seen`. */
  #first: readonly Seen[] = [];
  #mains: readonly Seen[] = [];
  #statuses: JsonObject = { containerStatuses: [] };
  #network: JsonObject = {};

  /** The status of the pod from the state of its containers. Conditions of others stay. */
  make(pod: KubeObject, state: PodReport, facts: PodFacts): JsonObject {
    this.#look(pod, state);
    const [first, mains] = [this.#first, this.#mains];
    const phase = phaseFor(pod, first, mains, facts.over);
    return {
      ...objectAt(pod, 'status'),
      phase,
      conditions: conditionsFor(pod, first, mains, { phase, now: facts.now, network: facts.podIP !== undefined }),
      ...this.#addresses(facts),
      startTime: facts.startTime,
      ...this.#statuses,
    };
  }

  /** Notes what the containers do now. */
  #look(pod: KubeObject, state: PodReport): void {
    if (this.#spec !== pod['spec']) this.#containers = containersOf(pod);
    this.#spec = pod['spec'];
    const reports = [...state.initContainers, ...state.containers];
    const before = this.#seen;
    const seen: Seen[] = [];
    for (const [index, container] of this.#containers.entries()) {
      const report = reports[index]?.name === container.name ? reports[index] : reportOf(reports, container);
      const known = before[seen.length];
      if (!report) continue;
      if (known?.report === report && known.container === container) seen.push(known);
      else seen.push({ container, report, status: containerStatus(pod, container, report) });
    }
    if (seen.length !== before.length || seen.some((one, index) => one !== before[index])) this.#note(seen);
  }

  #note(seen: readonly Seen[]): void {
    this.#seen = seen;
    this.#first = seen.filter(({ container }) => container.role !== 'main');
    this.#mains = seen.filter(({ container }) => container.role === 'main');
    const statuses = (list: readonly Seen[]) => list.map(({ status }) => status);
    this.#statuses = {
      ...(this.#first.length > 0 && { initContainerStatuses: statuses(this.#first) }),
      containerStatuses: statuses(this.#mains),
    };
  }

  #addresses({ hostIP, podIP }: PodFacts): JsonObject {
    if (this.#network['hostIP'] !== hostIP || this.#network['podIP'] !== podIP) {
      const own = podIP !== undefined && { podIP, podIPs: [{ ip: podIP }] };
      this.#network = { hostIP, hostIPs: [{ ip: hostIP }], ...own };
    }
    return this.#network;
  }
}

/** A runtime may leave containers out that it knows nothing of. */
function reportOf(reports: readonly ContainerReport[], container: ContainerSpec): ContainerReport | undefined {
  return reports.find((report) => report.name === container.name);
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
  if (!why) return { type, status: 'True' };
  const [reason, message] = why;
  return { type, status: 'False', ...(reason && { reason }), ...(message && { message }) };
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
