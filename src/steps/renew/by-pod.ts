import { labelsDiffer, offTarget, present, staying, waitOr, type Decision, type Situation } from './decision.ts';
import type { OwnerState } from './owner-state.ts';
import { gotOf, type PodState } from './pod-state.ts';

/** The next step of a renewal pod by pod: the owner's controller makes another in the place of each that is evicted. */
export function decideByPod(situation: Situation): Decision {
  const { live, spec, memory } = situation;
  const { owner } = live;
  if (owner === null) return { do: 'done' };
  if (labelsDiffer(owner, spec)) return relabel(owner);
  const wrong = offTarget(staying(live.pods), spec).find((pod) => !memory.known.has(pod.uid));
  if (wrong) {
    const why = `its new pod ${wrong.name} got ${gotOf(wrong)} instead of revision ${spec.revision}, version ${spec.version}`;
    return { do: 'refuse', why, remedy: 'No further pod was touched. Find out which injector serves it, then resume.' };
  }
  const pods = present(live.pods, memory.now);
  const up = staying(pods).filter(({ ready }) => ready);
  const next = inOrder(offTarget(staying(pods), spec))[0];
  // One that is not ready can go without any loss, and must not hold up the others.
  const held = next && (!next.ready || owner.wanted - up.length < spec.width) ? next : undefined;
  if (held && !memory.stalled) return { do: 'remove', pod: held };
  if (next === undefined && offTarget(pods, spec).length === 0 && up.length >= owner.wanted) return { do: 'done' };
  return waitOr(
    situation,
    `${up.length} of ${owner.wanted} pods are ready${next ? `, next is ${next.name}` : ''}`,
    held,
  );
}

/** A template that is changed under OnDelete renews nothing by itself; under a partition old pods never get it. */
function relabel(owner: OwnerState): Decision {
  if (owner.strategy === 'OnDelete') return { do: 'start', restart: false };
  const why = `a label of its template must change, which its pods below the partition ${owner.partition} would not get`;
  return { do: 'refuse', why, remedy: 'Label the namespace instead, or set the partition to 0 and plan again.' };
}

/** Not ready ones first, then the highest ordinal, as a StatefulSet does; others by name. */
function inOrder(pods: readonly PodState[]): readonly PodState[] {
  const ordinal = ({ name }: PodState) => Number(/-(\d+)$/.exec(name)?.[1] ?? -1);
  return [...pods].sort(
    (a, b) => Number(a.ready) - Number(b.ready) || ordinal(b) - ordinal(a) || (a.name < b.name ? -1 : 1),
  );
}
