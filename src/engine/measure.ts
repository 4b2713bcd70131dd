/** Everything that a gate looks at, measured in one go. */
import { Transient } from '../errors.ts';
import type { PlannedStep, Stage } from '../planner/plan.ts';
import type { PromCondition } from '../policy/policy.ts';
import type { RenewWorkload } from '../steps/spec.ts';
import type { View } from '../steps/step.ts';
import type { Before } from './before.ts';
import type { Session } from './deps.ts';
import { availabilities, fallen, reachedAfter, rolledIn, type Reached } from './floors.ts';
import {
  availabilityGate,
  list,
  proxiesGate,
  rejectionsGate,
  webhooksGate,
  type GateInput,
  type GateResult,
} from './gates.ts';
import { maxFailedOf } from './probe-names.ts';

/** The renewals among steps. */
export function renewals(steps: readonly PlannedStep[]): readonly RenewWorkload[] {
  return steps.flatMap(({ spec }) => (spec.kind === 'renew-workload' ? [spec] : []));
}

/** All conditions of a stage's gate. */
export async function measureGate(session: Session, stage: Stage, before: Before): Promise<readonly GateResult[]> {
  const view = await session.look();
  const input = await inputOf(session, view, before, renewals(stage.steps));
  const results: GateResult[] = [];
  for (const { name } of stage.gate) results.push(await measureOne({ session, view, before }, name, input));
  return results;
}

async function inputOf(session: Session, view: View, before: Before, moved: GateInput['moved']): Promise<GateInput> {
  const counts = await session.world.rejections(view);
  const left = before.phase === 'back' ? podsOf(view, session.plan.revisions.new) : [];
  const now = Object.fromEntries(Object.entries(counts).filter(([pod]) => !left.includes(pod)));
  const rejections = { before: before.rejections, now };
  return { mesh: view.mesh, revisions: session.plan.revisions, moved, rejections, baseline: before.baseline };
}

// An istiod that is rejected goes on counting until the last proxy has left it: no reason to stay with it.
function podsOf({ mesh }: View, wanted: string): readonly string[] {
  return mesh.controlPlanes
    .filter(({ revision }) => revision === wanted)
    .flatMap(({ namespace, pods }) => pods.map(({ name }) => `${namespace}/${name}`));
}

interface Measuring {
  readonly session: Session;
  readonly view: View;
  readonly before: Before;
}

async function measureOne({ session, view, before }: Measuring, name: string, input: GateInput): Promise<GateResult> {
  if (name === 'proxies') return proxiesGate(input);
  if (name === 'rejections') return rejectionsGate(input);
  if (name === 'webhooks') return webhooksGate(input);
  if (name === 'availability') return availabilityGate(input, whole(view, input.moved));
  if (name === 'probe') return probeGate(session, before);
  const condition = session.plan.policy.gates.conditions.find((one) => one.name === name);
  if (condition === undefined) return { name, verdict: 'unknown', value: 'no condition of this name in the policy' };
  return promGate(session, condition);
}

// At a gate what was moved must be whole again, not only above its floor.
function whole(view: View, moved: GateInput['moved']): { name: string; available: number; floor: number }[] {
  const names = new Set(moved.map((one) => `${one.workload} ${one.namespace}/${one.name}`));
  const { deployments, statefulSets, daemonSets } = view.facts;
  return [...deployments.items, ...statefulSets.items, ...daemonSets.items]
    .map(({ kind, meta, availableReplicas, replicas }) => ({
      name: `${kind} ${meta.namespace}/${meta.name}`,
      available: availableReplicas,
      floor: replicas,
    }))
    .filter(({ name }) => names.has(name));
}

/** Requests that failed since the program began, against the budget of each probe. */
export function probeGate(
  { world, plan }: Session,
  { failed: earlier, failing }: Pick<Before, 'failed' | 'failing'>,
): GateResult {
  const name = 'probe';
  if (world.traffic === null) return { name, verdict: 'unknown', value: 'no traffic is measured' };
  const lines = world.traffic.lines().map((line) => ({ ...line, failed: line.failed - (earlier[line.target] ?? 0) }));
  const over = lines.filter(
    (line) => !failing.includes(line.target) && line.failed > maxFailedOf(plan.policy.probes, line.target),
  );
  const silent = lines.filter((line) => line.sent === 0);
  const sent = lines.reduce((sum, line) => sum + line.sent, 0);
  const failed = lines.reduce((sum, line) => sum + line.failed, 0);
  const value = `${sent} requests, ${failed} failed`;
  if (over.length > 0) {
    const words = over.map(
      ({ failed: own, sent: all, target, failure }) =>
        `${own} of ${all} at ${target}${failure === undefined ? '' : ` (${failure})`}`,
    );
    return { name, verdict: 'failed', value: `failed: ${list(words)}` };
  }
  if (silent.length > 0)
    return {
      name,
      verdict: 'waiting',
      value: `${value}; nothing sent yet to ${list(silent.map((one) => one.target))}`,
    };
  return { name, verdict: 'passed', value };
}

/** `count` measurements, `interval` apart. Inconclusive ones count neither way. */
async function promGate({ world, plan, control }: Session, condition: PromCondition): Promise<GateResult> {
  const { name, count, interval, failureLimit, below, above } = condition;
  const values: (number | null)[] = [];
  for (let index = 0; index < count; index += 1) {
    if (index > 0) await world.clock.sleep(interval * 1000, control.signal);
    values.push(await world.prometheus(condition, plan.revisions).catch(nothing));
  }
  const known = values.filter((value) => value !== null);
  const bad = known.filter(
    (value) => (below !== undefined && value >= below) || (above !== undefined && value <= above),
  );
  const value = `measured ${values.map((one) => one ?? 'nothing').join(', ')}`;
  if (bad.length > failureLimit) return { name, verdict: 'failed', value };
  if (known.length < count - failureLimit) return { name, verdict: 'unknown', value };
  return { name, verdict: 'passed', value };
}

// A Prometheus that does not answer is inconclusive, like one that has nothing to say.
function nothing(error: unknown): null {
  if (error instanceof Transient) return null;
  throw error;
}

/** One look of the watch between the gates. */
export interface Watch {
  readonly results: readonly GateResult[];
  /** For the next look. */
  readonly reached: Reached;
}

/** What is watched between the gates: only what is a breach at any moment. */
export async function measureWatched(
  session: Session,
  before: Before,
  parts: { readonly webhooks: boolean; readonly reached: Reached },
): Promise<Watch> {
  const view = await session.look();
  const input = await inputOf(session, view, before, []);
  const seen = availabilities(view.facts, rolledIn(session.plan));
  // Each for itself: what lasts is told from what passes by its name.
  const lasting = fallen(seen, parts.reached).flatMap((one) => {
    const result = availabilityGate(input, [one]);
    return result.verdict === 'waiting'
      ? [{ name: `availability of ${one.name}`, verdict: 'failed' as const, value: result.value }]
      : [];
  });
  return {
    results: [rejectionsGate(input), ...(parts.webhooks ? [webhooksGate(input)] : []), ...lasting],
    reached: reachedAfter(parts.reached, seen),
  };
}
