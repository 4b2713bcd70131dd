import { offTarget, present, staying, waitOr, type Decision, type Situation } from './decision.ts';
import { record, text } from '../../inventory/json.ts';
import { renewedKey } from './keys.ts';
import { gotOf } from './pod-state.ts';

/**
 * The next step of a renewal of an Argo Rollout: `spec.restartAt` makes its controller replace every pod that is older,
 * within the strategy's limits and without new steps.
 */
export function decideArgo(situation: Situation): Decision {
  const { live, spec, mark, memory } = situation;
  const { owner } = live;
  if (owner === null) return { do: 'done' };
  if (Object.keys(spec.labels).length > 0) {
    const why = 'a label of its template must change, which would start the steps of its strategy';
    return { do: 'refuse', why, remedy: 'Label the namespace instead, or change the Rollout where it is kept.' };
  }
  const pods = present(live.pods, memory.now);
  const old = offTarget(pods, spec);
  const whole = staying(live.pods).filter(({ ready }) => ready).length >= owner.wanted;
  if (owner.annotations[renewedKey] !== mark) {
    if (old.length === 0) return whole ? { do: 'done' } : waitOr(situation, 'not all of its pods are ready');
    if (owner.paused) return { do: 'refuse', why: 'it is paused', remedy: 'Resume the Rollout first.' };
    return whole ? { do: 'start', restart: true } : waitOr(situation, 'it is not whole before its renewal');
  }
  const restartAt = Date.parse(text(record(owner.object['spec'])['restartAt']));
  const isNew = (created: string) => Date.parse(created) >= restartAt;
  const wrong = staying(old).find((pod) => isNew(pod.created));
  if (wrong) return { do: 'revert', why: `its new pod ${wrong.name} got ${gotOf(wrong)}` };
  if (whole && pods.every((pod) => isNew(pod.created))) return { do: 'done' };
  const older = pods.filter((pod) => !isNew(pod.created));
  // Its controller evicts them (rollout/restart.go), so that budgets count there too.
  return waitOr(situation, `${older.length} pods are older than its restart`, whole ? staying(older)[0] : undefined);
}
