/** What is true when a run begins: measured once, and compared with all through. */
import type { Phase } from '../journal/entry.ts';
import type { View } from '../steps/step.ts';
import type { Session } from './deps.ts';
import type { TrafficLine } from './events.ts';
import { availabilities, reachedAfter, rolledIn, type Reached } from './floors.ts';
import { baselineOf, type Baseline, type Rejections } from './gates.ts';
import { maxFailedOf } from './probe-names.ts';

/** Looks at the counts of rejections when a run begins, and milliseconds between them: an istiod may be silent for a moment. */
const firstCounts = { tries: 5, everyMs: 1000 };

/** Milliseconds for which traffic is watched before the way back: what fails in them is what it shall cure. */
const failingWindowMs = 3000;

/** What was true when the run began. */
export interface Before {
  readonly phase: Phase;
  readonly baseline: Baseline;
  readonly rejections: Rejections;
  readonly reached: Reached;
  /** Failed requests by target so far: a breach that led to a way back does not stop it. */
  readonly failed: Readonly<Record<string, number>>;
  /** Targets that failed already when the way back began: more of it must not stop what is meant to end it. */
  readonly failing: readonly string[];
}

/** Measures what later measurements are compared with. */
export async function measureBefore(session: Session, phase: Phase): Promise<Before> {
  const view = await session.look();
  const all = availabilities(view.facts, rolledIn(session.plan));
  const own = phase === 'forward' ? ownPlanes(session, view) : new Set<string>();
  const low = all.filter(({ name, available, floor }) => available < floor && !own.has(name));
  const failing = phase === 'back' ? await failingTargets(session) : [];
  return {
    phase,
    failing,
    baseline: baselineOf(
      view.mesh,
      low.map(({ name }) => name),
    ),
    rejections: await countsBefore(session, view),
    reached: reachedAfter(new Map(), all),
    failed: failedSoFar(session),
  };
}

function failedSoFar({ world }: Session): Readonly<Record<string, number>> {
  return Object.fromEntries((world.traffic?.lines() ?? []).map(({ target, failed }) => [target, failed]));
}

/** Those over their budget so far (a breach in this process), and those that fail now (another process saw the breach). */
async function failingTargets(session: Session): Promise<readonly string[]> {
  const { world, control, plan } = session;
  if (world.traffic === null) return [];
  const earlier = failedSoFar(session);
  await world.clock.sleep(failingWindowMs, control.signal);
  const isFailing = (line: TrafficLine): boolean =>
    line.failed > maxFailedOf(plan.policy.probes, line.target) || line.failed > (earlier[line.target] ?? 0);
  return world.traffic
    .lines()
    .filter(isFailing)
    .map(({ target }) => target);
}

/** What an istiod counted before the run would be the run's fault if it could not be asked now. */
async function countsBefore({ world, control }: Session, view: View): Promise<Rejections> {
  for (let left = firstCounts.tries; ; left -= 1) {
    const counts = await world.rejections(view);
    if (left <= 1 || Object.values(counts).every((count) => count !== null)) return counts;
    await world.clock.sleep(firstCounts.everyMs, control.signal);
  }
}

/**
 * Control planes of the new revision: one that was not whole when a run was resumed is watched once it is. Not on the way
 * back, which may have begun because it never stays up.
 */
function ownPlanes({ plan }: Session, { mesh }: View): ReadonlySet<string> {
  const own = mesh.controlPlanes.filter(({ revision }) => revision === plan.revisions.new);
  return new Set(own.map(({ namespace, deployment }) => `Deployment ${namespace}/${deployment}`));
}
