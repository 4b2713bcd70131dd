import {
  labelsDiffer,
  offTarget,
  present,
  staying,
  unreadyPods,
  waitOr,
  type Decision,
  type Situation,
} from './decision.ts';
import { renewedKey } from './keys.ts';
import { isRolledOut, progressOf, type OwnerState } from './owner-state.ts';
import { gotOf } from './pod-state.ts';
import { templateBefore } from './template-patch.ts';

/** Milliseconds for which pods may fail to be made: an injector that restarts is no reason to give up. */
const failureMs = 30_000;

/** The next step of a renewal by a change of the template. */
export function decideRollout(situation: Situation): Decision {
  const { live, spec, mark, memory } = situation;
  const { owner } = live;
  if (owner === null) return { do: 'done' };
  if (owner.templateAnnotations[renewedKey] === mark) return afterPatch(situation, owner);
  const old = offTarget(present(live.pods, memory.now), spec).length;
  if (old === 0 && !labelsDiffer(owner, spec)) {
    return isWhole(situation, owner) ? { do: 'done' } : waitOr(situation, progressOf(owner));
  }
  const refusal = unfit(owner, mark);
  if (refusal) return refusal;
  if (!isRolledOut(owner)) return waitOr(situation, `it is not whole before its renewal: ${progressOf(owner)}`);
  return { do: 'start', restart: true };
}

function afterPatch(situation: Situation, owner: OwnerState): Decision {
  const { live, spec, mark, memory } = situation;
  const made = staying(live.pods).filter((pod) => pod.annotations[renewedKey] === mark);
  const wrong = offTarget(made, spec)[0];
  if (wrong) {
    const asked = `revision ${spec.revision}, version ${spec.version}`;
    return { do: 'revert', why: `its new pod ${wrong.name} got ${gotOf(wrong)} instead of ${asked}` };
  }
  const trouble = owner.trouble;
  if (trouble?.type === 'ProgressDeadlineExceeded' || (trouble && memory.now - trouble.since > failureMs)) {
    const why = `${trouble.type}: ${trouble.message} ${unreadyPods(live)}`;
    return { do: 'refuse', why, remedy: 'Remove the cause and resume, or roll back.' };
  }
  const old = offTarget(present(live.pods, memory.now), spec).length;
  if (isRolledOut(owner) && old === 0) return { do: 'done' };
  return waitOr(situation, `${progressOf(owner)}, ${old} still to go`);
}

/** On target with all its pods: nothing was ever to do, or a former call did it. */
function isWhole({ live }: Situation, owner: OwnerState): boolean {
  return isRolledOut(owner) || staying(live.pods).filter(({ ready }) => ready).length >= owner.wanted;
}

/** Why a change of the template would not renew all pods. */
function unfit(owner: OwnerState, mark: string): Decision | null {
  const again = 'Plan again: it was changed since the plan was made.';
  if (templateBefore(owner)?.mark === mark) {
    const why = 'the change of its template was reverted by somebody else';
    return {
      do: 'refuse',
      why,
      remedy: `Keep annotation ${renewedKey} of the template out of what your tool reverts.`,
    };
  }
  if (owner.paused) {
    const why = 'it is paused: a change of its template would not reach its pods';
    return { do: 'refuse', why, remedy: 'Resume it, or let it be handed over.' };
  }
  if (owner.strategy === 'OnDelete') return { do: 'refuse', why: 'its update strategy is OnDelete', remedy: again };
  if (owner.partition > 0) {
    return { do: 'refuse', why: `its partition ${owner.partition} keeps pods back`, remedy: again };
  }
  return null;
}
