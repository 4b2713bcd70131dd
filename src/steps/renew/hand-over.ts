import { record, text } from '../../inventory/json.ts';
import { offTarget, present, staying, unreadyPods, type Decision, type Situation } from './decision.ts';
import { handOverBeforeKey, leavingValue } from './keys.ts';
import { isRolledOut, progressOf, type OwnerState } from './owner-state.ts';
import { gotOf, onTarget, type PodState } from './pod-state.ts';

/** What a pod's labels were before it was taken from its ReplicaSet. */
export interface Before {
  /** Value of pod-template-hash. */
  readonly hash: string;
  /** Key and value of the label by which Services select; '' when that is none. */
  readonly key: string;
  readonly value: string;
  /** Creation time of the youngest pod that the workload had then: its replacement is younger. */
  readonly youngest: string;
}

/** What is written on a pod that is handed over; empty texts where it cannot be read. */
export function beforeOf(pod: PodState): Before {
  try {
    const told = record(JSON.parse(pod.annotations[handOverBeforeKey] ?? '{}'));
    const [hash = '', key = '', value = '', youngest = ''] = ['hash', 'key', 'value', 'youngest'].map((name) =>
      text(told[name]),
    );
    return { hash, key, value, youngest };
  } catch {
    return { hash: '', key: '', value: '', youngest: '' };
  }
}

/** Whether a pod is out of its Services already. */
export function isLeaving(pod: PodState): boolean {
  const { key } = beforeOf(pod);
  return key !== '' && pod.labels[key] === leavingValue;
}

/**
 * The next step of a hand-over. Pods that were taken from the workload, by this run or by another one, are always
 * finished: they leave as soon as the workload is whole without them, or are given back when it will not be. One that a
 * run in the other direction took, and that is what this one wants, goes back at once.
 */
export function decideHandOver(situation: Situation): Decision {
  const { live, memory } = situation;
  const guests = staying(live.handedOver);
  const { owner } = live;
  if (owner === null) return guests.length === 0 ? { do: 'done' } : { do: 'leave', pods: guests };
  const serving = guests.filter((pod) => !isLeaving(pod));
  const wanted = serving.filter((pod) => pod.ready && onTarget(pod, situation.spec));
  if (wanted.length > 0) return { do: 'take-back', pods: wanted };
  const failure = wrongReplacement(situation, serving);
  if (failure !== null) return { do: 'give-back', pods: serving, why: failure };
  const leavers = [...guests.filter((pod) => isLeaving(pod)), ...dispensable(situation, owner, serving)];
  if (leavers.length > 0) return { do: 'leave', pods: leavers };
  const waiting = waitingFor(situation, owner);
  if (memory.stalled && serving.length > 0) return { do: 'give-back', pods: serving, why: waiting };
  if (memory.stalled) return { do: 'refuse', why: waiting, remedy: 'Bring its pods to Ready, then resume.' };
  return nextOne(situation, owner) ?? ended(situation, owner) ?? { do: 'wait', why: waiting };
}

function wrongReplacement({ live, spec }: Situation, serving: readonly PodState[]): string | null {
  const since = serving.map((pod) => beforeOf(pod).youngest).sort()[0];
  if (since === undefined) return null;
  const wrong = offTarget(staying(live.pods), spec).find((pod) => pod.created > since);
  if (!wrong) return null;
  return `its new pod ${wrong.name} got ${gotOf(wrong)} instead of revision ${spec.revision}, version ${spec.version}`;
}

/** Pods without which as many are available as the workload wants, which may have been scaled meanwhile. */
function dispensable({ live }: Situation, owner: OwnerState, serving: readonly PodState[]): readonly PodState[] {
  const own = staying(live.pods).filter(({ ready }) => ready).length;
  const available = owner.minReadySeconds > 0 ? Math.min(own, owner.available) : own;
  let spare = available + serving.filter(({ ready }) => ready).length - owner.wanted;
  return serving.filter((pod) => {
    spare -= pod.ready ? 1 : 0;
    return spare >= 0;
  });
}

/** The next pod to take, when there is room and nobody else is rolling the workload out. */
function nextOne({ live, spec, memory }: Situation, owner: OwnerState): Decision | null {
  const under = present(live.handedOver, memory.now).length;
  const old = offTarget(staying(live.pods), spec);
  const pod = [...old].sort((a, b) => Number(a.ready) - Number(b.ready) || (a.name < b.name ? -1 : 1))[0];
  if (!pod || under >= spec.width || isRolling(owner)) return null;
  const youngest =
    staying(live.pods)
      .map(({ created }) => created)
      .sort()
      .at(-1) ?? pod.created;
  return { do: 'release', pod, youngest };
}

/** Somebody's own rollout renews the pods by itself; a paused one does not go on. */
function isRolling(owner: OwnerState): boolean {
  return !owner.paused && (!owner.observed || owner.replicas > owner.updated);
}

function ended({ live, spec, memory }: Situation, owner: OwnerState): Decision | null {
  const left = present(live.handedOver, memory.now).length + offTarget(present(live.pods, memory.now), spec).length;
  const up = staying(live.pods).filter(({ ready }) => ready).length;
  return left === 0 && up >= owner.wanted && !isRolling(owner) ? { do: 'done' } : null;
}

function waitingFor({ live, memory }: Situation, owner: OwnerState): string {
  const up = staying(live.pods).filter(({ ready }) => ready).length;
  const rolling = isRolling(owner) && !isRolledOut(owner) ? `; a rollout is on its way: ${progressOf(owner)}` : '';
  const under = present(live.handedOver, memory.now).length;
  const trouble = owner.trouble === null ? '' : ` (${owner.trouble.message})`;
  return `${up} of ${owner.wanted} pods are ready, ${under} handed over; ${unreadyPods(live)}${trouble}${rolling}`;
}
