import { explain, MeshliftError, Transient } from '../../errors.ts';
import { changed, freshPatience, isOver, notSeen, seenAgain, type Patience } from '../patience.ts';
import type { RenewWorkload } from '../spec.ts';
import type { StepContext } from '../step.ts';
import { act, stop } from './act.ts';
import { decideArgo } from './argo.ts';
import { decideByPod } from './by-pod.ts';
import { offTarget, staying, type Decision, type Live, type Situation } from './decision.ts';
import { decideHandOver, isLeaving } from './hand-over.ts';
import { decideRollout } from './rollout.ts';
import { onTarget } from './pod-state.ts';
import { readLive } from './read-live.ts';
import { misfit } from './misfit.ts';

/** Milliseconds. */
const times = {
  /** Between two looks. */
  poll: 1000,
  /** The same for a while after a write: a wrong new pod must be seen before it is ready and old ones go for it. */
  hurry: { poll: 200, lasts: 5000 },
  /** For which the proxy of a pod that is ready may be connected to no istiod. */
  connect: 30_000,
  /** Without any change, before it is said what is waited for. */
  silent: 30_000,
};

/** The next step of a renewal, from what was read; pure. */
export function decide(situation: Situation): Decision {
  const { method, workload } = situation.spec;
  if (method === 'hand-over') return decideHandOver(situation);
  if (method === 'by-pod') return decideByPod(situation);
  return workload === 'Rollout' ? decideArgo(situation) : decideRollout(situation);
}

/** What one call remembers between two looks. */
interface Course {
  /** uids of the pods that were there at the first look; null before it. */
  known: ReadonlySet<string> | null;
  /** What was seen last, and how long that may go on. */
  seen: string;
  patience: Patience;
  /** Since when no look has led to anything but an error. */
  failingSince: number | null;
  connected: boolean;
  hurryUntil: number;
}

/**
 * Renews a workload: looks, decides, does the next thing, looks again, until it is done. What an earlier call did is seen
 * on the objects.
 * @throws Blocked when it cannot be done, with what was put back; Transient when the server fails for long; Aborted
 */
export async function applyRenewal(context: StepContext, spec: RenewWorkload): Promise<void> {
  const why = misfit(spec);
  if (why) throw stop(spec, why.why, why.remedy);
  if (spec.method === 'next-run') {
    context.note('its pods are renewed by their next run; those that run now keep their proxy until they end.');
    return;
  }
  const { clock, signal } = context;
  const course = begin(clock.now());
  for (;;) {
    const waitMs = await turn(context, spec, course).catch((error: unknown) => afterFailure(context, course, error));
    if (waitMs === 'done') return;
    const pollMs = clock.now() < course.hurryUntil ? times.hurry.poll : times.poll;
    // However long a server asks to be left alone: what is stuck must be seen to be.
    await clock.sleep(Math.max(pollMs, Math.min(waitMs, stallMs(context, spec))), signal);
  }
}

function begin(now: number): Course {
  const patience = freshPatience(now);
  return { known: null, seen: '', patience, failingSince: null, connected: false, hurryUntil: 0 };
}

/** One look, and what follows from it. @returns milliseconds to wait at least before the next one, or that all is done */
async function turn(context: StepContext, spec: RenewWorkload, course: Course): Promise<number | 'done'> {
  const live = await look(context, spec, course);
  const decision = await next(context, spec, live, course);
  course.failingSince = null;
  if (decision.do === 'done') return 'done';
  if (decision.do === 'wait') {
    if (isOver(course.patience, context.clock.now(), times.silent)) context.waits(decision.why);
    return 0;
  }
  const waitMs = await act(context, spec, live, decision);
  course.hurryUntil = context.clock.now() + times.hurry.lasts;
  return waitMs;
}

/** What is there now. No answer is an outage; a write that is not taken is none, or who refuses each would never be given up. */
async function look(context: StepContext, spec: RenewWorkload, course: Course): Promise<Live> {
  try {
    const live = await readLive(context, spec);
    course.patience = seenAgain(course.patience, context.clock.now());
    return live;
  } catch (error) {
    if (error instanceof Transient) course.patience = notSeen(course.patience, context.clock.now());
    throw error;
  }
}

/** After an error that may pass: somebody else was faster (an object changed or went), or the server failed for now. */
function afterFailure(context: StepContext, course: Course, error: unknown): number {
  const passing = error instanceof MeshliftError && ['Conflict', 'NotFound', 'Transient'].includes(error.errorClass);
  if (!passing) throw error;
  const now = context.clock.now();
  course.failingSince ??= now;
  if (now - course.failingSince > context.limitSeconds * 1000) throw error;
  context.note(`looks again: ${explain(error)}`);
  return (error.retryAfterSeconds ?? 0) * 1000;
}

async function next(context: StepContext, spec: RenewWorkload, live: Live, course: Course): Promise<Decision> {
  const now = context.clock.now();
  const known = (course.known ??= new Set(live.pods.map(({ uid }) => uid)));
  const seen = summaryOf(live, spec);
  if (seen !== course.seen) Object.assign(course, { seen, patience: changed(course.patience, now) });
  const memory = { now, known, stalled: isOver(course.patience, now, stallMs(context, spec)) };
  const decision = decide({ live, spec, mark: context.mark, memory });
  if (decision.do !== 'leave' || course.connected) return decision;
  const why = await unconnected(context, spec, live, course);
  if (why === null) return decision;
  if (!isOver(course.patience, now, times.connect)) return { do: 'wait', why };
  const pods = decision.pods.filter((pod) => !isLeaving(pod));
  return pods.length === 0 ? decision : { do: 'give-back', pods, why };
}

/** Why the first new pod does not count yet although it is ready; null when its proxy is connected, or nobody can tell. */
async function unconnected(
  context: StepContext,
  spec: RenewWorkload,
  live: Live,
  course: Course,
): Promise<string | null> {
  const made = staying(live.pods).find((pod) => pod.ready && onTarget(pod, spec) && !course.known?.has(pod.uid));
  if (!made) return null;
  const { mesh } = await context.look();
  const proxy = mesh.proxies.find(({ namespace, pod }) => namespace === spec.namespace && pod === made.name);
  if (proxy?.connected === false) return `the proxy of its new pod ${made.name} is connected to no istiod`;
  if (proxy?.connected === true) course.connected = true;
  else context.note(`whether the proxy of its new pod ${made.name} is connected could not be seen; it is ready.`);
  return null;
}

/**
 * Milliseconds of patience, after which a renewal counts as stuck: half of what the policy lets a step wait, so that there
 * is time left to give back what was taken. Never less than a replacement may take, even when the estimate is far off.
 */
function stallMs({ limitSeconds }: StepContext, { readyMs, drainMs }: RenewWorkload): number {
  return Math.max(limitSeconds * 500, 5 * readyMs + drainMs);
}

/** Changes with everything that counts as progress. */
function summaryOf({ owner, pods, handedOver }: Live, spec: RenewWorkload): string {
  const counts = owner && [owner.wanted, owner.updated, owner.available, owner.observed];
  const states = [...pods, ...handedOver].map(({ uid, ready, deletedAt, labels }) => [uid, ready, deletedAt, labels]);
  return JSON.stringify([counts, states, offTarget(pods, spec).length]);
}
